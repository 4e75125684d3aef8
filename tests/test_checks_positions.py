"""Places of tokens as labels: refused on the host and in the graph where no token can stand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import checks
from bert_keras.models.targets import guard_positions, readable_errors

NAME = "end"
LENGTH = 5
BOTH = pytest.mark.parametrize("graph", [True, False], ids=["graph", "eager"])


def guarded(targets, graph, length=LENGTH):
    """The guard's answer; in a graph neither the length nor the batch is known when it is traced."""
    targets = tf.constant(targets)
    if not graph:
        return guard_positions(NAME, targets, length).numpy()
    signature = [tf.TensorSpec([None, *targets.shape[1:]], targets.dtype), tf.TensorSpec([], tf.int32)]
    run = tf.function(lambda *given: guard_positions(NAME, *given), input_signature=signature, autograph=False)
    return run(targets, length).numpy()


# In the graph


@BOTH
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "uint64"])
def test_places_inside_the_row_pass_unchanged(graph, dtype):
    places = np.array([0, 4, 2, 4], dtype)
    for shape in ((4,), (4, 1)):
        passed = guarded(places.reshape(shape), graph)
        np.testing.assert_array_equal(passed, places.reshape(shape))
        assert passed.dtype == dtype


@BOTH
def test_an_empty_batch_passes(graph):
    assert guarded(np.zeros([0], "int64"), graph).shape == (0,)
    assert guarded(np.zeros([0, 1], "int32"), graph, length=0).shape == (0, 1)


@pytest.mark.parametrize(
    ("places", "low", "high"),
    [([5, 0], 0, 5), ([4, -1, 2], -1, 4), ([[3], [70_000]], 3, 70_000), ([-1], -1, -1), ([2**31], 2**31, 2**31)],
)
def test_a_place_outside_the_row_is_a_readable_error_everywhere(places, low, high):
    places = np.array(places, "int64")
    words = rf"^`end` must lie between 0 and the last token of the row\. .* largest: {low}, {high}\.$"
    with pytest.raises(ValueError, match=words):
        guarded(places, graph=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must lie between 0 and the last token of the row"):
        guarded(places, graph=True)
    with pytest.raises(ValueError, match=words), readable_errors():
        guarded(places, graph=True)


@BOTH
def test_the_name_may_hold_brackets_and_quotation_marks(graph):
    def run(values):
        return guard_positions("labels['end_logits']", values, LENGTH)

    words = r"^`labels\['end_logits'\]` must lie between 0 and the last token of the row\. .* largest: 5, 5\.$"
    with pytest.raises(ValueError, match=words), readable_errors():
        (tf.function(run) if graph else run)(tf.constant([5]))


@BOTH
def test_the_bound_is_the_length_of_this_batch(graph):
    assert guarded(np.array([4]), graph, length=5).tolist() == [4]
    with pytest.raises(ValueError, match=r"smallest and largest: 4, 4\.$"), readable_errors():
        guarded(np.array([4]), graph, length=4)


def test_the_length_may_be_a_tensor_of_another_dtype():
    assert guard_positions(NAME, tf.constant([7], tf.uint8), tf.constant(8, tf.int64)).numpy().tolist() == [7]
    with pytest.raises(ValueError, match=r"largest: 7, 7\.$"):
        guard_positions(NAME, tf.constant([7], tf.uint8), tf.constant(7, tf.int64))


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
def test_places_are_integers(graph, dtype):
    words = rf"`end` must be integers, the places of tokens. Received: .*='{dtype}'\.$"
    with pytest.raises(ValueError, match=words):
        guarded(np.array([0, 1], dtype), graph)


@BOTH
@pytest.mark.parametrize("shape", [(4, 2), (2, 1, 1), (2, 0)])
def test_there_is_one_place_a_row(graph, shape):
    batch = None if graph else shape[0]
    with pytest.raises(ValueError, match=r"must have the shape \[batch\]\. Received: ") as caught:
        guarded(np.zeros(shape, "int32"), graph)
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


# On the host


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (0,), (0, 1)])
def test_good_columns(shape, dtype):
    assert checks.positions("y", np.full(shape, 200, dtype)) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3, -1, -2], r"^`y` must be 0 or more\. Received: y=-1\. It stands in row 1\.$"),
        ([[0], [2], [-7]], r"^`y` must be 0 or more\. Received: y=\[-7\]\. It stands in row 2\.$"),
        ([0.0, 1.0], r"^`y` must be integers, the places of tokens\. Received: y='float64'\.$"),
        ([True], r"`y` must be integers, the places of tokens\. Received: y='bool'"),
        (["1"], r"`y` must be integers, the places of tokens\. Received: y='str"),
        ([[0, 1]], r"^`y` must have the shape \[rows\]\. Received: y=\(1, 2\)\.$"),
        (4, r"`y` must have the shape \[rows\]\. Received: y=\(\)\.$"),
        ([[[1]]], r"`y` must have the shape \[rows\]\. Received: y=\(1, 1, 1\)\.$"),
    ],
)
def test_bad_columns(values, words):
    with pytest.raises(ValueError, match=words):
        checks.positions("y", np.array(values))


def test_a_row_is_named_in_the_callers_words():
    with pytest.raises(ValueError, match=r"y=-4\. Question 'k2'\.$"):
        checks.positions("y", np.array([0, 0, -4]), lambda row: f"Question 'k{row}'.")
