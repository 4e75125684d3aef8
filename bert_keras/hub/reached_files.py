"""`ReachedFiles`: which operations on files a graph runs when some of it is run."""

import contextlib
import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from tensorflow.core.framework.variable_pb2 import VariableDef

_SAVERS = "savers"  # the collection of all SaverDefs, which nothing runs


class ReachedFiles:
    """A meta graph, asked what its parts would run.

    Args:
        meta: a MetaGraphDef.
        operations: names of operations on files.
    """

    def __init__(self, meta: Any, operations: Collection[str]) -> None:
        self._operations = operations
        self._nodes = {node.name: node for node in meta.graph_def.node}
        self._functions = {one.signature.name: one.node_def for one in meta.graph_def.library.function}

    def of_tensors(self, names: Iterable[str]) -> set[tuple[str, str]]:
        """(operation, function that it stands in, or "") of all that is run for tensors or nodes of the main graph."""
        pending, seen, found = [_node(name) for name in names], set(), set()
        while pending:
            name = pending.pop()
            if name not in seen and name in self._nodes:
                seen.add(name)
                node = self._nodes[name]
                pending += [_node(one) for one in node.input]
                found |= {(node.op, "")} & {(one, "") for one in self._operations}
                found |= self.of_functions(called_by(node))
        return found

    def of_functions(self, names: Iterable[str]) -> set[tuple[str, str]]:
        """The same of all that functions, and those that they name, hold."""
        pending, seen, found = list(names), set(), set()
        while pending:
            name = pending.pop()
            if name not in seen and name in self._functions:
                seen.add(name)
                found |= {(node.op, name) for node in self._functions[name] if node.op in self._operations}
                pending += itertools.chain.from_iterable(map(called_by, self._functions[name]))
        return found


def called_by(node: Any) -> set[str]:
    """The names of functions that a node may call: its own operation, and what its attributes name."""
    named = {value.func.name for value in node.attr.values() if value.HasField("func")}
    return named | {one.name for value in node.attr.values() for one in value.list.func} | {node.op}


def run_unasked(meta: Any) -> Iterator[str]:
    """Names of what loading a meta graph, or calling a signature of it, runs: initialisers, outputs of signatures."""
    for key, collection in meta.collection_def.items():
        yield from collection.node_list.value
        for content in collection.bytes_list.value if key != _SAVERS else ():
            with contextlib.suppress(DecodeError):  # collections hold other things, too
                yield VariableDef.FromString(content).initializer_name
    for signature in meta.signature_def.values():
        for output in signature.outputs.values():
            sparse = output.coo_sparse
            yield output.name
            yield from (sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name)
            yield from (component.name for component in output.composite_tensor.components)


def _node(tensor: str) -> str:
    return tensor.lstrip("^").split(":")[0]
