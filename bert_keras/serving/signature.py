"""`Signature`: a function of a served model, on the rows of one request or of several together."""

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

Arrays = dict[str, np.ndarray]  # by the name of an input or output; strings are bytes in an array of objects

_COUNT = "count"  # the output of taggers that says how many items of a row are no padding


class Signature:
    """A function by the names of its inputs and outputs.

    Args:
        name: of the signature.
        function: a concrete function, of `Served.signatures` or of a SavedModel.
    """

    def __init__(self, name: str, function: Any) -> None:
        self.name, self._function = name, function
        positional, keywords = function.structured_input_signature
        self._by_name = not positional
        self.inputs: dict[str, tf.TensorSpec] = dict(sorted(keywords.items())) or {
            spec.name: spec for spec in positional
        }
        self.outputs: dict[str, tf.TensorSpec] = dict(function.structured_outputs)
        shapes = [self.inputs[name].shape for name in self.row_inputs]
        shapes += [spec.shape for spec in self.outputs.values()]
        self.joins = bool(self.row_inputs) and all(shape.rank and shape[0] is None for shape in shapes)

    @property
    def row_inputs(self) -> list[str]:
        """Names of the inputs that have a value for each row; the others have one for the whole request."""
        return [name for name, spec in self.inputs.items() if spec.shape.rank != 0]

    def likeness(self, inputs: Arrays) -> tuple | None:
        """What is equal for requests that can be run together; None for one that runs alone."""
        if not self.joins:
            return None
        rows = self.row_inputs
        alike = [inputs[name].shape[1:] if name in rows else inputs[name].tobytes() for name in sorted(inputs)]
        return (self.name, *alike)

    def warm_up(self) -> None:
        """Runs it once on a short row: the first run of a graph takes seconds."""
        shapes = {name: [size or 1 for size in spec.shape] for name, spec in self.inputs.items()}
        blanks = {name: b"a" if spec.dtype == tf.string else 0 for name, spec in self.inputs.items()}
        kinds = {name: object if spec.dtype == tf.string else None for name, spec in self.inputs.items()}
        # A graph may want more than its signature says, and says so when it is asked.
        with contextlib.suppress(tf.errors.OpError):
            self({name: np.full(shapes[name], blanks[name], kinds[name]) for name in self.inputs})

    def __call__(self, inputs: Arrays) -> Arrays:
        """The outputs for the rows of one request."""
        given = {name: tf.constant(inputs[name], spec.dtype, inputs[name].shape) for name, spec in self.inputs.items()}
        found = self._function(**given) if self._by_name else self._function(*given.values())
        return {name: found[name].numpy() for name in self.outputs}

    def together(self, requests: Sequence[Arrays]) -> list[Arrays]:
        """The outputs of each of several requests that are alike, run as one batch.

        They are those of the request alone but for rounding; what pads the lists of a tagger is that of the request.
        """
        if len(requests) == 1:
            return [self(requests[0])]
        rows = self.row_inputs
        joined = {
            name: np.concatenate([one[name] for one in requests]) if name in rows else requests[0][name]
            for name in self.inputs
        }
        found, answers, start = self(joined), [], 0
        for one in requests:
            end = start + len(one[rows[0]])
            answers.append(self._without_padding({name: value[start:end] for name, value in found.items()}, found))
            start = end
        return answers

    def _without_padding(self, own: Arrays, joined: Arrays) -> Arrays:
        """A request's part of a batch's outputs, with lists as long as its own longest."""
        count = joined.get(_COUNT)
        if count is None or count.ndim != 1:
            return own
        padded, longest = count.max(initial=0), own[_COUNT].max(initial=0)
        lists = [name for name, spec in self.outputs.items() if spec.shape.rank == 2 and spec.shape[1] is None]
        cut = {name: own[name][:, :longest] for name in lists if own[name].shape[1] == padded}
        return {**own, **cut}
