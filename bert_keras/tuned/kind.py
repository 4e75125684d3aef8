"""`Kind`: all that the rest of the library knows of a kind of task. `running/kinds.py` is the table of them."""

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.splitting import by_part
from bert_keras.data.tables.glimpse import glimpse
from bert_keras.data.task import Task
from bert_keras.models.task_model import TaskModel
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.foreign_head import ForeignHead
from bert_keras.tuned.portable_head import PortableHead
from bert_keras.tuned.predictor import Predictor
from bert_keras.tuned.served import Served


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of task, from its rows to its served graph. Its folder has one in `kind.py`.

    Args:
        task: the class of its data before they are tokenized; `task.kind` is the kind's name.
        model: the class of its model.
        make_model: called with data, encoder and recipe; makes the untrained model.
        recipe_fields: fields of the recipe that not every kind has a use for, and this one has.
        evaluator: measures a model on a part.
        predictor: strings in, answers out; None for a kind that ends in an encoder and not in a model folder.
        served: the functions of a SavedModel; None as for `predictor`.
        portable: called with a model and the config of its folder, gives its head for other programs' formats; None for
            a kind that these do not know.
        imported: called with an encoder and the `ForeignHead` of a model that another library tuned, gives the model
            with it, which knows its task; None for a kind without such.
        pipeline: made of a predictor, it is called as the pipeline of transformers 4 that transformers 5 has no more;
            None for a kind without such.
        tasks: by name, what is called with the options of `bk.load_task` and makes the `Task`.
        known_as: from what a user wrote to a name in `tasks`, or None.
        open_files: called with files or objects, by part or not, and options; makes the `Task` of a user's own data.
        endings: of the names of files that are data of this kind.
        holds: whether other files or objects are, by what lies there or their type; None if none are.
        reads_tables: whether it reads tables whose columns the user names: a table is then of this kind where the user
            says so.
        takes_others: whether it is asked last of all, and opens the files that no kind holds, to say what is amiss.
        described: what of a user's own is data of this kind, for messages.

    Raises:
        ValueError: if the classes do not all say the same kind.
    """

    task: type[Task]
    model: type[TaskModel]
    make_model: Callable[[Any, Any, Any], TaskModel]
    recipe_fields: tuple[str, ...] = ()
    evaluator: type[Evaluator]
    predictor: type[Predictor] | None = None
    served: type[Served] | None = None
    portable: Callable[[Any, dict[str, Any]], PortableHead] | None = None
    imported: Callable[[Any, ForeignHead], TaskModel] | None = None
    pipeline: type | None = None
    tasks: Mapping[str, Callable[..., Task]] = dataclasses.field(default_factory=dict)
    known_as: Callable[[str], str | None] | None = None
    open_files: Callable[..., Task]
    endings: tuple[str, ...] = ()
    holds: Callable[[Any], bool] | None = None
    reads_tables: bool = False
    takes_others: bool = False
    described: str = ""

    def __post_init__(self) -> None:
        if self.model.kind != self.task.kind:
            raise ValueError(checks.message("model", f"be of the kind {self.task.kind}", self.model.kind))

    @property
    def name(self) -> str:
        """What model folders call it."""
        return self.task.kind

    def named(self, task: Any) -> str | None:
        """The name in `tasks` of what a user wrote; None if it is no task of this kind."""
        if not isinstance(task, str):
            return None
        return task.lower() if task.lower() in self.tasks else self.known_as and self.known_as(task)

    def ends(self, source: Any) -> bool:
        """Whether a file is data of this kind by the ending of its name."""
        return isinstance(source, (str, os.PathLike)) and os.fspath(source).lower().endswith(self.endings)

    def takes(self, source: Any) -> bool:
        """Whether one file or object is data of this kind, by its name, what lies there or its type."""
        return self.ends(source) or (self.holds is not None and self.holds(source))

    def opener(self, task: Any, is_said: bool = False) -> Callable[..., Task] | None:
        """What makes the `Task` of a name, or of files or objects that are of this kind; None if they are not.

        Args:
            task: a name, or files or objects, by part or not.
            is_said: whether the user says that they are of this kind; believed of tables.
        """
        name = self.named(task)
        if name is not None:
            return self.tasks[name]
        sources = by_part(task).values()
        is_own = all(self.takes(source) for source in sources)
        if not is_own and is_said and self.reads_tables:
            is_own = all(glimpse(source).columns for source in sources)
        return functools.partial(self.open_files, task) if is_own else None
