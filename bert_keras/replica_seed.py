"""`replica_seed`: the replicas of a strategy have the same seed variable, and drop different units."""

from typing import Any

import tensorflow as tf

_BIT = 23  # seeds that Keras makes have 30 bits: 128 replicas are told apart without a further one


def replica_seed(seed: Any) -> Any:
    """The seed, integers [2], of this replica; that of the first one, and of a single device, is `seed` itself."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return seed
    replica = tf.cast(context.replica_id_in_sync_group, seed.dtype)
    first, count = tf.unstack(seed)
    return tf.stack([tf.bitwise.bitwise_xor(first, tf.bitwise.left_shift(replica, _BIT)), count])
