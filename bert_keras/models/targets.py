"""Guards on labels inside the graph: what a dataset yields is first seen there, and a wrong label on a GPU is a NaN.

On the TensorFlow backend the checks raise at once when run eagerly, and are assertions in a graph. XLA drops them; TPUs
and other backends have none: there, check labels on the host.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import keras

from bert_keras import checks
from bert_keras.features import MULTI_LABEL, SINGLE_LABEL, UNLABELLED

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None

_ASSERTION = re.compile(r"assertion failed: \[(.* must .*?)\]((?: \[[^\]]*\])+)")


def guard_targets(targets: Any, problem_type: str, num_classes: int) -> Any:
    """Returns a batch's labels, checked to be those of the problem.

    Args:
        targets: int [batch] or [batch, 1]; 0 and 1 [batch, num_classes] for several labels; numbers [batch] or
            [batch, 1] for regression.
        problem_type: one of `features.PROBLEM_TYPES`.
        num_classes: columns of the logits.

    Raises:
        ValueError: for missing labels, another dtype or shape, and eagerly for a wrong value; in a graph, while it
            runs, tf.errors.InvalidArgumentError. Both show the smallest and largest label.
    """
    if targets is None:
        advice = "A dataset yields (features, labels); arrays are passed as fit(x, y)."
        raise ValueError(checks.message("labels", "be there to train or evaluate on", None, advice))
    if not _is_checked(targets):
        return targets
    targets = tf.convert_to_tensor(targets)
    _check_kind(targets, problem_type, num_classes)
    low, high = _extremes(targets)
    if problem_type == SINGLE_LABEL:
        must, fits = (
            f"lie between 0 and {num_classes - 1}, the classes of this model",
            (low >= 0) & (high < num_classes),
        )
    elif problem_type == MULTI_LABEL:
        must, fits = "be 0 or 1", tf.reduce_all((targets == 0) | (targets == 1))
    else:
        must, fits = "be finite numbers", tf.reduce_all(tf.math.is_finite(tf.cast(targets, tf.float64)))
    return _asserted(targets, fits, f"`labels` must {must}. Received, smallest and largest:", low, high)


def guard_positions(name: str, targets: Any, length: Any) -> Any:
    """Returns a batch's places of tokens, checked to lie inside rows of `length` tokens.

    Args:
        name: what the caller calls them.
        targets: int [batch] or [batch, 1].
        length: int [], tokens of a row.

    Raises:
        ValueError, tf.errors.InvalidArgumentError: as `guard_targets`.
    """
    if not _is_checked(targets):
        return targets
    targets = tf.convert_to_tensor(targets)
    if not targets.dtype.is_integer:
        raise ValueError(checks.message(name, "be integers, the places of tokens", targets.dtype.name))
    _check_column(name, targets)
    low, high = _extremes(targets)
    fits = (low >= 0) & (high < tf.cast(length, high.dtype))
    must = "lie between 0 and the last token of the row"
    return _asserted(targets, fits, f"`{name}` must {must}. Received, smallest and largest:", low, high)


def guard_token_classes(targets: Any, num_classes: int, outputs: Any) -> Any:
    """Returns a batch's classes of tokens, checked to lie among the classes, or to be -1 where there is no label.

    Args:
        targets: int [batch, tokens].
        num_classes: columns of the logits.
        outputs: the logits [batch, tokens, num_classes].

    Raises:
        ValueError, tf.errors.InvalidArgumentError: as `guard_targets`.
    """
    if targets is None:
        advice = "A dataset yields (features, labels); arrays are passed as fit(x, y)."
        raise ValueError(checks.message("labels", "be there to train or evaluate on", None, advice))
    if not _is_checked(targets):
        return targets
    targets = tf.convert_to_tensor(targets)
    if not targets.dtype.is_integer:
        raise ValueError(checks.message("labels", "be integers, the classes of the tokens", targets.dtype.name))
    if not targets.shape.is_compatible_with(outputs.shape[:2]):
        must = f"have the shape [batch, tokens] of the features, {tuple(outputs.shape[:2])}"
        raise ValueError(checks.message("labels", must, tuple(targets.shape)))
    low, high = _extremes(targets)
    must = f"lie between 0 and {num_classes - 1}, the classes of this model, or be {UNLABELLED} where there is none"
    fits = (low >= UNLABELLED) & (high < num_classes)
    return _asserted(targets, fits, f"`labels` must {must}. Received, smallest and largest:", low, high)


def guard_range(name: str, values: Any, size: Any, what: str) -> Any:
    """Returns integers of any shape, checked to lie between 0 and `size` - 1, which are `what`; see `guard_targets`."""
    if not _is_checked(values):
        return values
    values = tf.convert_to_tensor(values)
    if not values.dtype.is_integer:
        raise ValueError(checks.message(name, f"be integers, {what}", values.dtype.name))
    low, high = _extremes(values)
    fits = (low >= 0) & (high < tf.cast(size, high.dtype))
    return _asserted(values, fits, f"`{name}` must be {what}. Received, smallest and largest:", low, high)


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Turns the failed assertion of a guard, which TensorFlow wraps in pages of its own, into a ValueError."""
    errors = () if tf is None else (tf.errors.InvalidArgumentError,)
    try:
        yield
    except errors as error:
        found = _ASSERTION.search(str(error))
        if found is None:
            raise
        values = ", ".join(re.findall(r"\[([^\]]*)\]", found[2]))
        text = found[1].replace("\\'", "'")
        raise ValueError(f"{text} {values}.") from None


