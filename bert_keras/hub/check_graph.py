"""`check_graph`: a SavedModel is a program; what could reach beyond its own files is refused before it is loaded.

TensorFlow runs initialisers while it loads, so the file is parsed here and nothing of it is run.
"""

import collections
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tensorflow.python.framework import op_def_registry

from bert_keras.checks import message
from bert_keras.hub.pure_operations import PURE_OPERATIONS, TEXT_OPERATIONS
from bert_keras.hub.reached_files import ReachedFiles, called_by, run_unasked
from bert_keras.hub.read_saved_model import read_saved_model

_ALLOWED = PURE_OPERATIONS | TEXT_OPERATIONS
_TABLE_FILES = {"InitializeTableFromTextFile": (1,), "InitializeTableFromTextFileV2": (1,)}
_SAVER_FILES = {"SaveV2": (0,), "RestoreV2": (0,), "MergeV2Checkpoints": (0, 1)}
_READ = ("RestoreV2",)  # what restoring variables runs
_FILES = _TABLE_FILES | _SAVER_FILES  # the inputs that are names of files
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_PASSED_ON = ("Identity", "StringJoin", "ShardedFilename", "Pack", "Select", "SelectV2", "ExpandDims", "Reshape")
_SAVER_PIECES = re.compile(rb"(model|_temp(_[0-9a-f]+)?/part|\.part|/part|_temp(_[0-9a-f]{32})?|)")
_ADVICE = "If you know who wrote it and trust it as you would a program: trust=True."


def check_graph(folder: str, handle: Any, advice: str = _ADVICE, argument: str = "handle") -> None:
    """Parses a SavedModel and refuses what is not known to touch its own tensors, variables and assets alone.

    Args:
        folder: that holds saved_model.pb or saved_model.pbtxt.
        handle: what the user named, for the error.
        advice: what to do with one that is refused.
        argument: the name of the argument that the user gave it as, for the error.

    Raises:
        ValueError: naming an operation that is not allowed and the function that it stands in, or a file elsewhere; or
            for a graph that is damaged.
    """
    check_links(folder, handle, advice, argument)
    for meta in read_saved_model(folder, handle, argument).meta_graphs:
        for asset in meta.asset_file_def:
            _check_asset(asset.filename, folder, handle, advice, argument)
        try:
            _Checked(meta, handle, advice, argument).check()
        except LookupError as error:
            reason = "Its graph has references that lead nowhere."
            raise ValueError(message(argument, "name a complete SavedModel", handle, reason)) from error


def _check_asset(name: str, folder: str, handle: Any, advice: str, argument: str) -> None:
    parts = re.split(r"[/\\]", name)
    path = os.path.join(folder, "assets", name)
    if ".." in parts or not name or not parts[0] or ":" in name:
        must = "name a SavedModel whose assets lie in its own folder assets/"
        raise ValueError(message(argument, must, handle, f"One of them is {name!r}. {advice}"))
    if "://" not in folder and os.path.isdir(path):
        must = "name a SavedModel whose assets are files"
        raise ValueError(message(argument, must, handle, f"{name!r} is a folder. {advice}"))


def check_links(folder: str, handle: Any, advice: str = _ADVICE, argument: str = "handle") -> None:
    """Refuses a SavedModel in whose folder links lead to another place; the folder itself may be a link.

    Args and errors are those of `check_graph`.
    """
    top = os.path.realpath(folder)
    if "://" in folder or not os.path.isdir(top):
        return
    paths = [os.path.join(top, name) for name in os.listdir(top) if name.startswith("saved_model.")]
    for part in ("assets", "assets.extra", "variables"):
        paths.append(os.path.join(top, part))
        paths += [os.path.join(at, name) for at, inner, names in os.walk(paths[-1]) for name in (*inner, *names)]
    for path in paths:
        if not os.path.realpath(path).startswith(os.path.join(top, "")):
            must = "name a SavedModel whose files lie in its own folder"
            advice = f"'{os.path.relpath(path, top)}' is a link to another place: put a copy there. {advice}"
            raise ValueError(message(argument, must, handle, advice))


