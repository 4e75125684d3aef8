"""`ReplicaSeeds`: the seeds of dropout, of which each replica of a `tf.distribute` strategy has its own."""

from typing import Any

import keras

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None

_BIT = 23  # seeds that Keras makes have 30 bits: 128 replicas are told apart within them


class ReplicaSeeds(keras.random.SeedGenerator):
    """Seeds as Keras draws them. Its variable is equal on all replicas, so that with Keras' they drop the same units.

    Those of the first replica are those of one device.
    """

    def next(self, ordered: bool = True) -> Any:
        """The next seed, integers [2]; `ordered` as in Keras."""
        seed = super().next(ordered)
        context = None if tf is None else tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return seed
        replica = tf.cast(context.replica_id_in_sync_group, seed.dtype)
        first, count = tf.unstack(seed)
        return tf.stack([tf.bitwise.bitwise_xor(first, tf.bitwise.left_shift(replica, _BIT)), count])
