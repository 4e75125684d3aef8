"""A Hugging Face folder as an encoder: tokenizer, shards, masked-word head, and back through a SavedModel."""

import json
import pathlib

import languages
import numpy as np
import pytest
import safetensors.numpy
import tokenizers
from drawn_weights import drawn_weights
from huggingface_folders import HEADS, TEXTS, edit_json, write_folder

import bert_keras as bk

RULES = {
    "lower_case": True,
    "normalization": "huggingface",
    "strip_accents": False,
    "chinese_characters": False,
    "longest_word": 100,
}


@pytest.mark.filterwarnings("ignore:.*has no pooler")
@pytest.mark.parametrize("name", ["words", "both"])
def test_the_masked_word_head_comes_with_its_logits(tmp_path, name):
    encoder = bk.load_encoder(write_folder(tmp_path, name))
    assert encoder.tokenizer.settings == RULES and encoder.layer_norm_epsilon == 1e-3
    model = bk.MaskedLM(encoder)
    found = model(encoder.preprocessor(30, padding="longest")(TEXTS))
    for row, logits in zip(found, HEADS[name]["logits"], strict=True):
        np.testing.assert_allclose(row[: len(logits)], logits, atol=1e-5)


def test_a_head_with_a_matrix_of_its_own_is_left_out(tmp_path):
    def untie(weights):
        weights["cls.predictions.decoder.weight"] = weights["bert.embeddings.word_embeddings.weight"] + 1

    with pytest.warns(
        UserWarning, match="masked-word head of 'both' is left out: its output matrix is not the word table"
    ):
        assert bk.load_encoder(write_folder(tmp_path, "both", untie)).mlm_weights is None


