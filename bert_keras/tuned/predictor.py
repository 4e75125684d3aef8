"""`Predictor`: what predictors of every kind have in common."""

import dataclasses
import os
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.origin import Origin
from bert_keras.data.row_digests import RowDigests
from bert_keras.data.task import Task
from bert_keras.data.task_data import TaskData
from bert_keras.finite_weights import finite_weights
from bert_keras.models.task_model import TaskModel
from bert_keras.tuned.answering import Answering
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors
from bert_keras.tuned.own_rows import first_rows, own_rows, rows_of


class Predictor(Answering):
    """A tuned model on strings, and what its folder says of it; `bk.load` makes that of the folder's kind.

    Args:
        model: the model; its encoder has a tokenizer.
        config: of the model folder.
        batch_size: rows that are run together.
        kind: the `Kind` of the model, which finds data for it; None where none are asked for.

    Raises:
        ValueError: for a model with weights that are not finite.

    Attributes:
        needed: fields of the config that it cannot do without.
        trained: which rows the model was trained on, where its folder keeps that.
    """

    needed: ClassVar[tuple[str, ...]] = ("seq_length",)
    trained: RowDigests | None = None

    def __init__(self, model: TaskModel, config: dict[str, Any], batch_size: int = 32, kind: Any = None) -> None:
        finite_weights(model)
        self.model = model
        self.config = config
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.kind = kind

    @property
    def kind_name(self) -> str:
        return self.model.kind

    def know_ordinary(self, ordinary: OrdinaryVectors | None) -> None:
        """Has answers say which texts are unlike those that the model knows; not so for None.

        Args:
            ordinary: of what the model's head reads. The config says above which distance a text is unlike.

        Raises:
            ValueError: for a kind, or a model, that does not tell such.
        """
        if ordinary is not None:
            must = f"be null for a model of {self.kind_name}, which does not tell what is unlike"
            raise ValueError(checks.message("unlike_above", must, self.config.get("unlike_above")))

    def data_options(self) -> dict[str, Any]:
        """How data for this model are made."""
        return {name: self.config[name] for name in self.kind.task.stored if name in self.config}  # old folders: fewer

    def task_data(
        self,
        part: str = "validation",
        task: Any = None,
        data_dir: str | os.PathLike | None = None,
        trained_rows: str = "refuse",
    ) -> TaskData:
        """A part of the task that the model was trained on, or of another, made as in training.

        >>> predictor = bk.load("runs/mrpc")
        >>> bk.evaluate(predictor.model, predictor.task_data("validation"))

        Args:
            part: "train", "validation" or "test".
            task: another task of the same kind with the same labels, by its name or as `bk.load_task` and its sisters
                give it; or a file of your own, or what else `bk.load_files` takes, read as the files trained on. One
                of these is split as it was in training; any other is that part as a whole. If None the task of the
                folder, or the files that it was trained on.
            data_dir: as in `bk.load_task`.
            trained_rows: what becomes of rows in a file of your own that the model was trained on, where the part is
                not "train": "refuse", "leave_out" or "keep". A row is known again by its texts.

        Raises:
            ValueError: for a task of another kind or with other labels; for a file with rows that were trained on, with
                how many there are.
        """
        name = self.kind.named(self.config["task"] if task is None else task)
        origin = Origin.from_config(self.config.get("origin"))
        if name is None and task is None and origin is None:
            advice = "Pass the file (--task FILE): the model was trained on one of your own."
            raise ValueError(checks.message("task", "be given", task, advice))
        options = self.data_options() | ({} if data_dir is None else {"data_dir": data_dir})
        if name is not None:
            data = self.kind.opener(name)(**options).load(self.model.encoder, parts=(part,))
        elif isinstance(task, Task):
            opened, rows, which = rows_of(self.kind, task, part, self.data_options(), self.trained, trained_rows)
            data = dataclasses.replace(opened.data(rows, self.model.encoder), which=which)
        else:
            if task is not None and self.kind.opener(task, is_said=True) is None:
                advice = f"It may be {self.kind.described}."
                raise ValueError(checks.message("task", f"be of the kind {self.model.kind}", task, advice))
            options |= self.reading_of(task)
            if task is None:
                opened, rows, which = first_rows(self.kind, part, options, origin, self.trained)
            else:
                opened, rows, which = own_rows(self.kind, task, part, options, origin, self.trained, trained_rows)
            data = opened.data(rows, self.model.encoder)
            data = dataclasses.replace(data, which=which)
        self.check_fits(data)
        return data

    def reading_of(self, source: Any) -> dict[str, Any]:
        """How a file of the user's is read, as options of what opens it: as those that the model was trained on."""
        return self.config.get("reading", {})

    def check_fits(self, data: TaskData) -> None:
        """Raises ValueError for data of other labels."""
        labels, own = (list(names or ()) for names in (getattr(data, "label_names", None), self.config.get("labels")))
        if labels != own:
            order = f" Pass label_names={own} to what opens it." if sorted(labels) == sorted(own) else ""
            must = f"have the labels of the model, {own or None}"
            raise ValueError(checks.message("task", must, data.task, f"It has {labels or None}.{order}"))
