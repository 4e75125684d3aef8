"""What `fit`, `evaluate` and `predict` are handed: which of it they take, and how many steps it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.features import MOST_WEIGHT

_READERS = {
    "fit": "Read them first: data = bk.load_files({'text': texts, 'label': labels}, model.encoder); model.fit(data).",
    "evaluate": "bk.evaluate(model, data) scores data of bk.load_files, and bk.evaluate(predictor, table) a table.",
    "predict": "bk.predictor(model, data)(texts) reads them; data is what bk.load_files gave for the training.",
}


def arrays_of(x: Any) -> list[Any]:
    """The arrays that `x` is or holds; none where it is a dataset or a generator."""
    leaves = list(x.values()) if isinstance(x, dict) else list(x) if isinstance(x, (list, tuple)) else [x]
    return leaves if all(hasattr(leaf, "__array__") for leaf in leaves) else []


def steps_of(x: Any, batch_size: int | None, validation_split: float) -> int | None:
    """Batches in one pass over `x`, or None where it does not tell."""
    if arrays := arrays_of(x):
        rows = int(np.shape(arrays[0])[0] * (1.0 - validation_split))
        return -(-rows // (batch_size or 32))
    count = getattr(x, "cardinality", None)  # a tf.data.Dataset's method; a property of one that is distributed
    if count is not None:
        count = int(count() if callable(count) else count)
        return count if count > 0 else None
    count = getattr(x, "num_batches", None)  # a keras.utils.PyDataset's
    return int(count) if isinstance(count, int) else None


def is_task_data(x: Any) -> bool:
    """Whether `x` is what `bk.load_files` and its sisters give for an encoder."""
    return hasattr(x, "splits") and hasattr(x, "described")


def check_batches(call: str, x: Any, validation_split: Any = None) -> None:
    """Raises TypeError, with the line that reads it, for texts, a table of them, or data that are not in batches yet.

    And ValueError for a share to hold out of data that come in batches.

    Args:
        call: "fit", "evaluate" or "predict".
        x: as it takes it.
        validation_split: Keras' argument of `fit`.
    """
    if is_task_data(x):
        advice = f"model.{call}(data.validation), or bk.evaluate(model, data) for the task's official scores."
        raise TypeError(checks.message("x", "be batches, of one part of the data", type(x).__name__, advice))
    if hasattr(x, "texts_of") and hasattr(x, "read"):
        advice = f"data = task.load(model.encoder); model.{call}(data{'' if call == 'fit' else '.validation'})."
        raise TypeError(checks.message("x", "be tokenized for the encoder", type(x).__name__, advice))
    if _holds_texts(x):
        received = x if isinstance(x, (str, list, tuple)) else type(x).__name__
        raise TypeError(checks.message("x", "be features of texts, or batches of them", received, _READERS[call]))
    if validation_split and not arrays_of(x):
        advice = (
            "Rows are held out where they are read: data = bk.load_files(…, validation_share=0.1), model.fit(data); "
            "of a dataset of your own, by its take and skip."
        )
        must = "be left out, as x is in batches"
        raise ValueError(checks.message("validation_split", must, validation_split, advice))


def check_data(model: Any, data: Any) -> None:
    """Raises ValueError for data of another kind than a model's, or with other classes, choices or sort of labels.

    And for rows that are packed for another encoder, or in other parts than the model takes of a batch.
    """
    if data.kind != model.kind:
        raise ValueError(checks.message("data", f"be of the model's kind, {model.kind}", data.kind))
    for name in ("problem_type", "num_classes", "num_choices"):
        own, theirs = getattr(model, name, None), getattr(data, name, None)
        if None not in (own, theirs) and own != theirs:
            advice = f"{data!r} has {name}={theirs!r}: make the model with that."
            raise ValueError(checks.message(name, f"be that of the data, {theirs!r}", own, advice))
    packing = data.order and data.order.packing
    if packing is None:
        return
    if not getattr(model.encoder, "takes_packed", False):
        advice = "Load it with native=True, or the data without packed."
        raise ValueError(checks.message("encoder", "be a native one for packed rows", model.encoder.name, advice))
    parts = model.micro_batches * model.replicas
    if packing.parts != parts:
        must = f"be {packing.parts}, the parts in which the data were packed"
        advice = f"Load the data with packed={parts}."
        raise ValueError(checks.message("micro_batches times replicas", must, parts, advice))


def check_weights(sample_weight: Any, class_weight: Any, static_shapes: bool = False) -> None:
    """Raises ValueError for weights of rows or classes that float32 cannot work with; other forms than arrays pass.

    And for those of classes with `static_shapes`, where what stands in their place says which rows count.
    """
    if class_weight is not None and static_shapes:
        must, advice = "be left out with static_shapes=True", "Give it to the data: bk.load_files(…, class_weight=…)."
        raise ValueError(checks.message("class_weight", must, class_weight, advice))
    if hasattr(sample_weight, "__array__"):
        checks.row_weights("sample_weight", np.asarray(sample_weight), MOST_WEIGHT)
    if isinstance(class_weight, Mapping):
        for name, value in class_weight.items():
            checks.number(f"class_weight[{name!r}]", value, -MOST_WEIGHT, MOST_WEIGHT)


def class_numbers_of(class_weight: Any, labels: Sequence[str] | None) -> Any:
    """Keras' `class_weight`, by number, of one that may be by the classes' names.

    Args:
        class_weight: a dict; anything else is given back as it is.
        labels: names of the classes, where the model knows them.

    Raises:
        ValueError: for names that it does not know.
    """
    if not isinstance(class_weight, Mapping) or not any(isinstance(key, str) for key in class_weight):
        return class_weight
    if labels is None:
        advice = "By name: bk.load_files(…, class_weight={…}), or model.fit(data, class_weight={…})."
        must = "have numbers of classes as keys, where the model does not know their names"
        raise ValueError(checks.message("class_weight", must, dict(class_weight), advice))
    for name in class_weight:
        checks.one_of("class_weight", name, labels)
    return {labels.index(name): value for name, value in class_weight.items()}


def _holds_texts(x: Any) -> bool:
    if isinstance(x, (str, bytes)) or hasattr(x, "iloc") or hasattr(x, "column_names"):  # a frame, a data set
        return True
    if isinstance(x, Mapping):
        return bool(x) and all(map(_holds_texts, x.values()))
    if isinstance(x, (list, tuple)):
        first = x[0] if len(x) else None
        return _holds_texts(first) if isinstance(first, (str, bytes, list, tuple, Mapping)) else False
    dtype = getattr(x, "dtype", None)
    return getattr(dtype, "kind", None) in ("U", "S", "O") or getattr(dtype, "name", "") == "string"
