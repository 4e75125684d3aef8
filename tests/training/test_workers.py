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


# TensorFlow's own texts, as three workers of version 2.20 gave them.
HEAD = "Graph execution error:\n\nCollective ops is aborted by: "
SILENT = (
    "Error reported from /job:worker/task:2: The following tasks are unhealthy (stopped sending heartbeats):\n"
    "/job:worker/replica:0/task:2\nThe tasks have crashed. Check the task logs for an earlier error"
)
TWO_SILENT = SILENT.replace("task:2\nThe", "task:1\n/job:worker/replica:0/task:2\nThe")
NO_LEADER = "Deadline Exceeded\n\nRPC: /tensorflow.CoordinationService/Heartbeat\nThe error could be from a previous"
REFUSED = (
    "Failed to send RPC to coordination service. Either the leader task was preempted/died/restarted unexpectedly.\n"
    "Additional GRPC error information from remote target /job:worker/replica:0/task:0 while calling "
    "/tensorflow.CoordinationService/Heartbeat:\n:UNKNOWN:Error received from peer"
)
RESET = (
    "recvmsg:Connection reset by peer\nAdditional GRPC error information from remote target "
    "/job:worker/replica:0/task:1 while calling /tensorflow.WorkerService/RecvBuf:\n:UNKNOWN:Error received from peer"
)
OF_CHIEF = RESET.replace("/job:worker/replica:0/task:1", "/job:chief/replica:0/task:0")
NAMES = [f"worker {index} ({host}:1)" for index, host in enumerate("abcd")]


@pytest.mark.parametrize(
    ("text", "index", "chiefs", "lost"),
    [
        (SILENT, 0, 0, [2]),
        (TWO_SILENT, 3, 0, [1, 2]),
        (NO_LEADER, 2, 0, [0]),
        (REFUSED, 1, 0, [0]),
        (RESET, 2, 0, [1]),
        (RESET, 3, 1, [2]),
        (OF_CHIEF, 3, 1, [0]),
        ("something new", 1, 0, [0, 2, 3]),
        (RESET, 1, 0, [0, 2, 3]),  # not this one itself
    ],
)
def test_which_worker_was_lost(text, index, chiefs, lost):
    workers = Workers(tf.distribute.get_strategy(), Cluster(("a:1", "b:1", "c:1", "d:1"), index, chiefs))
    error = tf.errors.UnavailableError(None, None, HEAD + text)
    with pytest.raises(ConnectionError, match=r"one has ended or was stopped") as told, workers.clear_errors():
        raise error
    assert f"Received: workers='{', '.join(NAMES[place] for place in lost)}'. Look at its log" in str(told.value)


@pytest.mark.parametrize(("index", "goes_on"), [(0, True), (1, False)])
def test_worker_0_ends_well_when_another_is_lost_after_all_was_written(monkeypatch, index, goes_on):
    workers = Workers(tf.distribute.get_strategy(), Cluster(("a:1", "b:1"), index))

    def lost(values):
        raise tf.errors.UnavailableError(None, None, HEAD + RESET)

    monkeypatch.setattr(workers, "_sum", lost)
    if goes_on:
        workers.wait()
    else:
        with pytest.raises(tf.errors.UnavailableError, match="reset by peer"):
            workers.wait()
