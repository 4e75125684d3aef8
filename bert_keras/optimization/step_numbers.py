"""`StepNumbers`: what the updates of all variables have alike in a step of one replica. TensorFlow only."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

_DECAYS = ("beta1", "beta2")


@dataclasses.dataclass(frozen=True)
class StepNumbers:
    """Worked out once in a step: Keras asks for them at every variable, and a schedule is a dozen operations.

    Args:
        adam: float32 [] by keyword of TensorFlow's operation.
        shares: of the rate that variables have; none where all have the whole.
        halves: half the sum of each gradient's squares, None of none; None where others are clipped than came in.
        moves: bool []: whether anything is updated, in a step without a branch; None in all others.
    """

    adam: dict[str, tf.Tensor]
    shares: tuple[float, ...]
    halves: list[Any] | None = None
    moves: tf.Tensor | None = None

    @functools.cached_property
    def rates(self) -> dict[float, tf.Tensor]:
        """The rate by the share that a variable has of it."""
        return self._by_share(self.adam["lr"])

    def left_by_decay(self, weight_decay: float) -> dict[float, tf.Tensor]:
        """What decay leaves of a variable, by its share of the rate."""
        return self._by_share(self.adam["lr"] * weight_decay, lambda taken: 1.0 - taken)

    def moving_where(self, finite: tf.Tensor) -> "StepNumbers":
        """These where `finite`; else such that an update by gradients of 0 changes nothing: no rate, moments that stay.

        A branch around the update would have an operation for each value that goes into it.
        """
        still = {"lr": 0.0, **dict.fromkeys(_DECAYS, 1.0)}
        adam = {name: tf.where(finite, own, still[name]) if name in still else own for name, own in self.adam.items()}
        return dataclasses.replace(self, adam=adam, moves=finite)

    def _by_share(self, number: tf.Tensor, of: Callable[[tf.Tensor], tf.Tensor] = tf.identity) -> dict:
        if not self.shares:
            return {1.0: of(number)}
        shares = sorted(set(self.shares))
        return dict(zip(shares, tf.unstack(of(number * tf.constant(shares, number.dtype))), strict=True))


def adam_numbers(optimizer: Any, dtype: Any) -> dict[str, tf.Tensor]:
    """The keywords of TensorFlow's operation beside the rate, for variables of a dtype."""
    step = tf.cast(optimizer.iterations + 1, dtype)
    names = ("beta1", optimizer.beta_1), ("beta2", optimizer.beta_2), ("epsilon", optimizer.epsilon)
    found = {name: tf.cast(number, dtype) for name, number in names}
    return {**found, **{f"{name}_power": tf.pow(found[name], step) for name in _DECAYS}}