class _Checked:
    """One graph with its functions, which are looked through whether something calls them or not."""

    def __init__(self, meta: Any, handle: Any, advice: str, argument: str) -> None:
        self.meta, self.handle, self.advice, self.argument = meta, handle, advice, argument
        self.functions = {function.signature.name: function for function in meta.graph_def.library.function}
        self.assets = {asset.tensor_info.name.split(":")[0] for asset in meta.asset_file_def}
        self.saver = meta.saver_def.filename_tensor_name.split(":")[0]

    def check(self) -> None:
        for name in self.functions:
            if name in _ALLOWED or name in _FILES or op_def_registry.get(name) is not None:
                self._refuse(name, name, "A function has the name of an operation.")
        twice = collections.Counter(one.signature.name for one in self.meta.graph_def.library.function).most_common(1)
        if twice and twice[0][1] > 1:
            self._refuse(twice[0][0], "", "Two functions have this name.")
        places = {name: function.node_def for name, function in self.functions.items()}
        for place, nodes in {"": self.meta.graph_def.node, **places}.items():
            if len({node.name for node in nodes}) < len(nodes):
                self._refuse(nodes[0].op, place, "Two operations have one name.")
            for node in nodes:
                if node.op not in _ALLOWED and node.op not in _FILES and node.op not in self.functions:
                    self._refuse(node.op, place)
                for name in called_by(node) - self.functions.keys() - {node.op, ""}:
                    self._refuse(node.op, place, f"It calls {name}, which is no function of the graph.")
        self._check_saver()
        pending = [
            (place, node.op, node.input[index])
            for place, nodes in {"": self.meta.graph_def.node, **places}.items()
            for node in nodes
            for index in _FILES.get(node.op, ())
        ]
        seen = set()
        while pending:
            one = pending.pop()
            if one not in seen:
                seen.add(one)
                pending += self._sources(*one)

    def _check_saver(self) -> None:
        """The saver's operations may run where variables are saved or restored, and by nothing else."""
        saver, reach = self.meta.saver_def, ReachedFiles(self.meta, _SAVER_FILES)
        restored = reach.of_tensors([saver.restore_op_name])
        of_saver = restored | reach.of_tensors([saver.save_tensor_name])
        others = {found for found in reach.of_functions(self.functions) if found not in of_saver}
        others |= reach.of_tensors(run_unasked(self.meta))
        others |= reach.of_functions(self.meta.object_graph_def.concrete_functions)
        others |= {(op, place) for op, place in restored if op not in _READ}
        for op, place in sorted(others):
            self._refuse(op, place, "Something else than saving and restoring variables runs it.")

    def _sources(self, place: str, op: str, value: str) -> Iterable[tuple[str, str, str]]:
        """Where the name of a file comes from, one step back; what is neither asset nor the saver's is refused."""
        name = value.lstrip("^").split(":")[0]
        if place:
            arguments = [argument.name for argument in self.functions[place].signature.input_arg]
            if name in arguments:
                return list(self._callers(place, op, arguments.index(name)))
            nodes = {node.name: node for node in self.functions[place].node_def}
        else:
            nodes = {node.name: node for node in self.meta.graph_def.node}
        node = nodes.get(name)
        if (
            node is not None
            and not place
            and name in self.assets
            and op in _TABLE_FILES
            and node.op in ("Const", "Placeholder")
        ):
            return []
        if node is not None and not place and op in _TABLE_FILES and node.op == "ReadVariableOp":
            return self._assigned(op, node.input[0])
        if node is not None and not place and name == self.saver and op in _SAVER_FILES:
            if node.op == "Placeholder":
                return []
        if node is not None and op in _SAVER_FILES and node.op == "PlaceholderWithDefault":  # of TF1, saver or not
            return [(place, op, node.input[0])]
        passes = ("Identity",) if op in _TABLE_FILES else _PASSED_ON
        if node is not None and node.op in passes:
            data = node.input[1:] if node.op.startswith("Select") else node.input
            return [(place, op, one) for one in data if not one.startswith("^")]
        if node is not None and op in _SAVER_FILES:
            if node.op in _SAVER_FILES or node.op == "StaticRegexFullMatch":
                return []
            if node.op == "Const":
                value = node.attr["value"].tensor
                pieces = list(value.string_val)
                if not value.tensor_content and all(map(_SAVER_PIECES.fullmatch, pieces)):
                    return []
        self._refuse(op, place, "The name of its file is neither an asset's nor what the saver is given.")

    def _assigned(self, op: str, handle: str) -> list[tuple[str, str, str]]:
        """What the main graph assigns to a variable with an asset's name; refused where others could assign too."""
        main = self.meta.graph_def.node
        everywhere = [*main, *(node for function in self.functions.values() for node in function.node_def)]
        owner = next((node for node in main if node.name == handle and node.op == "VarHandleOp"), None)
        shared = owner.attr["shared_name"].s if owner is not None else b""
        same = [node for node in everywhere if node.op == "VarHandleOp" and node.attr["shared_name"].s == shared]
        users = [node for node in main if handle in (one.split(":")[0] for one in node.input)]
        plain = all(node.op in ("AssignVariableOp", "ReadVariableOp", "VarIsInitializedOp") for node in users)
        if not shared or len(same) > 1 or not plain:
            self._refuse(op, "", "The variable with the name of its file is not an asset's alone.")
        return [("", op, node.input[1]) for node in users if node.op == "AssignVariableOp"]

    def _callers(self, place: str, op: str, index: int) -> Iterator[tuple[str, str, str]]:
        bodies = {name: function.node_def for name, function in self.functions.items()}
        for caller, nodes in {"": self.meta.graph_def.node, **bodies}.items():
            for node in nodes:
                named = {value.func.name for value in node.attr.values() if value.HasField("func")}
                named |= {one.name for value in node.attr.values() for one in value.list.func}
                if place == node.op or (place in named and node.op in _CALLS):
                    yield caller, op, node.input[index]
                elif place in named:
                    self._refuse(op, place, f"{node.op} calls it.")
        concrete = self.meta.object_graph_def.concrete_functions
        if place in concrete:
            bound = list(concrete[place].bound_inputs)
            first = len(self.functions[place].signature.input_arg) - len(bound)
            nodes = self.meta.object_graph_def.nodes
            captured = nodes[bound[index - first]].WhichOneof("kind") if index >= first else "argument"
            if op in _SAVER_FILES or captured != "asset":
                self._refuse(op, place, "The name of its file is no asset's.")

    def _refuse(self, op: str, place: str, reason: str = "It is not known to leave files and networks alone.") -> None:
        where = f"function '{place}'" if place else "its main graph"
        must = "name a SavedModel that computes and does nothing else"
        raise ValueError(
            message(self.argument, must, self.handle, f"{where} holds the operation {op}. {reason} {self.advice}")
        )
