"""Labels inside the graph: those that cannot belong to a model are refused wherever they come from."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.models.targets import guard_targets, readable_errors
from bert_keras.text_classification.text_classifier import TextClassifier


def guarded(targets, problem_type, num_classes, graph):
    def run(values):
        return guard_targets(values, problem_type, num_classes)

    with readable_errors():
        return (tf.function(run) if graph else run)(tf.constant(targets)).numpy()


BOTH = pytest.mark.parametrize("graph", [True, False], ids=["graph", "eager"])


@BOTH
def test_good_labels_pass_unchanged(graph):
    for dtype in ("uint8", "int8", "int32", "int64"):
        for shape in ((4,), (4, 1)):
            labels = np.array([0, 2, 1, 2], dtype).reshape(shape)
            np.testing.assert_array_equal(guarded(labels, SINGLE_LABEL, 3, graph), labels)
    for dtype in ("int32", "float32"):
        np.testing.assert_array_equal(guarded(np.eye(2, dtype=dtype), MULTI_LABEL, 2, graph), np.eye(2))
    np.testing.assert_array_equal(guarded(np.array([0.5, -2.0]), REGRESSION, 1, graph), [0.5, -2.0])
    assert guarded(np.zeros([0], "int64"), SINGLE_LABEL, 2, graph).size == 0


@BOTH
@pytest.mark.parametrize(
    ("labels", "problem_type", "words"),
    [
        (
            [0, 1, 2],
            SINGLE_LABEL,
            r"`labels` must lie between 0 and 1, the classes of this model.*smallest and largest: 0, 2\.",
        ),
        ([-1, 1], SINGLE_LABEL, r"`labels` must lie between 0 and 1.*smallest and largest: -1, 1\."),
        ([[0, 1], [1, 3]], MULTI_LABEL, r"`labels` must be 0 or 1. Received, smallest and largest: 0, 3\."),
        ([[0.0, 0.5]], MULTI_LABEL, r"`labels` must be 0 or 1. Received, smallest and largest: 0(.0)?, 0.5\."),
        ([1.0, np.inf], REGRESSION, r"`labels` must be finite numbers. Received, smallest and largest: 1(.0)?, inf\."),
        ([1.0, np.nan], REGRESSION, r"`labels` must be finite numbers"),
    ],
)
def test_wrong_values(labels, problem_type, words, graph):
    with pytest.raises(ValueError, match=words):
        guarded(labels, problem_type, 2, graph)


@BOTH
@pytest.mark.parametrize(
    ("labels", "problem_type", "words"),
    [
        (
            [0.0, 1.0],
            SINGLE_LABEL,
            r"`labels` must be integers, .*Received: labels='float32'. Cast them in the dataset",
        ),
        ([True, False], SINGLE_LABEL, r"`labels` must be integers, .*Received: labels='bool'"),
        ([[0, 1], [1, 0]], SINGLE_LABEL, r"`labels` must have the shape \[batch\]. Received: labels=\(2, 2\)"),
        ([0, 1], MULTI_LABEL, r"`labels` must have the shape \[batch, 2\]. Received: labels=\(2,\)"),
        ([[0, 1, 0]], MULTI_LABEL, r"`labels` must have the shape \[batch, 2\]. Received: labels=\(1, 3\)"),
        ([[0.5, 1.0]], REGRESSION, r"`labels` must have the shape \[batch\]"),
    ],
)
def test_wrong_kinds(labels, problem_type, words, graph):
    with pytest.raises(ValueError, match=words):
        guarded(labels, problem_type, 2, graph)


def test_missing_labels():
    with pytest.raises(ValueError, match=r"`labels` must be there to train or evaluate on. Received: labels=None"):
        guard_targets(None, SINGLE_LABEL, 2)


def test_other_errors_stay_as_they_are():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Incompatible shapes"), readable_errors():
        tf.constant([1, 2]) + tf.constant([1, 2, 3])
    with pytest.raises(KeyError, match="x"), readable_errors():
        raise KeyError("x")


# In a model


@pytest.fixture(scope="module")
def model():
    return TextClassifier(tiny.SumEncoder(), 2, dropout=0.0)


def dataset(labels):
    return tf.data.Dataset.from_tensor_slices((tiny.features(len(labels)), labels)).batch(4)


def test_a_wrong_label_in_a_dataset(model):
    words = r"^`labels` must lie between 0 and 1, the classes of this model. Received, smallest and largest: 0, 2\.$"
    wrong = dataset(np.array([0, 1, 0, 1, 0, 2, 0, 1]))
    with pytest.raises(ValueError, match=words):
        model.fit(wrong, verbose=0)
    with pytest.raises(ValueError, match=words):
        model.evaluate(wrong, verbose=0)
    with pytest.raises(ValueError, match=words):
        model.fit(dataset(np.zeros(8, "int64")), validation_data=wrong, verbose=0)


def test_a_dataset_of_floats_or_without_labels(model):
    with pytest.raises(ValueError, match="`labels` must be integers, the numbers of the classes"):
        model.fit(dataset(np.array([0.0, 1.0] * 4)), verbose=0)
    with pytest.raises(ValueError, match="`labels` must be there to train or evaluate on"):
        model.fit(dataset(np.zeros(8)).map(lambda x, y: x), verbose=0)


def test_ids_beyond_the_vocabulary_are_explained_too():
    model = TextClassifier(tiny.native_encoder())
    features = tiny.features(4)
    features["input_word_ids"][1, 2] = 5000
    with pytest.raises(ValueError, match=r"^`input_word_ids` must lie between 0 and \d+, the vocabulary.* 5000\.$"):
        model.predict(features, verbose=0)


def test_a_loss_of_ones_own_may_want_other_labels():
    model = TextClassifier(tiny.SumEncoder(), 3, dropout=0.0)
    model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    one_hot = np.eye(3, dtype="float32")[np.arange(8) % 3]
    assert np.isfinite(model.fit(tiny.features(8), one_hot, verbose=0).history["loss"][0])
    assert np.isfinite(model.fit(dataset(one_hot), verbose=0).history["loss"][0])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1))
    labels = np.array([0, 2, -1, 1, -1, 1, 0, 2])
    assert np.isfinite(model.fit(dataset(labels), verbose=0).history["loss"][0])
    assert np.isfinite(model.evaluate(tiny.features(8), labels, verbose=0))
