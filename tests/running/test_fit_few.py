"""`bk.fit_few`: few rows a class to a model folder like any other, the same of one seed, and what it refuses."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from keras.callbacks import TerminateOnNaN

import bert_keras as bk
from bert_keras.data.examples import Examples
from bert_keras.data.label_pairs import label_pairs
from bert_keras.data.split import Split
from bert_keras.models.token_mean import mean_output
from bert_keras.optimization.recipe import FEW_LABELS, UNUSED_FOR_FEW, Recipe
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.fit_few import FewRun, order_of_pairs, pairs_of
from bert_keras.tuned.logistic_regression import logistic_regression

FORMS = ["{0} {0} {0}", "the {0} {0} was {0}", "{0} food {0} {0}", "is the {0} a {0} {0}", "{0} film {0} {0}"]
TEXTS = {name: [form.format(name) for form in FORMS] for name in ("night", "dog", "house")}
NEW = ["the dog is a dog dog", "house house", "was the night a night"]
RIGHT = ["dog", "house", "night"]
RECIPE = Recipe(epochs=6, batch_size=8, learning_rate=3e-3, native=True, seed=3)


def table(rows=5, classes=("night", "dog", "house"), **options):
    texts = [text for name in classes for text in TEXTS[name][:rows]]
    labels = [name for name in classes for _ in range(rows)]
    options = {"seq_length": 16, "validation_share": 0.2, **options}
    return load_files({"text": texts, "label": labels}, text="text", label="label", **options)


def _silent(line):
    """Takes a line for nobody."""


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def result(encoder, place, told):
    return bk.fit_few(table(), encoder, place / "few", recipe=RECIPE, max_pairs=60, say=told.append)


def test_it_leaves_a_model_folder_that_knows_the_classes(result, told, encoder, place):
    folder = pathlib.Path(result.folder)
    config = json.loads((folder / "config.json").read_text())
    assert config["kind"] == "text_classification" and config["pooling"] == "mean" == config["recipe"]["pooling"]
    assert config["labels"] == RIGHT and config["max_pairs"] == 60
    assert config["train_rows"] == 12 and result.metrics["accuracy"] == 1.0
    assert [answer.label for answer in bk.load(folder)(NEW)] == RIGHT
    assert any("60 pairs, 8 steps of 8, 6 epochs" in line for line in told)
    before = bk.fit_few(table(), encoder, place / "before", recipe=Recipe(native=True), max_pairs=0, say=_silent)
    said = f"  accuracy of the dev rows 1.0000; with the encoder as it was {before.metrics['accuracy']:.4f}"
    assert said in told
    assert config["trained"].endswith("on pairs of rows, then the head by logistic regression")


def test_the_head_reads_the_mean_in_the_folder_as_in_the_model(result):
    model, loaded = result.model, bk.load(result.folder)
    features = model.encoder.preprocessor(16)(NEW)
    wanted = model.classifier(mean_output(model.encoder, features)).numpy()
    np.testing.assert_allclose(loaded.logits(NEW), wanted, atol=1e-4)
    np.testing.assert_allclose(bk.load(result.folder, native=True).logits(NEW), wanted, atol=1e-4)


def test_the_encoder_was_trained_and_its_pooler_was_not(result, encoder):
    before, after = bk.load_encoder(encoder, native=True).named_weights(), result.model.encoder.named_weights()
    changed = {name for name in after if not np.array_equal(before[name].numpy(), after[name].numpy())}
    assert changed and not any("pooler" in name for name in changed)


def test_its_export_answers_alike(result, place):
    exported = bk.export(result.folder, place / "few_export")
    import tensorflow as tf

    served = tf.saved_model.load(str(exported)).signatures["serving_default"](text=tf.constant(NEW))
    assert [label.decode() for label in served["label"].numpy()] == RIGHT
    with pytest.raises(ValueError, match=r"`pooling` must be 'pooled' for an export without TensorFlow"):
        bk.export(result.folder, place / "few_huggingface", to="huggingface")


def test_two_runs_are_equal(result, encoder, place):
    logits = bk.load(result.folder).logits(NEW)
    again = bk.fit_few(table(), encoder, place / "again", recipe=RECIPE, max_pairs=60, say=lambda line: None)
    np.testing.assert_array_equal(bk.load(again.folder).logits(NEW), logits)


REFUSED = {
    "one class": (lambda: table(classes=("dog",)), {}, r"`label` must have two classes or more"),
    "a row": (lambda: table(rows=1, validation_share=0.0, validation=dict(text=NEW, label=[*TEXTS])), {}, r"2 rows of"),
    "numbers": (lambda: "glue/stsb", {}, r"`task` must have one label of several classes .*regression"),
    "questions": (lambda: "samples/questions", {}, r"`task` must have one label.*question_answering"),
    "windows": (lambda: table(long_text="windows"), {}, r"`long_text` must be 'truncate'"),
    "pairs": (table, {"max_pairs": 1}, r"`max_pairs` must be at least 2, or 0 to leave the encoder as it is"),
    "fewer pairs": (table, {"max_pairs": -1}, r"`max_pairs` must be at least 0"),
    "callbacks": (table, {"max_pairs": 0, "callbacks": [TerminateOnNaN()]}, r"`callbacks` must be left out with max_p"),
    "a rate": (
        table,
        {"max_pairs": 0, "recipe": Recipe(learning_rate=1e-4)},
        r"`learning_rate` must be .* max_pairs=0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_refuses(case, encoder, tmp_path):
    task, options, match = REFUSED[case]
    with pytest.raises(ValueError, match=match):
        bk.fit_few(task(), encoder, tmp_path / "out", say=lambda line: None, **options)
    assert not (tmp_path / "out").exists()


def test_without_pairs_the_head_alone_is_worked_out(encoder, place):
    told, rows = [], table()
    recipe = Recipe(native=True, batch_size=4)
    result = bk.fit_few(rows, encoder, place / "head", recipe=recipe, max_pairs=0, say=told.append)
    config = json.loads((pathlib.Path(result.folder) / "config.json").read_text())
    assert config["trained"] == "the head alone, by logistic regression" and config["max_pairs"] == 0
    assert any(line.endswith(f": {config['trained']}") for line in told) and not any("pairs" in line for line in told)
    before, after = bk.load_encoder(encoder, native=True).named_weights(), result.model.encoder.named_weights()
    for name in after:
        np.testing.assert_array_equal(before[name].numpy(), after[name].numpy())
    train = rows.rows(("train",))["train"]
    loaded = bk.load_encoder(encoder, native=True)
    vectors = bk.Embedder(loaded, "mean", seq_length=16, normalize=True)(list(train.texts[0]))
    kernel, bias = logistic_regression(vectors, train.labels, 3)
    kernel /= loaded.config.hidden_size**0.5  # the head reads vectors of that length
    np.testing.assert_allclose(result.model.classifier.kernel, kernel, atol=1e-3)
    np.testing.assert_allclose(result.model.classifier.bias, bias, atol=1e-3)
    assert [answer.label for answer in bk.load(result.folder)(TEXTS["dog"][:1])] == ["dog"]


class TestPairsOrNone:
    """What becomes of the encoder where `max_pairs` is not given."""

    def apart(self):
        """Texts of one word each."""
        texts = [" ".join([name] * count) for name in TEXTS for count in range(4, 9)]
        labels = [name for name in TEXTS for _ in range(5)]
        return load_files({"text": texts, "label": labels}, seq_length=16, validation_share=0.2)

    def turned(self):
        """Labels that say nothing of their texts."""
        texts = [text for name in TEXTS for text in TEXTS[name]]
        labels = [name for _ in range(5) for name in TEXTS]
        return load_files({"text": texts, "label": labels}, seq_length=16, validation_share=0.2)

    def run(self, rows, encoder, out, **options):
        told = []
        result = bk.fit_few(rows, encoder, out, say=told.append, **{"recipe": Recipe(native=True), **options})
        return json.loads((pathlib.Path(result.folder) / "config.json").read_text()), told

    def test_vectors_that_part_the_classes_stay(self, encoder, tmp_path):
        config, told = self.run(self.apart(), encoder, tmp_path / "out", recipe=Recipe(native=True, seed=5))
        assert config["max_pairs"] == 0 and config["trained"] == "the head alone, by logistic regression"
        assert any("vectors part the classes as they are (" in line and "max_pairs=2000" in line for line in told)

    def test_others_are_trained(self, encoder, tmp_path):
        config, told = self.run(self.turned(), encoder, tmp_path / "out")
        assert config["max_pairs"] == 2000 and config["trained"].endswith(
            "on pairs of rows, then the head by logistic regression"
        )
        assert any("pairs, " in line for line in told) and not any("part the classes" in line for line in told)

    def test_a_recipe_of_pairs_or_callbacks_ask_for_pairs(self, encoder, tmp_path):
        for number, options in enumerate(({"recipe": Recipe(learning_rate=1e-4)}, {"callbacks": [TerminateOnNaN()]})):
            config, _ = self.run(self.apart(), encoder, tmp_path / str(number), **options)
            assert config["max_pairs"] == 2000

    @pytest.mark.parametrize("parts", [True, False], ids=["head", "pairs"])
    def test_a_run_that_ended_before_its_folder_stood_goes_on(self, parts, encoder, tmp_path, monkeypatch):
        rows = self.apart() if parts else self.turned()
        with monkeypatch.context() as patch:
            patch.setattr(FewRun, "_finish", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                self.run(rows, encoder, tmp_path / "out")
        config, _ = self.run(rows, encoder, tmp_path / "out", resume=True)
        whole, _ = self.run(rows, encoder, tmp_path / "whole")
        assert [config[name] for name in ("max_pairs", "trained")] == [whole[name] for name in ("max_pairs", "trained")]
        assert bool(config["max_pairs"]) is not parts


def _interrupted(run, seconds):
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", UNUSED_FOR_FEW)
def test_fields_without_use(name, tmp_path):
    other = {"teacher": "runs/a", "checkpoint_every": "epoch", "packed": True}
    recipe = Recipe(**{name: other.get(name, 1 if isinstance(getattr(Recipe, name), int) else 0.25)})
    with pytest.raises(ValueError, match=rf"`{name}` must be left at .* for bk.fit_few: it has no use there"):
        bk.fit_few("samples/reviews", "sample", tmp_path / "out", recipe=recipe)


def test_its_recipe():
    assert FEW_LABELS == Recipe(epochs=1, batch_size=16, learning_rate=5e-5, pooling="mean")


def test_a_batch_of_pairs_has_short_texts_and_long_ones():
    # Four texts of 4 ids and four of 9: sorted by length, every other batch would have those of 4 alone.
    ids = tf.ragged.constant([[2, number, 4, 3] + [5] * (5 * (number > 8)) for number in range(5, 13)], tf.int32)
    labels = np.arange(8) % 2
    split = Split(Examples((["a"] * 8,), labels, np.arange(8)), ids, tf.zeros_like(ids))
    pairs, alike = label_pairs(labels, 64)
    paired = pairs_of(split, pairs, alike)
    order = order_of_pairs(paired, 16, 3)
    batches = order.batches(0)
    assert sorted(np.concatenate(batches)) == list(range(len(pairs)))
    for rows in batches:
        assert {4, 9} == set(paired.lengths[rows])
