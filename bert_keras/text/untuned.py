"""`untuned`: a data set for which TensorFlow tunes nothing."""

import tensorflow as tf


def untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The same elements, from a pipeline whose numbers of threads and buffers are all given.

    TensorFlow starts a thread for each pass over a data set, which tunes these numbers. It sleeps longer and longer, and
    at times is not woken: whoever ends the pass then waits, for half as long as the pass took.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
