"""`predictor`: a model that was trained by hand, on strings."""

from typing import Any

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.foreign_names import foreign_names
from bert_keras.models.task_model import TaskModel
from bert_keras.running.kinds import KINDS, tuned_kinds


@checks.answers(**foreign_names("predictor"))
def predictor(model: TaskModel, data: TaskData | None = None, batch_size: int = 32) -> Any:
    """A model as a predictor on strings, as `bk.load` makes one of a model folder.

    >>> data = bk.load_files("reviews.csv", encoder)
    >>> model = bk.TextClassifier(encoder, data.num_classes)
    >>> model.fit(data.train, validation_data=data.validation, epochs=3)
    >>> bk.predictor(model)("Not once did it fail.").label
    'positive'

    The predictor's answers are those of the model as it is: train on, and they change.

    Args:
        model: trained, or to be; its encoder has a tokenizer.
        data: what it is for, as `bk.load_task` and its sisters give it. If None those that `fit` was last given.
        batch_size: texts, or windows of contexts, that are run together.

    Raises:
        TypeError: for what is no model of this library, or no data of it.
        ValueError: for data of another kind, or of which the model knows nothing and none are passed.
    """
    config = task_config_of(model, data)
    kind = KINDS[model.kind]
    made = kind.predictor(model, config, checks.integer("batch_size", batch_size, 1), kind)
    made.trained = model.trained_rows if data is None else data.trained_rows
    return made


def task_config_of(model: Any, data: Any) -> dict[str, Any]:
    """What a predictor and a model folder say of a model's task; raises as `predictor`."""
    if not isinstance(checks.no_tf_keras("model", model), TaskModel) or model.kind not in tuned_kinds():
        names = ", ".join(f"bk.{KINDS[name].model.__name__}" for name in tuned_kinds())
        raise TypeError(checks.message("model", f"be one of {names}", model))
    if data is None:
        if model.task_config is None:
            must = "be given where the model was not trained on data of bk.load_files or its sisters"
            advice = "They say what the labels are called and how texts are read: pass what you loaded."
            raise ValueError(checks.message("data", must, None, advice))
        return {"null_threshold": None, **model.task_config}
    if not isinstance(data, TaskData):
        advice = "Pass what you loaded, as data, and not data.train or the files."
        raise TypeError(checks.message("data", "be what bk.load_files or its sisters gave", data, advice))
    kind = KINDS[data.kind]
    if kind.name != model.kind:
        raise ValueError(checks.message("data", f"be of the model's kind, {model.kind}", kind.name))
    kind.evaluator.check(model, data)
    return {"null_threshold": None, **data.described()}
