"""Steps on the replicas of a strategy, each with a value of its own."""

from typing import Any

import tensorflow as tf


def run(strategy: tf.distribute.Strategy, step: Any, values: list[Any]) -> None:
    """Runs a step of one argument on each replica, with the value in its place; on one replica, by a plain call."""
    if strategy.num_replicas_in_sync == 1:
        step(values[0])
        return
    mine = strategy.experimental_distribute_values_from_function(
        lambda context: values[context.replica_id_in_sync_group]
    )
    strategy.run(step, args=(mine,))
