"""`SeededCall`: a SavedModel's call whose random numbers a seed decides."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import variable_accessed

from bert_keras.hub.looked_up import looked_up
from bert_keras.hub.seeded_graph import NotSeeded, SeededGraph, seeded_graph


class SeededCall:
    """Calls a SavedModel for training; what it draws at random is a function of a seed.

    The SavedModel stays as it was loaded. A flat graph beside it reads the same variables, and is made at the first
    call.

    Args:
        run: calls the SavedModel with inputs and keyword arguments.
        variables: all that it reads.
    """

    def __init__(self, run: Callable[..., Any], variables: Sequence[tf.Variable]) -> None:
        self.run = run
        self.variables = list(variables)
        self._made: dict[Any, _Made | None] = {}

    def __call__(self, inputs: Any, arguments: dict[str, Any], next_seed: Callable[[], Any]) -> Any:
        """What `run(inputs, **arguments)` gives, with its gradients.

        Args:
            inputs: tensors in the structure that the SavedModel takes.
            arguments: of the SavedModel's call; plain values.
            next_seed: draws a seed, integers [2], of which the second one counts the draws.

        Raises:
            NotSeeded: if its graph draws random numbers by operations that cannot be given a seed.
        """
        tensors = [tf.convert_to_tensor(tensor) for tensor in tf.nest.flatten(inputs)]
        made = self._made_for(tf.nest.pack_sequence_as(inputs, tensors), arguments)
        if made is None:
            return self.run(inputs, **arguments)
        for variable in made.variables:  # for a GradientTape, which sees a function that is handed their handles
            variable_accessed(variable)
        seed, count = tf.unstack(tf.cast(next_seed(), tf.int64))
        first = tf.cast(tf.stack([seed, count * made.draws]), tf.int32)
        outputs = made.function(first, *tensors, *(variable.handle for variable in made.variables))
        return tf.nest.pack_sequence_as(made.structure, outputs, expand_composites=True)

    def looks_up_rows_of(self, variable: tf.Variable, inputs: Any, arguments: dict[str, Any]) -> bool:
        """Whether all that this call does with a variable is to look rows of it up; False where that is not known.

        Args:
            variable: one of `variables`.
            inputs: as for a call, or their specs.
            arguments: as for a call.

        Raises:
            NotSeeded: as a call does.
        """
        made = self._made_for(inputs, arguments)
        return made is not None and any(one is variable for one in made.looked_up)

    def _made_for(self, inputs: Any, arguments: dict[str, Any]) -> "_Made | None":
        specs = [tf.TensorSpec([None] * one.shape.rank, one.dtype) for one in tf.nest.flatten(inputs)]
        key = (*specs, repr(arguments))
        if key not in self._made:
            self._made[key] = self._make(tf.nest.pack_sequence_as(inputs, specs), specs, arguments)
        return self._made[key]

    def _make(self, inputs: Any, specs: list[tf.TensorSpec], arguments: dict[str, Any]) -> "_Made | None":
        published = tf.function(lambda given: self.run(given, **arguments), autograph=False)
        published = published.get_concrete_function(inputs)
        flat = seeded_graph(published)
        if flat is None:
            return None
        structure = published.structured_outputs
        leaves = tf.nest.flatten(structure, expand_composites=True)
        if len(leaves) != len(flat.outputs):
            raise NotSeeded("some of its outputs are no tensors")
        owners = {
            id(part.handle): variable
            for variable in self.variables
            for part in getattr(variable, "values", (variable,))
        }
        handles = [tensor for tensor, _ in published.graph.captures]
        if any(id(handle) not in owners for handle in handles):
            raise NotSeeded("it reads what is no variable")
        run = tf.function(_imported(flat), autograph=False)
        with tf.init_scope():  # it lasts longer than the step that is traced
            function = run.get_concrete_function(tf.TensorSpec([2], tf.int32), *specs, *handles)
        found = [owners[id(handle)] for handle in handles]
        tables = looked_up(flat)
        rows_alone = [variable for place, variable in enumerate(found, len(specs)) if place in tables]
        return _Made(function, found, len(flat.seeds), structure, rows_alone)


class _Made(NamedTuple):
    """A flat graph as a function of the first seed, the inputs and the handles of variables; and what it returns.

    Of the variables in `looked_up` it looks up rows, and nothing else.
    """

    function: Any
    variables: list[tf.Variable]
    draws: int
    structure: Any
    looked_up: list[tf.Variable]


def _imported(flat: SeededGraph) -> Callable[..., list[tf.Tensor]]:
    used = {name for node in flat.graph.node for name in node.input}.union(flat.outputs)

    def run(first: tf.Tensor, *given: tf.Tensor) -> list[tf.Tensor]:
        tensors = dict(zip(flat.arguments, given, strict=True))
        tensors |= {name: first + tf.constant([0, place]) for place, name in enumerate(flat.seeds)}
        tensors = {name: tensor for name, tensor in tensors.items() if name in used}
        return tf.graph_util.import_graph_def(flat.graph, tensors, flat.outputs, name="published")

    return run
