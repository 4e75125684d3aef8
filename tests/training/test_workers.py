"""What workers say to each other, as far as one process shows it; `test_multiworker.py` has two."""

import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.training.cluster import Cluster
from bert_keras.training.workers import Workers


def test_a_single_worker_has_nothing_to_say():
    alone, encoder = Workers(tf.distribute.get_strategy()), tiny.native_encoder()
    before = [weight.numpy() for weight in encoder.weights]
    alone.agree({"train": "no digest"})
    alone.take_from_chief(encoder.weights)
    alone.wait()
    assert alone.is_chief and alone.same_as_chief({"a": [1]}) == {"a": [1]}
    assert all(np.array_equal(one, weight.numpy()) for one, weight in zip(before, encoder.weights, strict=True))


def test_that_another_worker_ended_is_said_in_a_line():
    workers = Workers(tf.distribute.get_strategy(), Cluster(("a:1", "b:2", "c:3"), 1))
    lost = tf.errors.UnavailableError(None, None, "Collective ops is aborted by: connection reset")
    words = r"`workers` must be there .*worker 0 \(a:1\), worker 2 \(c:3\).*--resume"
    with pytest.raises(ConnectionError, match=words), workers.clear_errors():
        raise lost
    other, alone = tf.errors.UnavailableError(None, None, "the disk"), Workers(workers.strategy)
    for kept, error in ((workers, other), (alone, lost)):
        with pytest.raises(tf.errors.UnavailableError, match=r"the disk|aborted"), kept.clear_errors():
            raise error
