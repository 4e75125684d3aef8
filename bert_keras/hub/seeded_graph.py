"""`seeded_graph`: a traced function as one flat graph, whose random operations are given their seeds from outside.

Dropout in a published graph is `RandomUniform`, whose state is hidden in the operation: nothing sets it, nothing saves
it. Such an operation has a stateless twin, with numbers of the same distribution that are a function of a seed. Calls
are written out, as a function would have to hand seeds on to those that it calls.
"""

from typing import Any, NamedTuple

from tensorflow.core.framework import graph_pb2, node_def_pb2, types_pb2
from tensorflow.python.framework import op_def_registry

_TWINS = {
    "RandomUniform": "StatelessRandomUniform",
    "RandomStandardNormal": "StatelessRandomNormal",
    "TruncatedNormal": "StatelessTruncatedNormal",
    "RandomUniformInt": "StatelessRandomUniformInt",
}
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_CONDITIONS = ("If", "StatelessIf")
_HARMLESS = ("ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape", "Assert")  # of the stateful ones
_OLD_LOOPS = ("Enter", "Exit", "Merge", "Switch", "NextIteration", "LoopCond")  # refer to each other in a circle
_WITHOUT_GRADIENT = (types_pb2.DT_BOOL, types_pb2.DT_INT32, types_pb2.DT_INT64, types_pb2.DT_STRING)
_MOST = 300_000  # operations; BERT of 24 layers has about 5,000


class NotSeeded(Exception):
    """A graph whose random operations cannot be given seeds; the message says why."""


class SeededGraph(NamedTuple):
    """A graph without calls. What it is given stands nowhere in it, and is mapped to tensors when it is imported.

    Attributes:
        graph: the operations, and the functions that conditions choose from.
        arguments: the names of the function's arguments, in their order: given ones, then captured ones.
        seeds: the names of the seeds, int32 [2] each.
        outputs: the names of the tensors that the function returns, in their order.
    """

    graph: graph_pb2.GraphDef
    arguments: list[str]
    seeds: list[str]
    outputs: list[str]


def seeded_graph(function: Any) -> SeededGraph | None:
    """The flat graph of a concrete function; None where it draws nothing at random by a hidden state.

    Raises:
        NotSeeded: if it draws, and holds what cannot be written out.
    """
    definition = function.function_def
    library = {one.signature.name: one for one in function.graph.as_graph_def().library.function}
    operations = {node.op for one in (definition, *library.values()) for node in one.node_def}
    return _Flattened(definition, library).result() if any(map(_draws, operations)) else None


class _Body:
    """A function that is written out: its operations under a prefix, its arguments as tensors of the flat graph."""

    def __init__(self, definition: Any, prefix: str, given: list[str], callers: frozenset[str]) -> None:
        self.definition, self.prefix, self.callers = definition, prefix, callers
        names = [argument.name for argument in definition.signature.input_arg]
        self.arguments = dict(zip(names, given, strict=True))
        self.nodes = {node.name: node for node in definition.node_def}
        self.callees: dict[str, _Body] = {}


