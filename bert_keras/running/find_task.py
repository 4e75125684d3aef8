"""`find_task`: the one place that decides what a name, a file or an object is."""

import functools
import os
from collections.abc import Callable
from typing import Any

from bert_keras import checks
from bert_keras.running.kinds import KINDS


def find_task(task: Any, is_file: bool = False) -> tuple[str, Callable[..., Any], bool]:
    """The kind of a name, a file or an object, what opens it, and whether it is a name.

    Args:
        task: the name, or what `bk.load_files` takes.
        is_file: whether it is no name: then what no other kind holds is taken for a table of texts.

    Raises:
        TypeError, ValueError: if it is none, with the nearest names.
    """
    is_file = is_file or isinstance(task, os.PathLike)
    task = os.fspath(task) if isinstance(task, os.PathLike) else task
    for name, kind in KINDS.items():
        if not is_file and kind.named(task) is not None:
            return name, kind.opener(task), True
    for name, kind in KINDS.items():
        if task is not None and kind.holds(task):
            return name, kind.opener(task), False
    if is_file:
        name, kind = list(KINDS.items())[-1]
        return name, functools.partial(kind.open_files, task), False
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
        options: of `bk.load_task`. `validation` among them is another file beside the first.
    """
    other = options.pop("validation", None)
    found, opener, is_name = find_task(task, is_file)
    check_kind(found, kind, task)
    if other is not None and is_name:
        raise ValueError(checks.message("validation", f"be None for {task}, which has its own", other))
    if other is not None:
        opener = find_task({"train": task, "validation": other}, is_file=True)[1]
    return opener(encoder, **options)


def check_kind(found: str, kind: str | None, task: Any) -> None:
    """Raises ValueError if a task is of another kind than one that was asked for."""
    if kind not in (None, found):
        raise ValueError(checks.message("task", f"be of the kind {kind}", task, f"It is of the kind {found}."))
