"""Runs that train a part of the weights: what is said, trained, written and resumed, and what is refused."""

import dataclasses
import json
import pathlib

import encoders
import keras
import numpy as np
import pytest
import questions
import tiny
import tuned

from bert_keras.encoders.from_hub_encoder import NoBertError
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.finetune import finetune
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.running.training_run.tuning import check_recipe, choose_weights

LORA = Recipe(epochs=2, batch_size=16, learning_rate=2e-2, tune="lora", lora_rank=2, lora_alpha=4)
BIASES = Recipe(epochs=2, batch_size=16, learning_rate=2e-2, tune="biases")
WIDE = 8  # tuned.write_encoder: one layer, 8 wide, 16 inside


@pytest.fixture(scope="module")
def lora_run(encoder, tmp_path_factory):
    """A run with LoRA that was given the hub's encoder, and what it said."""
    lines = []
    out = tmp_path_factory.mktemp("tuning") / "lora"
    return tuned.run(encoder, out, recipe=LORA, say=lines.append), lines


def changed(encoder, folder):
    """The names of the encoder's weights that a model folder has other numbers of."""
    before, after = (load_encoder(path).named_weights() for path in (encoder, pathlib.Path(folder) / "encoder"))
    assert list(before) == list(after)
    return [name for name in before if (before[name].numpy() != after[name].numpy()).any()]


def read(folder):
    return json.loads((pathlib.Path(folder) / "config.json").read_text(encoding="utf-8"))


def test_lora_trains_the_native_encoder_and_says_so(lora_run):
    result, lines = lora_run
    assert "tune lora: trains the native encoder, as LoRA adds to its kernels" in lines
    # Query and value of one layer: A [8, 2] and B [2, 8]; the head's [8, 2] and [2].
    total = result.model.encoder.config.parameters + 2 * 32 + WIDE * 2 + 2
    assert f"  {2 * 32 + WIDE * 2 + 2} of {total:,} parameters are trained, on one device, the CPU" in lines
    said = "LoRA of rank 2, alpha 4, on query, value of 1 layers; the head"
    assert f"  trained: {said}" in lines
    config = read(result.folder)
    assert config["trained"] == said and config["native"] is True
    assert {config["recipe"][name] for name in ("tune", "lora_on")} == {"lora", "query,value"}
    assert (config["recipe"]["lora_rank"], config["recipe"]["lora_alpha"]) == (2, 4.0)


def test_its_folder_holds_the_merged_encoder_of_the_best_epoch(lora_run, encoder):
    result, _ = lora_run
    place = "transformer/layer_0/self_attention/"
    assert changed(encoder, result.folder) == [f"{place}query/kernel", f"{place}value/kernel"]
    predictor, model = load(result.folder), result.model
    features = predictor.preprocessor(["a very good film", "the food was bad", "not so great"])
    assert model.encoder.lora == {"rank": 2, "alpha": 4.0, "matrices": "query,value"}
    np.testing.assert_allclose(predictor.model(features), model(features), atol=1e-5)
    data = load_task("samples/reviews", model.encoder, parts=("validation",), batch_size=16, seq_length=32)
    assert evaluate(model, data)["accuracy"] == pytest.approx(result.metrics["accuracy"], abs=1e-6)
    model.encoder.merge_lora()
    np.testing.assert_allclose(predictor.model(features), model(features), atol=1e-5)


class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize("recipe", [LORA, BIASES], ids=lambda recipe: recipe.tune)
def test_a_resumed_run_is_equal_to_the_bit(encoder, tmp_path, recipe):
    recipe = dataclasses.replace(recipe, native=True)
    tuned.run(encoder, tmp_path / "whole", recipe=recipe)
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, tmp_path / "broken", recipe=recipe, callbacks=[Kill()])
    tuned.run(encoder, tmp_path / "broken", recipe=recipe, resume=True)
    assert tuned.same_weights(tmp_path / "whole", tmp_path / "broken")


@pytest.mark.parametrize("native", [False, True])
def test_biases_alone_are_trained_in_either_encoder(encoder, tmp_path, native):
    lines, recipe = [], dataclasses.replace(BIASES, native=native)
    result = tuned.run(encoder, tmp_path / "out", recipe=recipe, say=lines.append)
    # Of the embeddings' norm, of six dense layers and two norms, of the pooler. A key's bias has no gradient: it adds
    # the same to all scores of a query.
    trained = [n for n, weight in result.model.encoder.named_weights().items() if weight.trainable]
    assert len(trained) == 1 + 8 + 1 and all(name.endswith(("/bias", "/beta")) for name in trained)
    without_key = [name for name in trained if "key/bias" not in name]
    assert [n for n in changed(encoder, result.folder) if "key/bias" not in n] == without_key
    said = "10 biases of the encoder, those of its layer norms among them, and the head"
    assert f"  trained: {said}" in lines and read(result.folder)["trained"] == said
    numbers = 3 * WIDE + 4 * WIDE + 16 + WIDE + WIDE + WIDE * 2 + 2  # norms; q, k, v, attention; inner, outer; pooler
    assert any(line.startswith(f"  {numbers} of ") for line in lines)
    held = sum(int(np.prod(variable.shape)) for variable in result.model.optimizer.variables)
    assert 2 * numbers < held <= 2 * numbers + 2


