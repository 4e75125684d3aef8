"""`find_task`: the one place that decides what a name, a file or an object is."""

import functools
import os
from collections.abc import Callable
from typing import Any

from bert_keras import checks
from bert_keras.data.splitting import by_part
from bert_keras.data.tables.glimpse import glimpse
from bert_keras.running.kinds import KINDS

_COLUMNS = ("text", "text_pair", "label", "weight")  # options that name columns of a table of texts
_TAKES_OTHERS = {name for name, kind in KINDS.items() if kind.takes_others}


def find_task(task: Any, is_file: bool = False, kind: str | None = None) -> tuple[str, Callable[..., Any], bool]:
    """The kind of a name, a file or an object, what opens it, and whether it is a name.

    Args:
        task: the name, or what `bk.load_files` takes.
        is_file: whether it is no name: then what no other kind holds is taken for a table of texts.
        kind: what the user says that it is; believed of tables.

    Raises:
        TypeError, ValueError: if it is none, with the nearest names.
    """
    is_file = is_file or isinstance(task, os.PathLike)
    task = os.fspath(task) if isinstance(task, os.PathLike) else task
    for name, own in KINDS.items():
        if not is_file and own.named(task) is not None:
            return name, own.opener(task), True
    is_nothing = task is None or (isinstance(task, str) and not task and not is_file)
    parts = {} if is_nothing else by_part(task)
    kinds = {part: _kind_of(source) for part, source in parts.items()}
    found = {name for name in kinds.values() if name is not None}
    if kind in KINDS and parts and KINDS[kind].opener(task, is_said=True) is not None:
        found = {kind}
    if len(found) > 1:
        raise ValueError(checks.message("files", "be of one kind in all parts", kinds))
    if found or is_file:
        name = found.pop() if found else next(name for name, kind in KINDS.items() if kind.takes_others)
        return name, functools.partial(KINDS[name].open_files, task), False
    names = [name for kind in KINDS.values() for name in kind.tasks]
    must = f"be one of {', '.join(names)}, or {'; '.join(kind.described for kind in KINDS.values() if kind.described)}"
    if not isinstance(task, str):
        raise TypeError(checks.message("task", must, task))
    near = checks.did_you_mean(task, [*names, *(name.split("/")[-1] for name in names)])
    raise ValueError(checks.message("task", must, task, near))


def open_task(task: Any, encoder: Any, kind: str | None, is_file: bool, options: dict[str, Any]) -> Any:
    """What a name, a file or an object gives with these options: a `Task`, with an encoder `TaskData`.

    Args:
        kind: that it must be of; None for any.
        options: of `bk.load_task`. `validation` among them is another file beside the first. None says nothing there,
            and as `data_dir`.
    """
    other = options.pop("validation", None)
    if options.get("data_dir", "") is None:
        del options["data_dir"]
    said = kind or _kind_by_columns(task, options)
    found, opener, is_name = find_task(task, is_file, said)
    check_kind(found, kind, task)
    if other is not None and is_name:
        raise ValueError(checks.message("validation", f"be None for {task}, which has its own", other))
    if other is not None:
        parts = by_part(task)
        if "validation" in parts:
            raise ValueError(checks.message("validation", "be None where the files have one", other))
        files = {**parts, "validation": other}
        opener = find_task(files, True, kind or _kind_by_columns(files, options))[1]
    return opener(encoder, **options)


def _kind_by_columns(task: Any, options: dict[str, Any]) -> str | None:
    """The kind that takes all tables, where the user names one of its columns as that of texts or labels."""
    names = {options[name] for name in _COLUMNS if isinstance(options.get(name), str)}
    if not names or task is None or (isinstance(task, str) and not task):
        return None
    is_named = all(names & set(glimpse(source).columns) for source in by_part(task).values())
    return next(iter(_TAKES_OTHERS)) if is_named else None


def check_kind(found: str, kind: str | None, task: Any) -> None:
    """Raises ValueError if a task is of another kind than one that was asked for."""
    if kind not in (None, found):
        raise ValueError(checks.message("task", f"be of the kind {kind}", task, f"It is of the kind {found}."))


def _kind_of(source: Any) -> str | None:
    """The kind of one file or object: of the first that takes it, those that take any other last.

    Many a kind of data is kept in tables and JSON, whose rows say more than the name does.
    """
    kinds = sorted(KINDS.items(), key=lambda item: item[1].takes_others)
    return next((name for name, kind in kinds if kind.takes(source)), None)
