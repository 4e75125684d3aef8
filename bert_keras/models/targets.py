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
from bert_keras.features import MOST_WEIGHT, MULTI_LABEL, SINGLE_LABEL, UNLABELLED
from bert_keras.models.class_crossentropy import is_soft_shape

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None

_ASSERTION = re.compile(r"assertion failed: \[(.* must .*?)\]((?: \[[^\]]*\])+)")


def guard_targets(targets: Any, problem_type: str, num_classes: int) -> Any:
    """Returns a batch's labels, checked to be those of the problem.

    Args:
        targets: int [batch] or [batch, 1], or the probabilities of the classes, float [batch, num_classes]; 0 and 1
            [batch, num_classes] for several labels; numbers [batch] or [batch, 1] for regression.
        problem_type: one of `features.PROBLEM_TYPES`.
        num_classes: columns of the logits.

    Raises:
        ValueError: for missing labels, another dtype or shape, and eagerly for a wrong value; in a graph, while it
            runs, tf.errors.InvalidArgumentError. Both show the smallest and largest label.
    """
    _check_there(targets)
    if not _is_checked(targets):
        return targets
    targets = tf.convert_to_tensor(targets)
    if problem_type == SINGLE_LABEL and targets.dtype.is_floating and is_soft_shape(targets.shape, num_classes):
        return _guard_shares(targets)
    _check_kind(targets, problem_type, num_classes)
    low, high = _extremes(targets)
    if problem_type == SINGLE_LABEL:
        must = f"lie between 0 and {num_classes - 1}, the classes of this model"
        fits = (low >= 0) & (high < num_classes)
    elif problem_type == MULTI_LABEL:
        must, fits = "be 0 or 1", tf.reduce_all((targets == 0) | (targets == 1))
    else:
        must, fits = "be finite numbers", tf.reduce_all(tf.math.is_finite(tf.cast(targets, tf.float64)))
    return _assert(targets, fits, "labels", must, low, high)


def guard_positions(name: str, targets: Any, length: Any) -> Any:
    """Returns a batch's places of tokens, int [batch] or [batch, 1], checked to lie inside rows of `length` tokens.

    `name` is what the caller calls them. Errors are as in `guard_targets`.
    """
    if not _is_checked(targets):
        return targets
    targets = tf.convert_to_tensor(targets)
    _check_integers(name, targets, "the places of tokens")
    _check_column(name, targets)
    low, high = _extremes(targets)
    fits = (low >= 0) & (high < tf.cast(length, high.dtype))
    return _assert(targets, fits, name, "lie between 0 and the last token of the row", low, high)


def guard_token_classes(targets: Any, num_classes: int, outputs: Any) -> Any:
    """Returns a batch's classes of tokens, int [batch, tokens], checked to be among those of the logits, or -1.

    -1 is for a token without a label; `outputs` are the logits [batch, tokens, num_classes]. Errors are as in
    `guard_targets`.
    """
    _check_there(targets)
    if not _is_checked(targets):
        return targets
    targets = tf.convert_to_tensor(targets)
    _check_integers("labels", targets, "the classes of the tokens")
    if not targets.shape.is_compatible_with(outputs.shape[:2]):
        must = f"have the shape [batch, tokens] of the features, {tuple(outputs.shape[:2])}"
        raise ValueError(checks.message("labels", must, tuple(targets.shape)))
    low, high = _extremes(targets)
    must = f"lie between 0 and {num_classes - 1}, the classes of this model, or be {UNLABELLED} where there is none"
    fits = (low >= UNLABELLED) & (high < num_classes)
    return _assert(targets, fits, "labels", must, low, high)


