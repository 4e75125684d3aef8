"""`ShardFiles`: a folder of answers in shards, each whole or not there, on any file system of Beam."""

import dataclasses
import hashlib
import json
import re
import uuid
from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from apache_beam.io.filesystems import FileSystems

from bert_keras import checks
from bert_keras.beam.exported_model import Outcome
from bert_keras.beam.table_form import TableForm
from bert_keras.from_json import NoJson, from_json

_NOTE = "run.json"
_ANSWERS, _FAILED = "answers", "failed"


@dataclasses.dataclass(frozen=True)
class ShardFiles:
    """`answers-00003-of-00064.jsonl` and `failed-00003-of-00064.jsonl`, and `run.json`, which says what they are of.

    Args:
        out: the folder.
        shards: how many there are at most; one without rows has no file.
    """

    out: str
    shards: int

    def claim(self, form: TableForm) -> None:
        """Notes what the folder is of, or sees that it is of the same, so that a run may go on in it.

        Raises:
            ValueError: if it holds anything else.
        """
        asked = {**dataclasses.asdict(form), "shards": self.shards, "digest": _digest(form.export)}
        for name in ("export", "batch_rows"):  # where it lies, and how much at once, changes no answer
            del asked[name]
        asked = json.loads(json.dumps(asked))
        note = FileSystems.join(self.out, _NOTE)
        if FileSystems.exists(note):
            try:
                noted = from_json(_read(note))
            except NoJson:
                noted = None
            if not isinstance(noted, dict):
                advice = f"Its {_NOTE} is damaged. Pass another folder."
                raise ValueError(checks.message("out", "be a folder that PredictToFiles wrote", self.out, advice))
            other = [name for name in asked if noted.get(name) != asked[name]]
            if other:
                said = ", ".join(f"{name}={noted.get(name)!r}, and now {asked[name]!r}" for name in other)
                must = "be a new folder, or hold shards of a run that asked for the same"
                raise ValueError(checks.message("out", must, self.out, f"It was made with {said}."))
            return
        if self._matched("*"):
            must = "be a new or empty folder, or one that PredictToFiles wrote"
            raise ValueError(checks.message("out", must, self.out, f"There is no {_NOTE} in it. Pass another."))
        self._write(note, [asked])

    def counted(self, shard: int) -> dict[str, Any] | None:
        """Of a shard that an earlier run has written, how many rows it holds; None if it is not there."""
        if not FileSystems.exists(self._path(_ANSWERS, shard)):
            return None
        return {
            "shard": shard,
            "answered": _read(self._path(_ANSWERS, shard)).count(b"\n"),
            "failed": _read(self._path(_FAILED, shard)).count(b"\n"),
            "kept": True,
        }

    def write(self, shard: int, outcomes: Iterable[Outcome]) -> dict[str, Any]:
        """Writes a shard: its failures, and then its answers, whose file says that the shard is done."""
        counts = {True: 0, False: 0}
        paths = {True: self._beside(_ANSWERS, shard), False: self._beside(_FAILED, shard)}
        files = {}
        try:
            for is_answer, path in paths.items():
                files[is_answer] = FileSystems.create(path, "application/octet-stream")
            for is_answer, record in outcomes:
                files[is_answer].write(_line(record))
                counts[is_answer] += 1
        finally:
            for file in files.values():
                file.close()
        for is_answer, name in ((False, _FAILED), (True, _ANSWERS)):
            FileSystems.rename([paths[is_answer]], [self._path(name, shard)])
        return {"shard": shard, "answered": counts[True], "failed": counts[False], "kept": False}

    def _path(self, name: str, shard: int) -> str:
        return FileSystems.join(self.out, f"{name}-{shard:05}-of-{self.shards:05}.jsonl")

    def _beside(self, name: str, shard: int) -> str:
        """A name of its own for each attempt: a runner may try a group twice at the same time."""
        return FileSystems.join(self.out, f".{name}-{shard:05}.{uuid.uuid4().hex}")

    def _matched(self, pattern: str) -> list[str]:
        found = FileSystems.match([FileSystems.join(self.out, pattern)])[0].metadata_list
        return [one.path for one in found if not re.search(r"[/\\]\.[^/\\]*$", one.path)]

    def _write(self, path: str, records: list[Any]) -> None:
        beside = FileSystems.join(self.out, f".{_NOTE}.{uuid.uuid4().hex}")
        with FileSystems.create(beside, "application/octet-stream") as file:
            for record in records:
                file.write(_line(record))
        FileSystems.rename([beside], [path])


def _line(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=True).encode("ascii") + b"\n"


def _read(path: str) -> bytes:
    with FileSystems.open(path, "application/octet-stream") as file:
        return file.read()


def _digest(export: str) -> str:
    """Of the graph and of the index of the weights, which has a checksum of each."""
    digest = hashlib.sha256()
    for name in ("saved_model.pb", "variables/variables.index"):
        if tf.io.gfile.exists(f"{export}/{name}"):
            with tf.io.gfile.GFile(f"{export}/{name}", "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()
