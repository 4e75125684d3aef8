"""The flat graph of a function: its calls written out, its random operations given seeds, what it does not take."""

import types

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.hub.seeded_graph import NotSeeded, seeded_graph


def traced(run, *specs):
    return tf.function(run, autograph=False).get_concrete_function(*(specs or [tf.TensorSpec([None], tf.float32)]))


def run(flat, *given, seed=3):
    """The outputs of a flat graph, each operation with a seed of its own."""
    seeds = [tf.constant([seed, place]) for place, _ in enumerate(flat.seeds)]

    @tf.function(autograph=False)
    def imported(*tensors):
        named = dict(zip([*flat.arguments, *flat.seeds], tensors, strict=True))
        return tf.graph_util.import_graph_def(flat.graph, named, flat.outputs, name="")

    return [output.numpy() for output in imported(*given, *seeds)]


DRAWS = {
    "uniform": (lambda shape: tf.random.uniform(shape), 0.5, 1 / 12),
    "normal": (lambda shape: tf.random.normal(shape), 0.0, 1.0),
    "truncated": (lambda shape: tf.random.truncated_normal(shape), 0.0, 0.774),
    "integers": (lambda shape: tf.cast(tf.random.uniform(shape, -3, 4, tf.int32), tf.float32), 0.0, 4.0),
    "wide integers": (lambda shape: tf.cast(tf.random.uniform(shape, 0, 2, tf.int64), tf.float32), 0.5, 0.25),
    "half": (lambda shape: tf.cast(tf.random.uniform(shape, dtype=tf.float16), tf.float32), 0.5, 1 / 12),
    "of a seed": (lambda shape: tf.random.uniform(shape, seed=7), 0.5, 1 / 12),
}


@pytest.mark.parametrize("draw", DRAWS)
def test_twins_draw_from_the_same_distribution(draw):
    function, mean, variance = DRAWS[draw]
    flat = seeded_graph(traced(lambda x: (function(tf.shape(x)), function(tf.shape(x)))))
    assert len(flat.seeds) == 2
    one, two = run(flat, tf.zeros([40_000]))
    again = run(flat, tf.zeros([40_000]))
    other = run(flat, tf.zeros([40_000]), seed=4)
    for drawn in (one, two, *other):
        assert drawn.mean() == pytest.approx(mean, abs=6 * (variance / 40_000) ** 0.5)
        assert drawn.var() == pytest.approx(variance, rel=0.05)
    np.testing.assert_array_equal(again, [one, two])
    for first, second in ((one, two), (one, other[0]), (two, other[1])):
        assert abs(np.corrcoef(first, second)[0, 1]) < 6 / 200


def test_calls_are_written_out_each_with_seeds_of_its_own():
    """Three calls of one function, which calls another twice; that has two outputs, of an operation with two."""

    @tf.function(autograph=False)
    def inner(x):
        halves = tf.split(x, 2)
        return halves[1] + tf.random.uniform([1]), halves[0]

    @tf.function(autograph=False)
    def outer(x):
        second, first = inner(x)
        return tf.concat([first, second * 0.0, inner(tf.tile(second, [2]))[1] * 0.0], 0), second

    def both(x):
        return outer(x)[1], outer(x)[1], outer(x)[0]

    flat = seeded_graph(traced(both))
    assert len(flat.seeds) == 6 and not flat.graph.library.function
    assert not {"PartitionedCall", "StatefulPartitionedCall"} & {node.op for node in flat.graph.node}
    one, two, rest = run(flat, tf.constant([5.0, 1.0]))
    assert 1.0 <= one[0] < 2.0 and 1.0 <= two[0] < 2.0 and one[0] != two[0]
    np.testing.assert_array_equal(rest, [5.0, 0.0, 0.0])


def test_captured_tensors_come_after_the_arguments():
    table = tf.Variable([1.0, 2.0])
    function = traced(lambda x: x * table + 0.0 * tf.random.uniform([2]))
    flat = seeded_graph(function)
    assert len(flat.arguments) == 2
    np.testing.assert_array_equal(run(flat, tf.constant([3.0, 3.0]), table.handle)[0], [3.0, 6.0])


