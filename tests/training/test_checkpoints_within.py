"""`CheckpointsWithin`: behind which steps it writes, and that a signal while it writes ends the run there."""

import pytest

from bert_keras.optimization.interval import Interval
from bert_keras.training.checkpoints_within import CheckpointsWithin
from bert_keras.training.interruptions import Interruptions


class Written(list):
    """In place of checkpoints: the places that were written."""

    signal_in: tuple | None = None  # the place in whose writing a signal comes

    def write_within(self, epoch, step):
        self.append((epoch, step))
        if (epoch, step) == self.signal_in:
            self.interruptions.asked = 2  # as a handler does that comes in between


def epochs(every, first=(0, 0), signal_in=None, execution=1):
    """What is written in two epochs of seven steps."""
    written = Written()
    written.signal_in = signal_in
    written.interruptions = Interruptions(print, str, waits=False)
    within = CheckpointsWithin(written, every, 7, written.interruptions, first)
    for epoch in range(first[0], 2):
        within.on_epoch_begin(epoch)
        for begin in range(first[1] if epoch == first[0] else 0, 7, execution):
            within.on_train_batch_end(begin + execution - 1)
        within.on_epoch_end(epoch)
    return written


@pytest.mark.parametrize(
    ("every", "options", "places"),
    [
        (Interval(steps=3), {}, [(0, 3), (0, 6), (1, 3), (1, 6)]),
        (Interval(steps=7), {}, []),  # an epoch's end has its own
        (Interval(steps=3), {"first": (0, 2)}, [(0, 5), (1, 3), (1, 6)]),
        (Interval(steps=1), {"execution": 3}, [(0, 3), (0, 6), (1, 3), (1, 6)]),
        (Interval(seconds=1e9), {}, []),
        (Interval(seconds=0.0), {"first": (1, 4)}, [(1, 5), (1, 6)]),
        (Interval(), {}, []),
    ],
)
def test_when_checkpoints_are_due(every, options, places):
    assert epochs(every, **options) == places


def test_a_signal_while_one_is_written_ends_the_run_with_that_one():
    with pytest.raises(KeyboardInterrupt):
        epochs(Interval(steps=3), signal_in=(0, 3))