def _check_kind(targets: Any, problem_type: str, num_classes: int) -> None:
    """Checks what is known before the graph runs: dtype and shape."""
    if problem_type == SINGLE_LABEL and not targets.dtype.is_integer:
        advice = "Cast them in the dataset: .map(lambda x, y: (x, tf.cast(y, tf.int32)))."
        raise ValueError(
            checks.message("labels", "be integers, the numbers of the classes", targets.dtype.name, advice)
        )
    if targets.shape.rank is None:
        return
    shape = tuple(targets.shape)
    if problem_type == MULTI_LABEL:
        if len(shape) != 2 or shape[1] not in (None, num_classes):
            raise ValueError(checks.message("labels", f"have the shape [batch, {num_classes}]", shape))
    else:
        _check_column("labels", targets)


def _check_column(name: str, targets: Any) -> None:
    shape = targets.shape
    if shape.rank is not None and shape.rank != 1 and not (shape.rank == 2 and shape[1] in (None, 1)):
        raise ValueError(checks.message(name, "have the shape [batch]", tuple(shape)))


def _is_checked(targets: Any) -> bool:
    """Whether there are values to look at: Keras also calls with symbols, and other backends have no assertions."""
    if tf is None or isinstance(targets, keras.KerasTensor) or not hasattr(targets, "dtype"):
        return False
    on_tpu = isinstance(tf.distribute.get_strategy(), tf.distribute.TPUStrategy)
    return tf.executing_eagerly() or not on_tpu  # whose graphs take no strings


def _asserted(targets: Any, fits: Any, text: str, low: Any, high: Any) -> Any:
    """`targets`, after `fits` was found true; `text` and the two values make the error. No labels are always fit."""
    fits = tf.logical_or(tf.equal(tf.size(targets), 0), fits)
    if tf.executing_eagerly():
        if not fits:
            raise ValueError(f"{text} {low.numpy()}, {high.numpy()}.")
        return targets
    with tf.control_dependencies([tf.debugging.Assert(fits, [text, low, high])]):
        return tf.identity(targets)


def _extremes(targets: Any) -> tuple[Any, Any]:
    targets = tf.cast(targets, tf.float64 if targets.dtype.is_floating else tf.int64)
    return tf.reduce_min(targets), tf.reduce_max(targets)
