"""What `fit`, `evaluate` and `predict` take, and what they say of the rest, before anything is traced."""

import time

import datasets
import numpy as np
import pandas
import pytest
import questions
import tensorflow as tf
import tiny

import bert_keras as bk
from bert_keras.models.fit_inputs import arrays_of, class_numbers_of, steps_of

TEXTS, LABELS = ["the film was good", "the dog was poor"] * 6, ["good", "poor"] * 6


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    encoder = questions.encoder(tmp_path_factory.mktemp("encoder"))
    data = bk.load_files({"text": TEXTS, "label": LABELS}, encoder, validation_share=0.25, seq_length=16, batch_size=4)
    return bk.TextClassifier(encoder, 2, seed=0), data


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize(
    "texts",
    [
        "a text",
        TEXTS,
        tuple(TEXTS),
        np.array(TEXTS),
        pandas.Series(TEXTS),
        pandas.DataFrame({"text": TEXTS}),
        tf.constant(TEXTS),
        {"text": TEXTS},
        [("a", "b"), ("c", "d")],
        [{"text": "a"}],
        datasets.Dataset.from_dict({"text": TEXTS}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts_are_answered_with_the_line_that_reads_them(made, call, texts):
    line = {"fit": r"bk\.load_files", "evaluate": r"bk\.evaluate", "predict": r"bk\.predictor\(model, data\)\(texts\)"}
    began = time.monotonic()
    with pytest.raises(TypeError, match=f"`x` must be features of texts, or batches of them.*{line[call]}") as error:
        getattr(made[0], call)(texts, *([LABELS] if call != "predict" else []))
    assert time.monotonic() - began < 1 and len(str(error.value)) < 500


@pytest.mark.parametrize("call", ["evaluate", "predict"])
def test_data_have_parts(made, call):
    model, data = made
    with pytest.raises(TypeError, match=rf"`x` must be batches, of one part.*model\.{call}\(data\.validation\)"):
        getattr(model, call)(data)


def test_a_task_is_tokenized_first(made):
    task = bk.load_files({"text": TEXTS, "label": LABELS}, validation_share=0.25)
    with pytest.raises(TypeError, match=r"task\.load\(model\.encoder\); model\.fit\(data\)"):
        made[0].fit(task)


def test_fit_of_data_is_that_of_its_parts(made):
    _, data = made
    one, other = (bk.TextClassifier(tiny.native_encoder(), 2, seed=0) for _ in range(2))
    first = one.fit(data, epochs=2, verbose=0).history
    data.order.epoch = 0
    second = other.fit(data.train, validation_data=data.validation, epochs=2, verbose=0).history
    assert first.keys() == second.keys() and "val_loss" in first
    for name in first:
        assert first[name] == pytest.approx(second[name])


def test_class_weights_by_name_are_those_by_number(made):
    _, data = made
    losses = []
    for weights in ({"poor": 3.0, "good": 0.5}, {1: 3.0, 0: 0.5}):
        model = bk.TextClassifier(tiny.native_encoder(), 2, seed=0)
        data.order.epoch = 0
        losses.append(model.fit(data, epochs=1, verbose=0, class_weight=weights).history["loss"][0])
    assert losses[0] == losses[1]
    with pytest.raises(ValueError, match=r"`class_weight` must be one of 'good', 'poor'.*Did you mean 'poor'"):
        model.fit(data, class_weight={"pooor": 1.0})
    with pytest.raises(ValueError, match="have numbers of classes as keys, where the model does not know their names"):
        class_numbers_of({"poor": 1.0}, None)
    assert class_numbers_of({0: 1.0}, None) == {0: 1.0} and class_numbers_of(None, None) is None


def test_class_weights_of_static_shapes_are_the_datas(made):
    """Said before anything is traced, and what is advised gives the losses that `fit` gives elsewhere."""
    weights, losses = {"poor": 3.0, "good": 0.5}, []
    rows = {"text": TEXTS, "label": LABELS}
    for static in (False, True):
        model = bk.TextClassifier(tiny.native_encoder(), 2, seed=0)
        model.compile(static_shapes=static)
        options = {"validation_share": 0.25, "seq_length": 16, "batch_size": 4}
        if static:
            data = bk.load_files(rows, made[0].encoder, static_shapes=True, **options)
            with pytest.raises(ValueError, match=r"`class_weight` must be left out with static_shapes=True.*bk"):
                model.fit(data, class_weight=weights)
            data = bk.load_files(rows, made[0].encoder, static_shapes=True, class_weight=weights, **options)
        else:
            data = bk.load_files(rows, made[0].encoder, **options)
        given = {} if static else {"class_weight": weights}
        losses.append(model.fit(data, epochs=1, steps_per_epoch=1, verbose=0, **given).history["loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_classes_that_are_not_the_models(made):
    model = bk.TextClassifier(made[0].encoder, 5)
    with pytest.raises(ValueError, match=r"`num_classes` must be that of the data, 2. Received: num_classes=5"):
        model.fit(made[1])
    with pytest.raises(ValueError, match="`num_classes` must be that of the data, 2"):
        model.fit(made[1].train)


def test_rows_of_unequal_lengths_in_one_batch(made):
    model, _ = made
    texts = {"text": ["the film", "the dog was very good", "a", "food was not good"] * 3, "label": LABELS}
    unequal = bk.load_files(texts, model.encoder, validation_share=0.25, seq_length=16, batch_size=1)
    rows = unequal.train.unbatch()
    with pytest.raises(ValueError, match=r"`x` must have rows of one length in a batch.*\.padded_batch\(n\)"):
        model.fit(rows.batch(4), verbose=0, steps_per_epoch=2)
    model.fit(rows.padded_batch(4), verbose=0, steps_per_epoch=2)


def test_steps_and_arrays():
    x = tiny.features(rows=10)
    assert len(arrays_of(x)) == 3 and arrays_of(tf.data.Dataset.range(3)) == []
    assert steps_of(x, None, 0.0) == 1 and steps_of(x, 4, 0.0) == 3 and steps_of(x, 4, 0.5) == 2
    assert steps_of(tf.data.Dataset.range(7), None, 0.0) == 7
    assert steps_of(tf.data.Dataset.range(7).repeat(), None, 0.0) is None and steps_of(iter([]), None, 0.0) is None


def test_a_share_is_held_out_where_rows_are_read(made):
    model, data = made
    for batches in (data, data.train):
        with pytest.raises(ValueError, match=r"`validation_split` must be left out, as x is in batches.*load_files"):
            model.fit(batches, validation_split=0.2)
