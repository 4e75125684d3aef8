"""`TunedModel`: what predictors of every kind have in common."""

import os
from typing import Any

from bert_keras import checks
from bert_keras.data.parts import Parts
from bert_keras.data.tasks import DATA_FIELDS, find_task, load_task
from bert_keras.models.task_model import TaskModel


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

    def task_data(
        self,
        part: str = "validation",
        task: str | os.PathLike | None = None,
        data_dir: str | os.PathLike | None = None,
    ) -> Parts:
        """A part of the task that the model was trained on, or of another, made as in training.

        >>> predictor = bk.load("runs/mrpc")
        >>> bk.evaluate(predictor.model, predictor.task_data("validation"))

        Args:
            part: "train", "validation" or "test".
            task: another task of the same kind with the same labels; a file of your own is that part as a whole. If
                None the task of the folder, which must not be a file.
            data_dir: as in `bk.finetune`.

        Raises:
            ValueError: for a task of another kind or with other labels.
        """
        found = find_task(self.config["task"] if task is None else task)
        if found.is_own and task is None:
            advice = "Pass the file (--task FILE): the model was trained on one of your own."
            raise ValueError(checks.message("task", "be given", task, advice))
        options = {name: self.config[name] for name in DATA_FIELDS[self.model.kind]}
        options |= {"kind": self.model.kind, "data_dir": data_dir, "parts": (part,), "whole": part}
        data = load_task(found.name, self.model.encoder, **options)
        labels = getattr(data, "label_names", None)
        if list(labels or ()) != list(self.config.get("labels") or ()):
            must = f"have the labels of the model, {self.config['labels']}"
            raise ValueError(checks.message("task", must, data.task, f"It has {labels}."))
        return data