def test_checks_go_on_checking():
    """An assertion, and one under a condition, in a function that is called: nothing asks for their outputs."""

    @tf.function(autograph=False)
    def checked(x):
        with tf.control_dependencies([tf.debugging.assert_less(x, 9.0)]):
            return x + tf.random.uniform([1])

    def whole(x):
        y = checked(x)
        tf.debugging.Assert(tf.reduce_all(x > 0.0), [x])
        return y

    flat = seeded_graph(traced(whole))
    assert {"If", "Assert"} & {node.op for node in flat.graph.node}
    run(flat, tf.constant([3.0]))
    for wrong in (9.5, -1.0):
        with pytest.raises(tf.errors.InvalidArgumentError):
            run(flat, tf.constant([wrong]))


def _loop(x):
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y + tf.random.uniform([1])), (0, x))[1]


def _choice(x):
    return tf.cond(tf.reduce_sum(x) > 0.0, lambda: x + tf.random.uniform([1]), lambda: x)


def _check_that_draws(x):
    tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.random.uniform([], 0, 2, tf.int32), lambda: 0)
    return x


def _own_gradient(x):
    @tf.custom_gradient
    def square(y):
        return y * y, lambda up: up * 3.0

    return square(x) + tf.random.uniform([1])


def _compiled(x):
    return tf.function(lambda y: y + tf.random.uniform([1]), jit_compile=True, autograph=False)(x)


def _shuffled(x):
    return tf.random.shuffle(x)


COUNT = []


def _counts(x):
    if not COUNT:
        COUNT.append(tf.Variable(0.0))
    COUNT[0].assign_add(1.0)
    return x + tf.random.uniform([1])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_loop, r"it holds the operation (Stateless)?While"),
        (_choice, r"it holds the operation If"),
        (_check_that_draws, r"under a condition it holds the operation RandomUniformInt"),
        (_own_gradient, r"an operation IdentityN of it has a gradient of its own"),
        (_compiled, r"its function .* is compiled by XLA"),
        (_shuffled, r"it holds the operation RandomShuffle"),
        (_counts, r"it holds the operation AssignAddVariableOp"),
    ],
)
def test_what_would_do_something_else_is_not_taken(function, said):
    if function is _counts:
        COUNT[:] = [tf.Variable(0.0)]
    with pytest.raises(NotSeeded, match=said):
        seeded_graph(traced(function))


def test_a_graph_that_draws_nothing_needs_none():
    """Whatever it holds; a generator's state is a variable, which is saved with the others."""
    generator = tf.random.Generator.from_seed(1)
    for function in (
        lambda x: x * 2.0,
        lambda x: tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: (y + 1.0,), (x,))[0],
        lambda x: x + generator.uniform([1]),
        lambda x: x + tf.random.stateless_uniform([1], [1, 2]),
    ):
        assert seeded_graph(traced(function)) is None


def test_calls_that_multiply_without_end_are_not_taken(monkeypatch):
    monkeypatch.setattr("bert_keras.hub.seeded_graph._MOST", 500)

    def doubled(inner):
        return tf.function(lambda x: inner(inner(x)), autograph=False)

    function = tf.function(lambda x: x + tf.random.uniform([1]), autograph=False)
    for _ in range(12):
        function = doubled(function)
    with pytest.raises(NotSeeded, match="it has more than 500 operations"):
        seeded_graph(traced(function))


def test_a_function_that_calls_itself_is_not_taken():
    inner = tf.function(lambda x: x + tf.random.uniform([1]), autograph=False)
    function = traced(lambda x: inner(x))
    library, definition = function.graph.as_graph_def(), function.function_def
    call = next(node for node in definition.node_def if node.op == "StatefulPartitionedCall")
    call.attr["f"].func.name = definition.signature.name
    library.library.function.append(definition)
    graph = types.SimpleNamespace(as_graph_def=lambda: library)
    with pytest.raises(NotSeeded, match=r"its function .* calls itself"):
        seeded_graph(types.SimpleNamespace(function_def=definition, graph=graph))