def test_a_saved_model_keeps_rules_and_epsilon(tmp_path):
    """Both encoders of it: the published graph, and the native one by its note."""
    folder = write_folder(tmp_path, "both")
    first = bk.load_encoder(folder)
    features = first.preprocessor(30)(TEXTS)
    out = bk.convert_huggingface(folder, tmp_path / "out")
    for native in (False, True):
        again = bk.load_encoder(out, native=native)
        assert again.tokenizer.settings == RULES
        np.testing.assert_allclose(again(features)["pooled_output"], first(features)["pooled_output"], atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*has no pooler")
@pytest.mark.parametrize("names", [["spiece.model"], ["merges.txt", "vocab.json"]])
def test_a_tokenizer_in_a_form_that_is_not_read_is_named(tmp_path, names):
    folder = write_folder(tmp_path, "both")
    (folder / "tokenizer.json").unlink()
    for name in names:
        (folder / name).write_bytes(b"")
    shown = "|".join(["vocab.json, merges.txt", *names])
    with pytest.warns(UserWarning, match=rf"takes ids: 'both' holds ({shown}) and no tokenizer\.json.*makes one: Auto"):
        assert bk.load_encoder(folder).tokenizer is None


def test_options_of_saved_models_are_refused_and_a_vocabulary_goes_before_the_folders(tmp_path):
    folder = write_folder(tmp_path, "both")
    with pytest.raises(ValueError, match=r"`sha256` must be left out for .*which holds no SavedModel"):
        bk.load_encoder(folder, sha256="0" * 64)
    (tmp_path / "vocab.txt").write_text("\n".join(HEADS["both"]["files"]["tokenizer.json"]["model"]["vocab"]) + "\n")
    assert bk.load_encoder(folder, vocab_file=tmp_path / "vocab.txt", lower_case=False).tokenizer.settings == {
        "lower_case": False
    }
    (tmp_path / "vocab.txt").write_text(
        "\n".join([*HEADS["both"]["files"]["tokenizer.json"]["model"]["vocab"], "more"])
    )
    with pytest.raises(ValueError, match=r"`vocab_file` must have at most 18 pieces.*It has 19"):
        bk.load_encoder(folder, vocab_file=tmp_path / "vocab.txt", lower_case=False)


def test_the_cache_of_hugging_face_and_its_addresses(tmp_path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "hub" / "models--me--mine" / "snapshots" / commit
    snapshot.parent.mkdir(parents=True)
    write_folder(tmp_path, "both").rename(snapshot)
    (tmp_path / "hub" / "models--me--mine" / "refs").mkdir()
    (tmp_path / "hub" / "models--me--mine" / "refs" / "main").write_text(commit)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for handle in ("hf://me/mine", "hf://me/mine@0123456", tmp_path / "hub" / "models--me--mine", snapshot):
        assert bk.load_encoder(handle).hidden_size == 8
    with pytest.raises(
        OSError, match=r"'hf://me/other' is not in the cache '.*hub'.*copy the folder 'models--me--other'"
    ):
        bk.load_encoder("hf://me/other")
    with pytest.raises(ValueError, match=r"`handle` must be hf://owner/name"):
        bk.load_encoder("hf://me/../other")
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert bk.load_encoder("hf://me/mine").hidden_size == 8


def sharded(folder):
    """Moves the weights of a folder into two shards with an index."""
    weights = safetensors.numpy.load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {}
    for number, names in enumerate((sorted(weights)[::2], sorted(weights)[1::2]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        safetensors.numpy.save_file({name: weights[name] for name in names}, folder / file)
        places |= dict.fromkeys(names, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    return folder


def test_shards_are_one_model(tmp_path):
    whole = bk.load_encoder(write_folder(tmp_path, "both"))
    parts = bk.load_encoder(sharded(tmp_path / "both"))
    for name, weight in whole.named_weights().items():
        np.testing.assert_array_equal(weight, parts.named_weights()[name])


def drop_shard(folder):
    (folder / "model-00002-of-00002.safetensors").unlink()


def leave(folder):
    edit_json(
        folder / "model.safetensors.index.json",
        lambda index: index["weight_map"].update({"bert.pooler.dense.bias": "../other.safetensors"}),
    )


def forget(folder):
    edit_json(folder / "model.safetensors.index.json", lambda index: index["weight_map"].pop("bert.pooler.dense.bias"))


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (drop_shard, "must hold the 2 files that its .* names.*There are missing: model-00002-of-00002.safetensors"),
        (
            leave,
            "files of safetensors that stand in the folder itself.*names '../other.safetensors', which is not opened",
        ),
        (forget, "1 are extra: 'bert.pooler.dense.bias' in model-0000"),
        (lambda folder: (folder / "model.safetensors.index.json").write_text("{}"), 'the object "weight_map"'),
    ],
)
def test_shards_that_do_not_fit(tmp_path, damage, match):
    folder = sharded(write_folder(tmp_path, "both"))
    damage(folder)
    with pytest.raises(ValueError, match=match):
        bk.load_encoder(folder)


def spoil(weights):
    weights["bert.pooler.dense.bias"][0] = np.nan


def lose(weights):
    del weights["bert.pooler.dense.bias"], weights["bert.embeddings.LayerNorm.weight"]


def turn(weights):
    for name in ("bert.pooler.dense.bias", "bert.embeddings.LayerNorm.bias"):
        weights[name] = weights[name][:3]


@pytest.mark.parametrize(
    ("change", "config", "match"),
    [
        (spoil, {}, "must hold finite weights, and 'bert.pooler.dense.bias' has 1 of 8 that are not"),
        (lose, {}, "must hold the 2 weights .*embeddings.LayerNorm.weight.*pooler.dense.bias, as config.json says"),
        (turn, {}, r"LayerNorm.bias' with the shape \(8,\), and it has \(3,\); 'pooler.dense.bias' with"),
        (None, {"vocab_size": 20}, r"word_embeddings.weight' with the shape \(20, 8\), and it has \(18, 8\)"),
        (None, {"model_type": "deberta"}, "It holds DeBERTa"),
    ],
)
def test_weights_that_do_not_fit(tmp_path, change, config, match):
    with pytest.raises(ValueError, match=match):
        bk.load_encoder(write_folder(tmp_path, "both", change, **config))


def test_files_that_are_cut_off_or_are_pickles(tmp_path):
    folder = write_folder(tmp_path, "both")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-40])
    with pytest.raises(ValueError, match=rf"must hold a whole model.safetensors.*It has {len(content) - 40:,} bytes"):
        bk.load_encoder(folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    match = r"pytorch_model.bin is never opened here.*transformers.BertForPreTraining.from_pretrained\('.*both'\)"
    with pytest.raises(ValueError, match=match):
        bk.load_encoder(folder)


def test_prefixes_of_names(tmp_path):
    def rename(weights):
        for name in list(weights):
            weights[f"model.{name}"] = weights.pop(name)

    plain = drawn_weights(HEADS["both"]["shapes"])
    found = bk.load_encoder(write_folder(tmp_path, "both", rename)).named_weights()["pooler_transform/bias"]
    np.testing.assert_array_equal(found, plain["bert.pooler.dense.bias"])


def set_in(file, *path, to):
    def change(folder: pathlib.Path):
        def edit(content):
            for name in path[:-1]:
                content = content[name]
            content[path[-1]] = to

        edit_json(folder / file, edit)

    return change


def add_token(folder):
    token = {"id": 18, "content": "[E1]", "special": True}
    edit_json(folder / "tokenizer.json", lambda content: content["added_tokens"].append(token))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (add_token, r"no added tokens beside.*tokenizer.json adds '\[E1\]' with the id 18.*Pass vocab_file"),
        (set_in("tokenizer.json", "normalizer", "clean_text", to=False), "BertNormalizer.*'clean_text': False"),
        (set_in("tokenizer.json", "normalizer", to={"type": "NFC"}), "normalizer is NFC"),
        (set_in("tokenizer.json", "model", "continuing_subword_prefix", to="@@"), "begin with '##'.*They are '@@'"),
        (set_in("tokenizer.json", "model", "vocab", "film", to=99), "whose ids are 0 and up, each once.*18 entries"),
        (set_in("tokenizer_config.json", "strip_accents", to="no"), "strip_accents is true or false.*It is 'no'"),
        (set_in("tokenizer_config.json", "never_split", to=["x"]), r"without never_split=\['x'\], which is not obeyed"),
        (set_in("tokenizer_config.json", "truncation_side", to="left"), "without truncation_side='left'"),
        (set_in("tokenizer.json", "model", "vocab", "more", to=18), "at most 18 pieces.*Its vocabulary has 19"),
    ],
)
def test_tokenizers_that_are_not_obeyed(tmp_path, change, match):
    folder = write_folder(tmp_path, "both")
    change(folder)
    with pytest.raises(ValueError, match=match):
        bk.load_encoder(folder)


