"""Labels inside the graph: those that cannot belong to a model are refused wherever they come from."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.models.targets import guard_positions, guard_targets, readable_errors
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


# Places of tokens as labels: refused where no token can stand

NAME = "end"
LENGTH = 5


def placed(targets, graph, length=LENGTH):
    """The guard's answer; in a graph neither the length nor the batch is known when it is traced."""
    targets = tf.constant(targets)
    if not graph:
        return guard_positions(NAME, targets, length).numpy()
    signature = [tf.TensorSpec([None, *targets.shape[1:]], targets.dtype), tf.TensorSpec([], tf.int32)]
    run = tf.function(lambda *given: guard_positions(NAME, *given), input_signature=signature, autograph=False)
    return run(targets, length).numpy()


@BOTH
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "uint64"])
def test_places_inside_the_row_pass_unchanged(graph, dtype):
    places = np.array([0, 4, 2, 4], dtype)
    for shape in ((4,), (4, 1)):
        passed = placed(places.reshape(shape), graph)
        np.testing.assert_array_equal(passed, places.reshape(shape))
        assert passed.dtype == dtype


@BOTH
def test_an_empty_batch_passes(graph):
    assert placed(np.zeros([0], "int64"), graph).shape == (0,)
    assert placed(np.zeros([0, 1], "int32"), graph, length=0).shape == (0, 1)


@pytest.mark.parametrize(
    ("places", "low", "high"),
    [([5, 0], 0, 5), ([4, -1, 2], -1, 4), ([[3], [70_000]], 3, 70_000), ([-1], -1, -1), ([2**31], 2**31, 2**31)],
)
def test_a_place_outside_the_row_is_a_readable_error_everywhere(places, low, high):
    places = np.array(places, "int64")
    words = rf"^`end` must lie between 0 and the last token of the row\. .* largest: {low}, {high}\.$"
    with pytest.raises(ValueError, match=words):
        placed(places, graph=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must lie between 0 and the last token of the row"):
        placed(places, graph=True)
    with pytest.raises(ValueError, match=words), readable_errors():
        placed(places, graph=True)


@BOTH
def test_the_name_may_hold_brackets_and_quotation_marks(graph):
    def run(values):
        return guard_positions("labels['end_logits']", values, LENGTH)

    words = r"^`labels\['end_logits'\]` must lie between 0 and the last token of the row\. .* largest: 5, 5\.$"
    with pytest.raises(ValueError, match=words), readable_errors():
        (tf.function(run) if graph else run)(tf.constant([5]))


@BOTH
def test_the_bound_is_the_length_of_this_batch(graph):
    assert placed(np.array([4]), graph, length=5).tolist() == [4]
    with pytest.raises(ValueError, match=r"smallest and largest: 4, 4\.$"), readable_errors():
        placed(np.array([4]), graph, length=4)


def test_the_length_may_be_a_tensor_of_another_dtype():
    assert guard_positions(NAME, tf.constant([7], tf.uint8), tf.constant(8, tf.int64)).numpy().tolist() == [7]
    with pytest.raises(ValueError, match=r"largest: 7, 7\.$"):
        guard_positions(NAME, tf.constant([7], tf.uint8), tf.constant(7, tf.int64))


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
def test_places_are_integers(graph, dtype):
    words = rf"`end` must be integers, the places of tokens. Received: .*='{dtype}'\.$"
    with pytest.raises(ValueError, match=words):
        placed(np.array([0, 1], dtype), graph)


@BOTH
@pytest.mark.parametrize("shape", [(4, 2), (2, 1, 1), (2, 0)])
def test_there_is_one_place_a_row(graph, shape):
    batch = None if graph else shape[0]
    with pytest.raises(ValueError, match=r"must have the shape \[batch\]\. Received: ") as caught:
        placed(np.zeros(shape, "int32"), graph)
    assert str(caught.value).endswith(f"={(batch, *shape[1:])}.")


def test_a_single_number_is_no_batch():
    with pytest.raises(ValueError, match=r"must have the shape \[batch\]\. Received: .*=\(\)\.$"):
        guard_positions(NAME, tf.constant(1), LENGTH)


def test_a_shape_that_is_not_known_yet_passes_until_the_graph_runs():
    run = tf.function(
        lambda values: guard_positions(NAME, values, LENGTH), input_signature=[tf.TensorSpec(None, tf.int32)]
    )
    assert run(tf.constant([1, 4])).numpy().tolist() == [1, 4]
    with pytest.raises(ValueError, match=r"largest: 1, 5\.$"), readable_errors():
        run(tf.constant([1, 5]))


def test_symbols_of_keras_pass_as_they_are():
    symbol = keras.KerasTensor([None, 3], "float32")
    assert guard_positions(NAME, symbol, LENGTH) is symbol