def guard_weights(weights: Any) -> Any:
    """Returns what each row of a batch counts, numbers of any shape, checked to be such as float32 can work with.

    Errors are as in `guard_targets`.
    """
    if not _is_checked(weights):
        return weights
    weights = tf.convert_to_tensor(weights)
    numbers = tf.cast(weights, tf.float64)
    low, high = _extremes(numbers)
    fits = (low >= -MOST_WEIGHT) & (high <= MOST_WEIGHT) & tf.math.is_finite(tf.reduce_sum(numbers))
    must = f"be finite numbers of at most {MOST_WEIGHT:g}, so that float32 can add up the squares of gradients"
    return _assert(weights, fits, "sample_weight", must, low, high)


def guard_range(name: str, values: Any, size: Any, what: str) -> Any:
    """Returns integers of any shape, checked to lie between 0 and `size` - 1, which are `what`; see `guard_targets`."""
    if not _is_checked(values):
        return values
    values = tf.convert_to_tensor(values)
    _check_integers(name, values, what)
    low, high = _extremes(values)
    fits = (low >= 0) & (high < tf.cast(size, high.dtype))
    return _assert(values, fits, name, f"be {what}", low, high)


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Turns the failed assertion of a guard, which TensorFlow wraps in pages of its own, into a ValueError."""
    errors = () if tf is None else (tf.errors.InvalidArgumentError,)
    try:
        yield
    except errors as error:
        match = _ASSERTION.search(str(error))
        if match is None:
            _explain_lengths(error)
            raise
        values = ", ".join(re.findall(r"\[([^\]]*)\]", match[2]))
        text = match[1].replace("\\'", "'")
        raise ValueError(f"{text} {values}.") from None


def _explain_lengths(error: Exception) -> None:
    """Raises ValueError where rows of different lengths were put into one batch as they are."""
    if "Cannot batch tensors with different shapes" in str(error):
        found = re.search(r"first element had shape (\[.*?\]) and element \d+ had shape (\[.*?\])", str(error))
        advice = "Of rows one by one: .padded_batch(n) in place of .batch(n). `data.train` comes in padded batches."
        shapes = " and ".join(found.groups()) if found else "several"
        raise ValueError(checks.message("x", "have rows of one length in a batch", shapes, advice)) from None


def _guard_shares(targets: Any) -> Any:
    """Soft labels, float [batch, classes], checked to be probabilities."""
    sums = tf.reduce_sum(targets, axis=-1)
    fits = tf.reduce_all(targets >= 0) & tf.reduce_all(tf.abs(sums - 1) < checks.SHARES_ERROR)
    low, high = _extremes(sums)
    return _assert(targets, fits, "labels", "be probabilities, 0 or more, and 1 in all for each row", low, high)


def _check_there(targets: Any) -> None:
    if targets is None:
        advice = "A dataset yields (features, labels); arrays are passed as fit(x, y)."
        raise ValueError(checks.message("labels", "be there to train or evaluate on", None, advice))


def _check_integers(name: str, targets: Any, what: str) -> None:
    if not targets.dtype.is_integer:
        raise ValueError(checks.message(name, f"be integers, {what}", targets.dtype.name))


def _check_kind(targets: Any, problem_type: str, num_classes: int) -> None:
    """Checks what is known before the graph runs: dtype and shape."""
    if problem_type == SINGLE_LABEL and not targets.dtype.is_integer:
        advice = "Cast them in the dataset: .map(lambda x, y: (x, tf.cast(y, tf.int32)))."
        must = "be integers, the numbers of the classes"
        raise ValueError(checks.message("labels", must, targets.dtype.name, advice))
    shape = targets.shape
    if problem_type != MULTI_LABEL:
        _check_column("labels", targets)
    elif shape.rank is not None and (shape.rank != 2 or shape[1] not in (None, num_classes)):
        raise ValueError(checks.message("labels", f"have the shape [batch, {num_classes}]", tuple(shape)))


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


def _assert(targets: Any, fits: Any, name: str, must: str, low: Any, high: Any) -> Any:
    """`targets`, once `fits` is true; the error tells the smallest and the largest. No labels are always fit."""
    text = f"`{name}` must {must}. Received, smallest and largest:"
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
