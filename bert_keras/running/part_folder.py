"""`PartFolder`: a table on its way, in pieces beside the file that it becomes, to go on with after an interruption."""

import json
import os
import pathlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.table_form import WRITTEN, TableForm
from bert_keras.disk import clear_errors, held
from bert_keras.from_json import NoJson, from_json
from bert_keras.replacement.to_disk import to_disk

_RUN = "run.json"
_LEFT = "The rows that were finished are kept: --resume (resume=True) goes on behind them."


class PartFolder:
    """The folder OUT.part: `run.json`, which says what is being done, and a file for each stretch of finished rows.

    Args:
        out: the file that the pieces become.
        form: in which they are written.

    Attributes:
        path: of the folder.
    """

    def __init__(self, out: pathlib.Path, form: TableForm) -> None:
        self.out = out
        self.form = form
        self.path = part_path(out)

    @contextmanager
    def begun(self, run: Mapping[str, Any], resume: bool) -> Iterator[int]:
        """Keeps the folder for this process while the block runs; gives the rows that are finished already.

        Args:
            run: what is being done, in values for JSON: input, model, options.
            resume: whether finished rows are kept. A folder of another run is refused then; else it is emptied.

        Raises:
            ValueError: for a run that differs, with what differs.
            FileExistsError: if another process has the folder.
        """
        with held("out", self.path):
            run = json.loads(json.dumps(run))
            if resume and (self.path / _RUN).is_file():
                self._check_same(run)
            else:
                for item in self.path.glob("rows-*"):
                    item.unlink()
                with clear_errors("out", self.out, "Nothing was written."):
                    self._whole(_RUN, lambda path: path.write_text(json.dumps(run), encoding="utf-8"))
            yield self._pieces()[1]

    def add(self, begin: int, stop: int, columns: Mapping[str, Sequence[Any]]) -> None:
        """The rows from `begin` to before `stop`, as columns; on disk when this returns."""
        with clear_errors("out", self.out, _LEFT):
            name = f"rows-{begin:012}-{stop:012}{self.form.ending}"
            self._whole(name, lambda path: self.form.write(path, columns))

    def finish(self) -> None:
        """Puts the pieces together, which takes the place of what was at `out`, and removes the folder."""
        pieces, _ = self._pieces()
        with clear_errors("out", self.out, _LEFT):
            beside = self.path / f"whole{self.form.ending}"
            self.form.join(pieces, beside)
            to_disk(beside)
            os.replace(beside, self.out)
        shutil.rmtree(self.path, ignore_errors=True)

    def _pieces(self) -> tuple[list[pathlib.Path], int]:
        """The files of the rows from the first on without a gap, and how many rows that are."""
        found, stop = [], 0
        for path in sorted(self.path.glob(f"rows-*{self.form.ending}")):
            match = re.fullmatch(r"rows-(\d+)-(\d+)", path.stem)
            if match and int(match[1]) == stop:
                found.append(path)
                stop = int(match[2])
        return found, stop

    def _check_same(self, run: Mapping[str, Any]) -> None:
        try:
            before = from_json((self.path / _RUN).read_bytes())
        except NoJson:
            before = None
        if not isinstance(before, dict):
            must = f"be left out where the note of the interrupted run, {_RUN}, is damaged"
            raise ValueError(checks.message("resume", must, True, "Pass overwrite=True (--overwrite) instead."))
        other = [name for name in {**before, **run} if before.get(name) != run.get(name)]
        if other:
            told = ", ".join(f"{name} was {before.get(name)!r} and is {run.get(name)!r}"[:200] for name in other)
            must = "be left out where the interrupted run was another"
            raise ValueError(
                checks.message("resume", must, True, f"{told}. Pass overwrite=True (--overwrite) instead.")
            )

    def _whole(self, name: str, write: Any) -> None:
        """Writes a file of the folder that is whole or not there."""
        beside = self.path / f".{name}"
        write(beside)
        to_disk(beside)
        os.replace(beside, self.path / name)


def part_path(out: pathlib.Path) -> pathlib.Path:
    """The folder of a file's pieces."""
    return out.with_name(f"{out.name}.part")


def check_out_file(file: str | os.PathLike, out: str | os.PathLike, resume: bool, overwrite: bool) -> pathlib.Path:
    """The file to be written, after all that can be said against it was looked at.

    Raises:
        ValueError: for a name that ends in no form of table that is written; for the file that is read.
        FileExistsError: if it is there, or a part of it, and neither `resume` nor `overwrite` says what to do.
    """
    for name, value in (("file", file), ("out", out)):
        if not isinstance(value, (str, os.PathLike)):
            raise TypeError(checks.message(name, "be the path of a file", value))
    path = pathlib.Path(out).expanduser()
    if checks.boolean("resume", resume) and checks.boolean("overwrite", overwrite):
        raise ValueError(checks.message("resume", "not be given together with overwrite", True))
    if path.suffix.lower() not in WRITTEN:
        raise ValueError(checks.message("out", f"end in {', '.join(WRITTEN)}", str(out)))
    if path.is_dir():
        raise FileExistsError(checks.message("out", "be a file", str(out), "There is a folder of that name."))
    if path.resolve() == pathlib.Path(file).expanduser().resolve():
        raise ValueError(checks.message("out", "be another file than the one that is read", str(out)))
    if not path.resolve().parent.is_dir():
        advice = f"There is no folder {path.resolve().parent}: make it first."
        raise FileNotFoundError(checks.message("out", "lie in a folder that is there", str(out), advice))
    if overwrite or (resume and part_path(path).is_dir()):
        return path
    replace = "--overwrite (overwrite=True) to replace it"
    if path.exists():
        advice = "It is whole: there is no run to go on with. " if resume else ""
        raise FileExistsError(checks.message("out", "be new", str(out), f"{advice}Pass {replace}."))
    if part_path(path).exists() and not resume:
        advice = f"{part_path(path).name} is of an interrupted run: pass --resume (resume=True) to go on, or {replace}."
        raise FileExistsError(checks.message("out", "be new", str(out), advice))
    return path
