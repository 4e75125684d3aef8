"""`begin_with`: Keras' loop over an epoch of which the first steps were done before."""

from typing import Any

from bert_keras import checks
from bert_keras.models.fit_inputs import steps_of


def steps_done(steps: int | None, rest: Any) -> int:
    """How many of an epoch's `steps` were done before, where a data set has the rest of them; 0 for None.

    Raises:
        ValueError: for a rest that does not tell its number of batches, or has more than an epoch.
    """
    if rest is None:
        return 0
    left = 0 if hasattr(rest, "cardinality") and int(rest.cardinality()) == 0 else steps_of(rest, None, 0.0)
    if steps is None or left is None or left > steps:
        must = f"be the last batches of an epoch, at most {steps} and a known number of them"
        raise ValueError(checks.message("rest", must, rest, "E.g. data.rest(epoch, first)."))
    return steps - left


def begin_with(iterator: Any, rest: Any, class_weight: Any = None) -> None:
    """Has the first epoch of Keras' `EpochIterator` go through `rest`, with the numbers of an epoch's last steps.

    Args:
        iterator: of all other epochs.
        rest: a tf.data.Dataset of the first one's last batches.
        class_weight: as `fit` was given it.
    """
    options = {"class_weight": class_weight, "steps_per_execution": iterator.steps_per_execution}
    if hasattr(iterator, "_distribute_strategy"):  # TensorFlow's
        options["distribute_strategy"] = iterator._distribute_strategy
    own = type(iterator)(x=rest, **options)
    done = iterator.num_batches - own.num_batches

    def first_epoch() -> Any:
        del iterator._enumerate_iterator  # all others are the class's
        if own.num_batches:  # of none Keras does not know the number
            for begin, end, batches in own._enumerate_iterator():
                yield begin + done, end + done, batches

    iterator._enumerate_iterator = first_epoch
