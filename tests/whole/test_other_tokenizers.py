"""Encoders whose vocabulary is no WordPiece, from the SavedModel to the export: ALBERT's and RoBERTa's forms, tiny."""

import importlib.util

import keras
import numpy as np
import pytest
import questions
import tagging
import tensorflow as tf
import tiny
from languages import TEXTS, model_file, roberta_json, written
from rest_server import RestServer

import bert_keras as bk
from bert_keras.features import SINGLE_LABEL
from bert_keras.masked_lm.masker import Masker
from bert_keras.serving.servable import Servable

ALBERT, ROBERTA = "albert", "roberta"
_FORM = {
    ALBERT: {"embedding_size": 8, "share_layers": True},
    ROBERTA: {"position_offset": 2, "type_vocab_size": 1, "gelu": "erf"},
}


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vocabularies")
    json_file = written(folder, "tokenizer.json", roberta_json())
    return {ALBERT: bk.SentencePieceTokenizer(model_file(folder)), ROBERTA: bk.HuggingFaceTokenizer(json_file)}


def native(tokenizer, name, **options):
    sizes = {"num_layers": 2, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32, "max_positions": 64}
    options = {"initializer_range": 0.2, "seed": 3, **sizes, **_FORM[name], **options}
    encoder = bk.BertEncoder(vocab_size=tokenizer.vocab_size, **options)
    encoder.tokenizer = tokenizer
    return encoder


@pytest.fixture(scope="module")
def saved(tokenizers, tmp_path_factory):
    """Folders with SavedModels in TF-Hub's form."""
    folders = {name: tmp_path_factory.mktemp(name) / "encoder" for name in tokenizers}
    for name, folder in folders.items():
        bk.save_encoder(native(tokenizers[name], name), folder)
    return folders


@pytest.fixture(scope="module")
def tuned(saved, tmp_path_factory):
    """Model folders of a run on each."""
    folders = {name: tmp_path_factory.mktemp(name) / "model" for name in saved}
    for name, folder in folders.items():
        recipe = bk.Recipe(epochs=1, batch_size=8, seed=2)
        task = tiny.task(text_columns=("text",))
        bk.finetune(task, str(saved[name]), folder, recipe=recipe, say=lambda line: None)
    return folders


@pytest.mark.parametrize("name", _FORM)
@pytest.mark.parametrize("is_native", [False, True])
def test_a_saved_model_carries_its_tokenizer(saved, tokenizers, name, is_native):
    encoder = bk.load_encoder(saved[name], native=is_native)
    assert type(encoder.tokenizer) is type(tokenizers[name])
    features = encoder.preprocessor(32)(TEXTS)
    wanted = native(tokenizers[name], name).preprocessor(32)(TEXTS)
    assert all((features[column] == wanted[column]).numpy().all() for column in wanted)


def test_tf_hubs_name_of_albert_s_model(saved):
    module = tf.saved_model.load(str(saved[ALBERT]))
    assert module.sp_model_file.asset_path.numpy().endswith(b"spiece.model") and module.do_lower_case.numpy()
    assert not bk.load_encoder(saved[ALBERT], lower_case=False).tokenizer.lower_case


@pytest.mark.parametrize("name", _FORM)
def test_tuned_and_loaded(tuned, name):
    predictor = bk.load(tuned[name])
    texts = [*tiny.sentences(5, 3), *TEXTS[:3]]
    answers = predictor(texts)
    assert {answer.label for answer in answers} <= set(tiny.LABELS[SINGLE_LABEL]) and len(answers) == len(texts)
    assert np.allclose(predictor.logits(texts), bk.load(tuned[name]).logits(texts), atol=1e-6)


def test_exported_albert_takes_strings(tuned, tmp_path):
    bk.export(tuned[ALBERT], tmp_path / "export")
    loaded = tf.saved_model.load(str(tmp_path / "export"))
    texts = [*tiny.sentences(3, 3), *TEXTS[:3]]
    found = loaded.signatures["serving_default"](tf.constant(texts))
    wanted = bk.load(tuned[ALBERT])(texts)
    scores = next(value for output, value in found.items() if "prob" in output or "score" in output)
    assert np.allclose(np.max(scores, axis=-1), [answer.score for answer in wanted], atol=1e-5)
    assert "`import tensorflow_text` in Python" in (tmp_path / "export" / "serving.md").read_text(encoding="utf-8")


def test_what_python_tokenizes_is_not_exported(tuned, tmp_path):
    with pytest.raises(
        ValueError, match=r"`model` must have a tokenizer that TensorFlow's graph.*bk\.load or bk\.serve"
    ):
        bk.export(tuned[ROBERTA], tmp_path / "export")
    assert not (tmp_path / "export").exists()


@pytest.mark.skipif(importlib.util.find_spec("uvicorn") is None, reason="bk.serve needs uvicorn, of the extra `serve`")
def test_what_python_tokenizes_is_served(tuned):
    predictor = bk.load(tuned[ROBERTA])
    texts = tiny.sentences(2, 3)
    with RestServer(lambda: Servable.of(predictor, "model"), "model") as server:
        status, content = server.predict({"instances": texts})
    assert status == 200, content
    found = [one["label"] for one in content["predictions"]]
    assert found == [answer.label for answer in predictor(texts)]


@pytest.mark.parametrize("name", _FORM)
def test_in_a_keras_file(tokenizers, tmp_path, name):
    encoder = native(tokenizers[name], name)
    model = bk.TextClassifier(encoder, 2)
    model(encoder.preprocessor(16)(TEXTS[:2]))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False).encoder.tokenizer
    assert again.digest() == tokenizers[name].digest() and again(TEXTS).to_list() == tokenizers[name](TEXTS).to_list()


@pytest.mark.parametrize("name", _FORM)
def test_tags_and_answers(tokenizers, name):
    encoder = native(tokenizers[name], name)
    data = tagging.tagging_data(encoder)
    assert data.splits["train"].word_ids.nrows() >= 24 and not data.splits["train"].unread
    text = "Wer schrieb den Brief?"
    found = tagging.predictor(encoder)([text])[0]
    assert all(text[entity.start : entity.end] == entity.text for entity in found)
    asked = questions.question_data(encoder)
    span = questions.with_random_head(encoder)
    if name == ALBERT:
        span.fit(asked.train, epochs=1, verbose=0)
    answer = bk.QuestionPredictor(span, questions.config())(["Who?"], [TEXTS[1]])[0]
    assert answer.answer == TEXTS[1][answer.start : answer.end] == answer.answer.strip()


@pytest.mark.parametrize("name", _FORM)
def test_whole_words_are_masked(tokenizers, name):
    tokenizer = tokenizers[name]
    ids = np.array([tokenizer.cls_id, *tokenizer(TEXTS[:1])[0].numpy(), tokenizer.sep_id])
    begins = ~tokenizer.goes_on[ids]
    words = np.cumsum(begins)
    for row in range(20):
        places, hidden = Masker(tokenizer, seed=1, share=0.3).choose(ids, 0, row)
        assert len(places) and not {0, len(ids) - 1} & set(places) and tokenizer.mask_id in hidden
        chosen = set(words[places])
        assert sorted(places) == [at for at in range(1, len(ids) - 1) if words[at] in chosen]


def test_a_vocabulary_beyond_the_word_table(saved, tmp_path):
    with pytest.raises(ValueError, match=r"`vocab_file` must have at most 400 pieces.*tokenizer\.json.*It has 501"):
        bk.load_encoder(saved[ALBERT], vocab_file=written(tmp_path, "tokenizer.json", roberta_json()))
