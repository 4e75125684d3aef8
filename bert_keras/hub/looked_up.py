"""`looked_up`: which arguments of a flat graph are tables of which rows are looked up, and nothing else."""

from bert_keras.hub.seeded_graph import SeededGraph

_READS = ("ReadVariableOp",)
_PASSES_ON = ("Identity",)
_LOOKS_UP = ("GatherV2", "Gather", "ResourceGather")  # the table is their first input


def looked_up(flat: SeededGraph) -> set[int]:
    """The places of the arguments of which every use is to look rows up: a row that is not asked for has no gradient.

    A condition that is handed one counts as another use, and so does a result of the graph. An argument without any use
    is one of them.
    """
    uses: dict[str, list[tuple[str, str, int]]] = {}
    for node in flat.graph.node:
        for place, name in enumerate(node.input):
            if not name.startswith("^"):
                uses.setdefault(_whole_name(name), []).append((node.op, f"{node.name}:0", place))
    results = set(map(_whole_name, flat.outputs))

    def only_looked_up(tensor: str) -> bool:
        if tensor in results:
            return False
        for operation, output, place in uses.get(tensor, []):
            if operation in _READS + _PASSES_ON:
                if not only_looked_up(output):
                    return False
            elif operation not in _LOOKS_UP or place:
                return False
        return True

    return {place for place, name in enumerate(flat.arguments) if only_looked_up(name)}


def _whole_name(tensor: str) -> str:
    return tensor if ":" in tensor else f"{tensor}:0"
