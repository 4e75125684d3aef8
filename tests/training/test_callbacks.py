"""The callbacks of `finetune`, one by one."""

import keras
import numpy as np
import pytest

from bert_keras.data.split import BatchOrder
from bert_keras.training import callbacks


def test_clock():
    assert [callbacks.clock(seconds) for seconds in (0.2, 59.4, 59.6, 75, 3599, 3600, 7322)] == [
        *("0 s", "59 s", "1 min 0 s", "1 min 15 s", "59 min 59 s", "1 h 0 min", "2 h 2 min"),
    ]


def test_official_metrics_go_into_the_logs_of_the_epoch():
    callback, logs = callbacks.OfficialMetrics(lambda model: {"f1": 0.5, "accuracy": model}), {"loss": 1.0}
    callback.set_model(0.25)
    callback.on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_f1": 0.5, "val_accuracy": 0.25}


def test_the_order_of_the_batches_follows_the_number_of_the_epoch():
    order = BatchOrder(np.arange(40), batch_size=4, shuffle=True)
    callbacks.EpochOrder(order).on_epoch_begin(7)
    assert order.epoch == 7
    expected = order.batches(7)
    assert all((batch == wanted).all() for batch, wanted in zip(order(), expected, strict=True))


@pytest.fixture
def clock_now(monkeypatch):
    """The seconds that the callbacks see."""
    now = [0.0]
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: now[0])
    return now


def test_progress_says_speed_and_time_left(clock_now):
    lines = []
    progress = callbacks.Progress(steps_per_epoch=10, epochs=2, say=lines.append, every_seconds=5.0, hidden=("f1_",))
    progress.on_epoch_begin(0)
    for batch in range(10):
        clock_now[0] = 20.0 + 2.0 * batch  # the first step holds the tracing
        progress.on_train_batch_end(batch, {"loss": 0.5})
    clock_now[0] = 40.0
    progress.on_epoch_end(0, {"loss": 0.5, "val_f1": 0.25, "val_f1_LOC": 0.5, "learning_rate": 1.0})
    clock_now[0] = 41.0
    progress.on_epoch_begin(1)
    clock_now[0] = 61.0
    progress.on_epoch_end(1, {"loss": 0.25})
    assert lines == [
        "  epoch 1/2  step 2/10  loss 0.5000  2.00 s/step  about 36 s left",  # 18 steps of 2 s
        "  epoch 1/2  step 7/10  loss 0.5000  2.00 s/step  about 26 s left",  # after twice the time
        "epoch 1/2  40 s  loss 0.5000  val_f1 0.2500  about 40 s left",
        "epoch 2/2  20 s  loss 0.2500",
    ]


def test_progress_counts_no_step_beyond_the_epoch(clock_now):
    """Ten steps, four an execution: the third one ends with what Keras calls step 12."""
    lines = []
    progress = callbacks.Progress(steps_per_epoch=10, epochs=1, say=lines.append, every_seconds=2.0)
    progress.on_epoch_begin(0)
    for end, seconds in ((3, 20.0), (7, 28.0), (11, 34.0)):
        clock_now[0] = seconds
        progress.on_train_batch_end(end, {"loss": 0.5})
    assert lines == [
        "  epoch 1/1  step 8/10  loss 0.5000  2.00 s/step  about 4 s left",
        "  epoch 1/1  step 10/10  loss 0.5000  2.33 s/step  about 0 s left",  # 14 s for 6 steps
    ]


def test_progress_of_a_resumed_run_counts_the_epochs_that_are_left(clock_now):
    lines = []
    progress = callbacks.Progress(steps_per_epoch=1, epochs=5, say=lines.append)
    progress.on_epoch_begin(3)
    clock_now[0] = 90.0
    progress.on_epoch_end(3, {})
    assert lines == ["epoch 4/5  1 min 30 s  about 1 min 30 s left"]


def test_progress_of_a_run_that_goes_on_within_an_epoch_counts_whole_epochs(clock_now):
    """Two of ten steps are left, of 4 s each, and 5 s of evaluation: a whole epoch takes 45 s."""
    lines = []
    progress = callbacks.Progress(steps_per_epoch=10, epochs=4, say=lines.append, first=(1, 8))
    progress.on_epoch_begin(1)
    for batch in (8, 9):
        clock_now[0] += 4.0
        progress.on_train_batch_end(batch, {"loss": 0.5})
    clock_now[0] += 5.0
    progress.on_epoch_end(1, {})
    assert lines == ["epoch 2/4  13 s  about 1 min 30 s left"]


def test_progress_of_a_run_of_which_an_evaluation_alone_was_left_knows_no_time(clock_now):
    lines = []
    progress = callbacks.Progress(steps_per_epoch=10, epochs=4, say=lines.append, first=(1, 10))
    progress.on_epoch_begin(1)
    clock_now[0] += 5.0
    progress.on_epoch_end(1, {})
    progress.on_epoch_begin(2)
    for batch in range(10):
        clock_now[0] += 4.0
        progress.on_train_batch_end(batch, {"loss": 0.5})
    progress.on_epoch_end(2, {})
    assert lines == ["epoch 2/4  5 s", "epoch 3/4  40 s  about 40 s left"]


def test_a_score_that_does_not_rise_ends_training():
    model = keras.Sequential()
    for patience, scores, stops in (
        (0, [0.5, 0.4, 0.3], None),
        (1, [0.5, 0.6, 0.6], 2),
        (2, [0.5, 0.6, 0.6, 0.7, 0.1, 0.7], 5),
        (2, [float("nan"), float("nan"), float("nan")], 2),
    ):
        model.stop_training = False
        early = callbacks.StopEarly("val_f1", patience)
        early.set_model(model)
        ended = None
        for epoch, score in enumerate(scores):
            early.on_epoch_end(epoch, {"val_f1": score})
            ended = epoch if model.stop_training and ended is None else ended
        assert ended == stops and early.is_over == (stops is not None)
    assert callbacks.StopEarly("val_f1", 2, [{"val_f1": score} for score in (0.5, 0.4, 0.3)]).is_over
    assert not callbacks.StopEarly("val_f1", 2, [{"val_f1": score} for score in (0.5, 0.4)]).is_over
