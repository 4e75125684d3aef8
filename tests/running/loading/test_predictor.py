"""`bk.predictor`, `bk.save`, `bk.load` of a `.keras` file and `bk.export`: from `fit` to strings, of every kind."""

import json

import choices
import keras
import numpy as np
import pytest
import questions
import tables
import tagging
import tensorflow as tf
import tiny
import tuned

import bert_keras as bk
from bert_keras.running.kinds import KINDS, tuned_kinds

TEXTS, LABELS = tables.TEXTS, tables.LABELS


def made(kind, folder):
    """A model, its data, and what its predictor is asked."""
    encoder = questions.encoder(made_in(folder))
    if kind == "text_classification":
        data = bk.load_files({"text": TEXTS, "label": LABELS}, encoder, validation_share=0.25, seq_length=16)
        return bk.TextClassifier(encoder, data.num_classes, seed=0), data, (TEXTS[:2],)
    if kind == "question_answering":
        asked = (["what was good", "who was poor"], "the film was good and the dog was poor")
        return bk.SpanLabeler(encoder, seed=0), questions.question_data(encoder), asked
    if kind == "token_classification":
        data = tagging.tagging_data(encoder)
        return bk.TokenClassifier(encoder, data.num_classes, seed=0), data, (["the film was good", "a dog"],)
    data = bk.load_choices({"train": choices.rows(6), "validation": choices.rows(6, seed=1)}, encoder, seq_length=24)
    return bk.MultipleChoice(encoder, data.num_choices, seed=0), data, ("the film", ["was good", "was the dog"])


def made_in(folder):
    """A folder of its own for an encoder."""
    (folder / "encoder").mkdir(parents=True)
    return folder / "encoder"


def same(one, other):
    """Whether two answers are equal, to what single precision may differ in another trace."""
    assert type(one) is type(other)
    if isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            same(*pair)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-5)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            same(one[name], other[name])
    elif hasattr(one, "__dataclass_fields__"):
        same(vars(one), vars(other))
    elif isinstance(one, np.ndarray):
        np.testing.assert_allclose(one, other, atol=1e-5)
    else:
        assert one == other


@pytest.mark.parametrize("kind", tuned_kinds())
def test_a_model_trained_by_hand_reads_strings_and_is_kept(kind, tmp_path):
    model, data, asked = made(kind, tmp_path)
    with pytest.raises(ValueError, match="`data` must be given where the model was not trained on data of"):
        bk.predictor(model)
    before = bk.predictor(model, data)(*asked)
    model.fit(data, epochs=1, verbose=0)
    assert model.task_config == json.loads(json.dumps(data.described()))
    predictor = bk.predictor(model)
    assert type(predictor) is KINDS[kind].predictor
    wanted = predictor(*asked)
    same(bk.predictor(model, data)(*asked), wanted)
    assert before != wanted

    scores = bk.evaluate(model, data)
    assert bk.save(model, tmp_path / "saved", data) == str(tmp_path / "saved")
    loaded = bk.load(tmp_path / "saved")
    assert json.loads((tmp_path / "saved" / "metrics.json").read_text()) == pytest.approx(dict(scores))
    if loaded.config.get("null_threshold") is None:
        same(loaded(*asked), wanted)
    assert loaded.trained is not None and len(loaded.trained) == len(data.trained_rows)

    model.save(tmp_path / "model.keras")
    same(bk.load(tmp_path / "model.keras")(*asked), wanted)
    served = tf.saved_model.load(bk.export(model, tmp_path / "served"))
    again = tf.saved_model.load(bk.export(tmp_path / "model.keras", tmp_path / "again"))
    assert sorted(served.signatures) == sorted(again.signatures)


def test_without_data_nothing_is_scored(tmp_path):
    model, data, asked = made("text_classification", tmp_path)
    model.fit(data.train, epochs=1, verbose=0)
    folder = bk.save(model, tmp_path / "saved")
    assert json.loads((tmp_path / "saved" / "metrics.json").read_text()) == {}
    same(bk.load(folder)(*asked), bk.predictor(model)(*asked))
    with pytest.raises(FileExistsError, match=r"must be new or empty.*Pass overwrite=True to replace it\.$"):
        bk.save(model, folder)
    bk.save(model, folder, data, overwrite=True)
    card = (tmp_path / "saved" / "README.md").read_text()
    assert "Of the validation rows." in card and "epoch" not in card
    assert set(json.loads((tmp_path / "saved" / "metrics.json").read_text())) == {"accuracy", "f1_macro"}


def test_an_encoder_of_the_hub_goes_the_same_way(tmp_path, tiny_encoder):
    encoder = bk.load_encoder(tiny_encoder)
    data = bk.load_files({"text": TEXTS, "label": LABELS}, encoder, validation_share=0.25, seq_length=16)
    model = bk.TextClassifier(encoder, data.num_classes, seed=0)
    model.fit(data, epochs=1, verbose=0)
    wanted = bk.predictor(model)(TEXTS)
    model.save(tmp_path / "model.keras")
    same(bk.load(tmp_path / "model.keras")(TEXTS), wanted)
    same(bk.load(bk.save(model, tmp_path / "saved", data))(TEXTS), wanted)


