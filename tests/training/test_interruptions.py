"""`Interruptions`: when a signal ends a run, with what, and whose handlers it leaves alone."""

import os
import signal

import pytest

from bert_keras.training.interruptions import Interruptions, Terminated


def told(**options):
    said = []
    return Interruptions(said.append, lambda: "here it stands", **options), said


@pytest.mark.parametrize(
    ("number", "error", "name"), [(signal.SIGINT, KeyboardInterrupt, "SIGINT"), (signal.SIGTERM, Terminated, "SIGTERM")]
)
def test_a_signal_waits_for_the_end_of_a_step(number, error, name, capfd):
    interruptions, said = told()
    done = []
    with pytest.raises(error), interruptions:
        interruptions.begin_steps()
        os.kill(os.getpid(), number)
        done.append(interruptions.asked)
        interruptions.end_steps()
        done.append("not reached")
    assert done == [number] and said == [f"interrupted by {name}: here it stands"]
    assert capfd.readouterr().err.startswith(f"{name}: the run ends behind this step")


def test_outside_of_steps_it_ends_the_run_at_once():
    interruptions, said = told()
    with pytest.raises(Terminated) as ended, interruptions:
        os.kill(os.getpid(), signal.SIGTERM)
        said.append("not reached")
    assert ended.value.code == 143 and said == ["interrupted by SIGTERM: here it stands"]


def test_handlers_are_put_back_and_those_of_others_are_left_alone():
    taken = []
    before = signal.signal(signal.SIGTERM, lambda *_: taken.append("theirs"))
    try:
        theirs = signal.getsignal(signal.SIGTERM)
        with told()[0]:
            assert signal.getsignal(signal.SIGTERM) is theirs
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
            os.kill(os.getpid(), signal.SIGTERM)
        assert taken == ["theirs"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_where_it_does_not_wait_nothing_is_handled():
    with told(waits=False)[0]:
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_other_errors_have_no_sentence():
    interruptions, said = told()
    with pytest.raises(ZeroDivisionError), interruptions:
        raise ZeroDivisionError
    assert said == []