def test_other_tokenizers_are_named_and_the_encoder_takes_ids(tmp_path):
    folder = write_folder(tmp_path, "both")
    set_in("tokenizer.json", "model", "type", to="BPE")(folder)
    with pytest.warns(UserWarning, match=r"has no tokenizer, and takes ids: `tokenizer_file` must be a tokenizer.json"):
        assert bk.load_encoder(folder).tokenizer is None


@pytest.mark.parametrize("content", [languages.roberta_json, languages.xlm_roberta_json])
def test_byte_level_bpe_and_unigram(tmp_path, content):
    rows = tokenizers.Tokenizer.from_str(content()).get_vocab_size()

    def widened(weights):
        for name, values in weights.items():
            if len(values) == HEADS["both"]["files"]["config.json"]["vocab_size"]:
                weights[name] = np.resize(values, (rows, *values.shape[1:]))

    folder = write_folder(tmp_path, "both", widened, vocab_size=rows)
    (folder / "tokenizer.json").write_text(content(), encoding="utf-8")
    encoder = bk.load_encoder(folder)
    assert type(encoder.tokenizer) is bk.HuggingFaceTokenizer
    ids = encoder.preprocessor(40, padding="longest")(languages.TEXTS[:1], languages.TEXTS[1:2])["input_word_ids"]
    library = tokenizers.Tokenizer.from_str(content())
    library.enable_truncation(40)
    assert ids[0].numpy().tolist()[:8] == library.encode(*languages.TEXTS[:2]).ids[:8]
    assert encoder(encoder.preprocessor(16)(languages.TEXTS[:2]))["pooled_output"].shape[0] == 2


def test_vocab_txt_and_its_settings(tmp_path):
    folder = write_folder(tmp_path, "both")
    pieces = list(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    assert bk.load_encoder(folder).tokenizer.settings == RULES
    assert bk.load_encoder(folder, lower_case=False).tokenizer.lower_case is False
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(ValueError, match=r"`lower_case` must be given, as there is no tokenizer.json"):
        bk.load_encoder(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces[:-1]) + "\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="word table of 'both' has 18 rows and its vocabulary 17 pieces"):
        assert bk.load_encoder(folder, lower_case=True).tokenizer.strip_accents is True