def test_rows_that_were_trained_on_are_known_of_a_saved_model(tmp_path):
    path = tables.write_csv(tmp_path / "mine.csv")
    encoder = questions.encoder(made_in(tmp_path))
    data = bk.load_files(path, encoder, text="review", label="stars", validation_share=0.25, seq_length=16)
    model = bk.TextClassifier(encoder, data.num_classes, seed=0)
    model.fit(data, epochs=1, verbose=0)
    folder = bk.save(model, tmp_path / "saved", data)
    for scored in (bk.evaluate(folder, path), bk.evaluate(bk.load(folder), path), bk.evaluate(model, path)):
        assert scored.rows == len(data.split("validation"))
        assert scored == pytest.approx(bk.evaluate(model, data))
    task = bk.load_files(path, text="review", label="stars", validation_share=0.25)
    assert bk.evaluate(folder, task) == pytest.approx(bk.evaluate(model, data))
    other = tables.write_csv(tmp_path / "other.csv", TEXTS[:8], LABELS[:8])
    trained = sum(text in TEXTS[:8] for text in data.split("train").examples.texts[0])
    with pytest.raises(ValueError, match=f"{trained} of 8"):
        bk.evaluate(folder, other)
    left = bk.evaluate(folder, other, trained_rows="leave_out")
    assert left.rows == 8 - trained


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """A model of texts and its data: do not train it."""
    return made("text_classification", tmp_path_factory.mktemp("untrained"))[:2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda model, data: bk.predictor(keras.Sequential()), "`model` must be one of bk.SpanLabeler, "),
        (lambda model, data: bk.predictor(model, data.train), "`data` must be what bk.load_files or its sisters gave"),
        (
            lambda model, data: bk.evaluate(model, data.validation),
            r"must say what they are of.*evaluate\(model, data, ",
        ),
        (lambda model, data: bk.load("nothing.keras"), "must be a model folder or a .keras file"),
        (lambda model, data: bk.load("nothing.keras", native=True), "must be a model folder or a .keras file"),
    ],
)
def test_what_is_no_model_or_no_data(call, words, untrained):
    with pytest.raises((TypeError, ValueError), match=words):
        call(*untrained)


def test_files_that_are_no_model_of_ours(tmp_path):
    plain = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    plain.save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match=r"hold a model of this library.*Sequential"):
        bk.load(tmp_path / "plain.keras")
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"be a \.keras file that Keras can read"):
        bk.load(tmp_path / "broken.keras")
    model, data, _ = made("text_classification", tmp_path)
    model.fit(data.train, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match=r"`native` must be False for a \.keras file"):
        bk.load(tmp_path / "model.keras", native=True)


def test_data_for_another_model(tmp_path):
    model, _, _ = made("text_classification", tmp_path)
    _, tags, _ = made("token_classification", tmp_path / "tags")
    with pytest.raises(ValueError, match="be of the model's kind, text_classification"):
        bk.predictor(model, tags)
    with pytest.raises(ValueError, match="be of the model's kind, text_classification"):
        model.fit(tags)
    three = tiny.task_data(model.encoder, "multi_label_classification")
    with pytest.raises(ValueError, match="`problem_type` must be that of the data"):
        model.fit(three)


def test_reprs_are_short(tmp_path):
    model, data, _ = made("text_classification", tmp_path)
    rows = f"{len(data.split('train'))} train, {len(data.split('validation'))} validation"
    labels = "3 labels (bad, good, so so)"
    assert repr(data).startswith(f"<TextData 'files': {rows}, {labels}")
    predictor = bk.predictor(model, data)
    assert repr(predictor).startswith(f"<TextPredictor of 'files', {labels}")
    assert repr(model.encoder).startswith("<BertEncoder ") and repr(model.encoder).endswith("parameters>")
    assert max(len(repr(thing)) for thing in (data, predictor, model.encoder, model)) < 200


def test_the_model_of_a_run_reads_strings(tmp_path, tiny_encoder):
    result = tuned.run(tiny_encoder, tmp_path / "run")
    same(bk.predictor(result.model)(TEXTS), bk.load(result.folder)(TEXTS))
    assert repr(result).startswith(f"<FinetuneResult '{tmp_path / 'run'}': accuracy ")
    assert {"val_loss", "val_accuracy"} <= set(result.history[-1]["logs"])
    data = bk.load_task("samples/reviews", result.model.encoder, limit=32, seq_length=32)
    losses = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    wanted = losses(
        data.split("validation").examples.labels,
        bk.predictor(result.model).logits(data.split("validation").examples.texts[0]),
    )
    assert result.history[result.best_epoch - 1]["logs"]["val_loss"] == pytest.approx(float(wanted), abs=1e-4)