class _Flattened:
    """The work on one function; names of tensors are `operation:0`, as `tf.graph_util.import_graph_def` has them."""

    def __init__(self, definition: Any, library: dict[str, Any]) -> None:
        self.library = library
        self.graph = graph_pb2.GraphDef()
        self.arguments = [f"argument_{place}:0" for place, _ in enumerate(definition.signature.input_arg)]
        self.seeds: list[str] = []
        self.chosen: set[str] = set()  # functions that conditions choose from
        self.seen = 0
        self.whole = _Body(definition, "whole/", self.arguments, frozenset())

    def result(self) -> SeededGraph:
        self._write(self.whole)
        self.graph.library.function.extend(self.library[name] for name in sorted(self.chosen))
        outputs = [
            self._output(self.whole, place) for place, _ in enumerate(self.whole.definition.signature.output_arg)
        ]
        return SeededGraph(self.graph, self.arguments, self.seeds, outputs)

    def _write(self, body: _Body) -> None:
        for node in body.nodes.values():
            self.seen += 1
            if self.seen > _MOST:
                raise NotSeeded(f"it has more than {_MOST:,} operations")
            if node.op in _CALLS:
                self._write(self._callee(body, node))
            else:
                self._check(node)
                self._copy(body, node)

    def _copy(self, body: _Body, node: node_def_pb2.NodeDef) -> None:
        copied = self.graph.node.add()
        copied.CopyFrom(node)
        copied.name = body.prefix + node.name
        inputs = [self._tensor(body, name) for name in node.input if not name.startswith("^")]
        if node.op in _TWINS:
            self._give_seed(copied, inputs)
        before = [place for name in node.input if name.startswith("^") for place in self._operations(body, name[1:])]
        del copied.input[:]
        copied.input.extend([*inputs, *(f"^{name}" for name in dict.fromkeys(before))])
        for name in ("_class", "_output_shapes"):  # names of operations elsewhere; shapes that were known before
            copied.attr.pop(name, None)

    def _give_seed(self, node: node_def_pb2.NodeDef, inputs: list[str]) -> None:
        """Makes a random operation its stateless twin, whose second input is the seed."""
        self.seeds.append(f"seed_{len(self.seeds)}:0")
        inputs.insert(1, self.seeds[-1])
        if node.op == "RandomUniformInt":
            node.attr["dtype"].CopyFrom(node.attr["Tout"])
            del node.attr["Tout"]
            node.attr["T"].type = types_pb2.DT_INT32
        node.op = _TWINS[node.op]
        for name in ("seed", "seed2"):
            node.attr.pop(name, None)
        node.attr["Tseed"].type = types_pb2.DT_INT32

    def _check(self, node: node_def_pb2.NodeDef) -> None:
        """Raises NotSeeded for an operation that would not do the same in the flat graph."""
        if node.op in _CONDITIONS and all(kind in _WITHOUT_GRADIENT for kind in node.attr["Tout"].list.type):
            for branch in ("then_branch", "else_branch"):
                self._check_chosen(node.attr[branch].func.name)
            return
        known = op_def_registry.get(node.op)
        is_stateful = known is None or known.is_stateful
        if (is_stateful and node.op not in _TWINS and node.op not in _HARMLESS) or node.op in _OLD_LOOPS:
            raise NotSeeded(f"it holds the operation {node.op}")
        if any(value.HasField("func") or value.list.func for value in node.attr.values()):
            raise NotSeeded(f"it holds the operation {node.op}, which runs functions")
        if "_gradient_op_type" in node.attr:
            raise NotSeeded(f"an operation {node.op} of it has a gradient of its own")

    def _check_chosen(self, name: str) -> None:
        """A function that a condition chooses stays one: it may look at values, and draws none."""
        if name in self.chosen:
            return
        self.chosen.add(name)
        for node in self.library[name].node_def:
            if node.op in _TWINS:
                raise NotSeeded(f"under a condition it holds the operation {node.op}")
            if node.op in _CALLS:
                self._check_chosen(node.attr["f"].func.name)
            else:
                self._check(node)

    def _callee(self, body: _Body, node: node_def_pb2.NodeDef) -> _Body:
        """The body of a call; each call has its own."""
        if node.name not in body.callees:
            name = node.attr["f"].func.name
            if name in body.callers:
                raise NotSeeded(f"its function {name} calls itself")
            if any(key == "_XlaMustCompile" and value.b for key, value in self.library[name].attr.items()):
                raise NotSeeded(f"its function {name} is compiled by XLA")
            given = [self._tensor(body, one) for one in node.input if not one.startswith("^")]
            callers = body.callers | {name}
            body.callees[node.name] = _Body(self.library[name], f"{body.prefix}{node.name}/", given, callers)
        return body.callees[node.name]

    def _output(self, body: _Body, place: int) -> str:
        return self._tensor(body, body.definition.ret[body.definition.signature.output_arg[place].name])

    def _tensor(self, body: _Body, name: str) -> str:
        """The flat name of a tensor of a function, whose own are `argument` and `operation:output:0`."""
        operation, *place = name.split(":")
        if operation in body.arguments:
            return body.arguments[operation]
        node = body.nodes[operation]
        if node.op in _CALLS:
            return self._output(self._callee(body, node), int(place[1]))
        return f"{body.prefix}{operation}:{_offset(node, place[0]) + int(place[1])}"

    def _operations(self, body: _Body, name: str) -> list[str]:
        """The flat names of what to wait for in place of an operation: of a call, what gives its outputs."""
        if name in body.arguments:
            return [body.arguments[name].split(":")[0]]
        if body.nodes[name].op not in _CALLS:
            return [body.prefix + name]
        callee = self._callee(body, body.nodes[name])
        outputs = range(len(callee.definition.signature.output_arg))
        return [self._output(callee, place).split(":")[0] for place in outputs]


def _draws(operation: str) -> bool:
    """Whether an operation draws random numbers by a hidden state; one in a variable is saved with that."""
    known = op_def_registry.get(operation)
    return known is not None and known.is_stateful and any(attribute.name == "seed2" for attribute in known.attr)


def _offset(node: node_def_pb2.NodeDef, output: str) -> int:
    """How many tensors an operation returns before those of a named output."""
    count = 0
    for argument in op_def_registry.get(node.op).output_arg:
        if argument.name == output:
            break
        if argument.type_list_attr:
            count += len(node.attr[argument.type_list_attr].list.type)
        else:
            count += node.attr[argument.number_attr].i if argument.number_attr else 1
    return count
