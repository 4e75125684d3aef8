"""`loss_on_logits`: a loss that a user names, as one of logits, which all models here give."""

from typing import Any

import keras

from bert_keras import checks

_CROSSENTROPIES = {
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "binary_focal_crossentropy": keras.losses.BinaryFocalCrossentropy,
    "categorical_focal_crossentropy": keras.losses.CategoricalFocalCrossentropy,
}
_NAMES = {made.__name__: name for name, made in _CROSSENTROPIES.items()}


def loss_on_logits(loss: Any, default: Any, is_default: str) -> Any:
    """The loss that is meant.

    Keras takes a cross-entropy that is named by a string, or as a function, for one of probabilities. On logits it
    gives numbers that train badly, and no error.

    Args:
        loss: as `compile` takes it; None for `default`.
        default: the task's own loss.
        is_default: the name of the cross-entropy that it is, such as "binary_crossentropy"; "" for another loss.

    Raises:
        ValueError: for an object of Keras' cross-entropies without `from_logits=True`.
    """
    if loss is None:
        return default
    if isinstance(loss, dict):
        own = default if isinstance(default, dict) else {}
        return {name: loss_on_logits(part, own.get(name, default), is_default) for name, part in loss.items()}
    if isinstance(loss, (list, tuple)):
        return type(loss)(loss_on_logits(part, None, "") for part in loss)
    if type(loss) in _CROSSENTROPIES.values() and not loss.get_config()["from_logits"]:
        shown = f"{type(loss).__name__}(from_logits=False)"
        advice = f"keras.losses.{type(loss).__name__}(from_logits=True), or leave the loss out."
        raise ValueError(checks.message("loss", "take logits, which this model gives", shown, advice))
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", "")
    name = _NAMES.get(name, name)
    is_named = isinstance(loss, str) or loss is getattr(keras.losses, name, None)
    if name not in _CROSSENTROPIES or not is_named:
        return loss
    checks.warn(f"loss={name!r} is of probabilities in Keras, and the model gives logits: from_logits=True is taken.")
    return default if name == is_default and default is not None else _CROSSENTROPIES[name](from_logits=True)