@pytest.mark.parametrize("tune", ["lora", "biases"])
def test_questions_too(encoder, tmp_path, tune):
    parts = {"train": questions.examples(16), "dev": questions.examples(12, 1)}
    files = {part: questions.write_json(tmp_path / f"{part}.json", rows) for part, rows in parts.items()}
    recipe = Recipe(epochs=1, batch_size=8, learning_rate=2e-2, tune=tune)
    task = load_task(str(files["train"]), validation=files["dev"], **questions.WINDOWS)
    result = finetune(task, encoder, tmp_path / "out", recipe=recipe, say=lambda line: None)
    ends = ("query/kernel", "value/kernel") if tune == "lora" else ("/bias", "/beta")
    names = changed(encoder, result.folder)
    assert len(names) >= 2 and all(name.endswith(ends) for name in names)
    reloaded = load(result.folder).model(tiny.features())
    for name, logits in result.model(tiny.features()).items():
        np.testing.assert_allclose(reloaded[name], logits, atol=1e-5)


def test_all_is_what_it_was(encoder, tuned_run, lines):
    assert "  trained: 23 of 23 weights of the encoder, and the head" in lines
    assert len(changed(encoder, tuned_run.folder)) >= 21


def test_adapters_and_biases_of_some_layers(encoder):
    loaded = [load_encoder(encoder, native=True) for _ in range(2)]
    said = choose_weights(loaded[0], Recipe(tune="biases", freeze="embeddings,pooler,key"))
    assert said == "7 biases of the encoder, those of its layer norms among them, and the head"
    assert len(loaded[0].trainable_weights) == 7
    assert choose_weights(loaded[1], Recipe(tune="lora", freeze="0")) == "the head alone"
    assert loaded[1].trainable_weights == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lora_rank": 4}, r"`lora_rank` must be left at 8 with tune='all', which has no use for it. Received: .*=4"),
        ({"lora_alpha": 8, "tune": "biases"}, r"`lora_alpha` must be left at 16.0 with tune='biases'"),
        ({"lora_on": "key"}, r"`lora_on` must be left at 'query,value' with tune='all'.*--tune lora"),
        ({"lora_on": "keys", "tune": "lora"}, r"`lora_on` must be 'all', or some of query, key.*mean 'key'"),
        ({"lora_alpha": 0, "tune": "lora"}, r"`lora_alpha` must be above 0. Received: lora_alpha=0.0"),
        ({"lora_rank": 9, "tune": "lora"}, r"`lora_rank` must be between 1 and 8, the encoder's width"),
        (
            {"freeze": "laier_0"},
            r"`freeze` must match weights of the encoder.*Did you mean 'layer_0'.*layer_N/output/bias",
        ),
        ({"freeze": "1-0"}, r"`freeze` must be a range of layers that goes up"),
        ({"freeze": "embeddings", "tune": "lora"}, r"`freeze` must match weights that tune='lora' trains.*lora_a"),
        ({"freeze": "kernel", "tune": "biases"}, r"`freeze` must match weights that tune='biases' trains.*beta"),
    ],
)
def test_settings_without_a_use_are_refused(encoder, tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        tuned.run(encoder, tmp_path / "out", recipe=Recipe(native=True, **options))
    assert not (tmp_path / "out").exists()


def test_a_field_that_the_kind_has_no_use_for_is_refused(encoder, tmp_path):
    words = r"`dropout` must be left at 0.1 for samples/questions, which has no use for it. Received: dropout=0.3"
    with pytest.raises(ValueError, match=words):
        finetune("samples/questions", encoder, tmp_path / "out", recipe=Recipe(dropout=0.3))
    assert not (tmp_path / "out").exists()


def test_an_encoder_that_is_no_plain_bert_cannot_have_lora(encoder, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise NoBertError("x", "its variables do not tell num_heads")

    monkeypatch.setattr("bert_keras.encoders.load_encoder.read_noted", lambda *arguments, **options: None)
    monkeypatch.setattr("bert_keras.encoders.load_encoder.from_hub_encoder", refuse)
    words = r"`tune` must be 'all' or 'biases' for .*LoRA adds to the native encoder.*It has no native form.*num_heads"
    with pytest.raises(ValueError, match=words):
        tuned.run(encoder, tmp_path / "out", recipe=LORA)


def test_the_command_line_takes_the_same_words(command, encoder, tmp_path):
    arguments = ["finetune", "samples/reviews", "--encoder", encoder, "--out", tmp_path / "out", "--epochs", 1]
    arguments += ["--limit", 16, "--batch-size", 8, "--seq-length", 32, "--tune", "lora"]
    status, out, _ = command(*arguments, "--lora-rank", 3, "--lora-alpha", 6, "--lora-on", "all")
    assert status == 0 and "LoRA of rank 3, alpha 6, on query, key, value, attention_output, intermediate, " in out
    recipe = read(tmp_path / "out")["recipe"]
    assert [recipe[name] for name in ("tune", "lora_rank", "lora_alpha", "lora_on")] == ["lora", 3, 6.0, "all"]
    status, _, err = command(*arguments[:-1], "bitfit", "--overwrite")
    assert status != 0 and "`tune` must be one of 'all', 'lora', 'biases'. Received: tune='bitfit'" in err


# By layer -------------------------------------------------------------------------------------------------------


BY_LAYER = Recipe(epochs=2, batch_size=16, learning_rate=1e-3, native=True, layer_decay=0.5, reinit_layers=1)


@pytest.mark.thorough(
    "::test_a_resumed_run_is_equal_to_the_bit", "models/test_lay_layer_rates::test_in_every_way_of_training"
)
def test_with_rates_by_layer_a_resumed_run_is_equal_to_the_bit(encoder, tmp_path):
    lines = []
    tuned.run(encoder, tmp_path / "whole", recipe=BY_LAYER, say=lines.append)
    said = "23 of 23 weights of the encoder, and the head; the last 1 of 1 layers and the pooler begin anew; "
    said += "layer decay 0.5: the peak rates are 0.00025 to 0.001"
    assert f"  trained: {said}" in lines and read(tmp_path / "whole")["trained"] == said
    assert said in (tmp_path / "whole" / "README.md").read_text(encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, tmp_path / "broken", recipe=BY_LAYER, callbacks=[Kill()])
    for field, other in {"layer_decay": 0.6, "reinit_layers": 0}.items():
        with pytest.raises(ValueError, match=f"`{field}` must stay the same when a run is resumed"):
            changed_recipe = dataclasses.replace(BY_LAYER, **{field: other})
            tuned.run(encoder, tmp_path / "broken", recipe=changed_recipe, resume=True)
    tuned.run(encoder, tmp_path / "broken", recipe=BY_LAYER, resume=True)
    assert tuned.same_weights(tmp_path / "whole", tmp_path / "broken")


def test_the_command_line_takes_rates_and_layers(command, tmp_path):
    two_layers = encoders.shared_encoder("dict")
    arguments = ["finetune", "samples/reviews", "--encoder", two_layers, "--out", tmp_path / "out", "--epochs", 1]
    arguments += ["--limit", 16, "--batch-size", 8, "--seq-length", 32, "--layers", 1, "--layer-decay", 0.8]
    status, out, err = command(*arguments, "--reinit-layers", 1)
    assert status == 0, err
    assert "num_layers 1: trains the native encoder, as the hub's graph runs all of its layers" in out
    config = read(tmp_path / "out")
    assert (config["encoder"]["num_layers"], config["native"]) == (1, True)
    assert (config["recipe"]["layer_decay"], config["recipe"]["reinit_layers"]) == (0.8, 1)
    assert "the first 1 of 2 layers were kept" in config["trained"]
    assert len(load(tmp_path / "out").model.encoder.named_weights()) == 5 + 16 + 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reinit_layers": 3}, r"`layers` must be between 1 and 2, the encoder's layers. Received: layers=3"),
        (
            {"reinit_layers": 1, "tune": "lora"},
            r"`reinit_layers` must be 0 where weights of these layers are not train",
        ),
        ({"reinit_layers": 1, "tune": "biases"}, r"`reinit_layers` must be 0 where .*E.g. .*layer_1/.*kernel is not"),
        ({"reinit_layers": 1, "freeze": "0-1"}, r"`reinit_layers` must be 0 where .*E.g. transformer/layer_1/"),
        (
            {"layer_decay": 0.9, "freeze": "embedding,0-1,pooler"},
            r"`layer_decay` must be left at 1.0 where the head alone is trained.*Received: layer_decay=0.9",
        ),
    ],
)
def test_what_cannot_go_by_layer_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        choose_weights(tiny.native_encoder(num_layers=2), Recipe(**fields))


def test_masked_words_have_no_use_for_layers_that_begin_anew():
    words = r"`reinit_layers` must be left at 0 for letters.txt, which has no use for it. Received: reinit_layers=1"
    with pytest.raises(ValueError, match=words):
        check_recipe(Recipe(reinit_layers=1), KINDS["masked_lm"], "letters.txt")
    check_recipe(Recipe(layer_decay=0.9), KINDS["masked_lm"], "letters.txt")
