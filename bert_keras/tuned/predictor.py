"""`TunedModel`: what predictors of every kind have in common."""

import os
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.open_table import is_table
from bert_keras.data.task_data import Parts
from bert_keras.models.task_model import TaskModel
from bert_keras.running.load_files import load_files
from bert_keras.running.load_task import DATA_FIELDS, find_task, load_task


class TunedModel:
    """A tuned model and what its folder says of it.

    Args:
        model: the model; its encoder has a tokenizer.
        config: of the model folder.
        batch_size: rows that are run together.
    """

    def __init__(self, model: TaskModel, config: dict[str, Any], batch_size: int = 32) -> None:
        self.model = model
        self.config = config
        self.batch_size = checks.integer("batch_size", batch_size, 1)

    def data_options(self) -> dict[str, Any]:
        """How data for this model are made."""
        fields = DATA_FIELDS[self.model.kind]
        return {name: self.config[name] for name in fields if name in self.config}  # of an older folder: fewer

    def task_data(
        self,
        part: str = "validation",
        task: Any = None,
        data_dir: str | os.PathLike | None = None,
    ) -> Parts:
        """A part of the task that the model was trained on, or of another, made as in training.

        >>> predictor = bk.load("runs/mrpc")
        >>> bk.evaluate(predictor.model, predictor.task_data("validation"))

        Args:
            part: "train", "validation" or "test".
            task: another task of the same kind with the same labels; a file of your own, or another table that
                `bk.open_table` takes, is that part as a whole, with the columns of the files trained on. If None the
                task of the folder, which must not be a file.
            data_dir: as in `bk.finetune`.

        Raises:
            ValueError: for a task of another kind or with other labels.
        """
        reading = self.config.get("reading")
        if task is None and (reading or find_task(self.config["task"]).is_own):
            advice = "Pass the file (--task FILE): the model was trained on one of your own."
            raise ValueError(checks.message("task", "be given", task, advice))
        options = self.data_options()
        if reading and (not isinstance(task, (str, os.PathLike)) or is_table(os.fspath(task))):
            if data_dir is not None:
                raise ValueError(checks.message("data_dir", "be None for a file of your own", data_dir))
            return load_files({part: task}, self.model.encoder, **reading, **options)
        options |= {"kind": self.model.kind, "data_dir": data_dir, "parts": (part,), "whole": part}
        data = load_task(self.config["task"] if task is None else task, self.model.encoder, **options)
        labels = getattr(data, "label_names", None)
        if list(labels or ()) != list(self.config.get("labels") or ()):
            must = f"have the labels of the model, {self.config['labels']}"
            raise ValueError(checks.message("task", must, data.task, f"It has {labels}."))
        return data
