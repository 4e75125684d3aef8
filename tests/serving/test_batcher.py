"""Requests that wait: which are run together, which are refused, and that none is lost."""

import threading
import time

import pytest

from bert_keras.serving.batcher import Batcher
from bert_keras.serving.predict_request import PredictRequest
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.serving_limits import ServingLimits

SECONDS = 20  # that a test waits for what must come


class Model:
    """In place of a signature: notes the batches it is run on, and waits where a test has it wait.

    A request is its name; it is run with those of its first letter, and fails if that is `!`.
    """

    def __init__(self):
        self.batches, self.may_run, self.runs = [], threading.Semaphore(0), threading.Semaphore(0)

    def likeness(self, inputs):
        return None if inputs["name"].startswith("-") else (inputs["name"][0],)

    def together(self, requests):
        names = [one["name"] for one in requests]
        self.batches.append(names)
        self.runs.release()
        assert self.may_run.acquire(timeout=SECONDS)
        if any("!" in name for name in names):
            raise RuntimeError(f"fails on {names}")
        return [{"name": name.upper()} for name in names]


class Running:
    def __init__(self, **limits):
        self.model = Model()
        limits = {"batch_rows": 4, "batch_wait_ms": 0.0, "queue_rows": 8, "request_rows": 8, **limits}
        self.batcher = Batcher(object, ServingLimits(**limits), lambda: None, lambda: None)
        self.batcher.start()

    def submit(self, name, rows=1):
        return self.batcher.submit(PredictRequest(self.model, {"name": name}, rows, True))

    def begins(self):
        """Waits until the model is run."""
        assert self.model.runs.acquire(timeout=SECONDS)

    def goes_on(self, times=100):
        self.model.may_run.release(times)


@pytest.fixture
def running():
    made = []

    def run(**limits):
        made.append(Running(**limits))
        return made[-1]

    yield run
    for one in made:
        one.goes_on()
        one.batcher.end()
        assert not one.batcher.is_alive


def test_those_that_wait_are_run_together(running):
    it = running()
    answers = [it.submit("a1")]
    it.begins()
    answers += [it.submit(name) for name in ("a2", "a3", "a4", "a5", "a6")]
    assert it.batcher.waiting() == (5, 5)
    it.goes_on()
    assert [one.result(SECONDS)["name"] for one in answers] == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert it.model.batches == [["a1"], ["a2", "a3", "a4", "a5"], ["a6"]]
    assert it.batcher.waiting() == (0, 0)


def test_the_first_is_always_in_the_next_batch_and_others_pass_only_to_join_it(running):
    it = running()
    first = it.submit("a1")
    it.begins()
    names = [("b1", 1), ("a2", 1), ("b2", 2), ("-1", 1), ("b3", 2), ("b4", 1)]
    answers = [first, *(it.submit(name, rows) for name, rows in names)]
    it.goes_on()
    for one in answers:
        one.result(SECONDS)
    assert it.model.batches == [["a1"], ["b1", "b2", "b4"], ["a2"], ["-1"], ["b3"]]


def test_a_request_larger_than_a_batch_runs_alone(running):
    it = running()
    it.goes_on()
    assert it.submit("a1", rows=8).result(SECONDS) == {"name": "A1"}


def test_a_request_waits_for_others_only_as_long_as_is_said(running):
    it = running(batch_wait_ms=10_000.0)
    it.goes_on()
    answers = [it.submit("a1")]
    time.sleep(0.3)
    assert not answers[0].done()  # it waits for others
    answers += [it.submit(name) for name in ("a2", "a3", "a4")]
    assert [one.result(5)["name"] for one in answers] == ["A1", "A2", "A3", "A4"]  # the batch is full
    assert it.model.batches == [["a1", "a2", "a3", "a4"]]
    quick = running(batch_wait_ms=50.0)
    quick.goes_on()
    start = time.monotonic()
    quick.submit("a1").result(SECONDS)
    assert time.monotonic() - start >= 0.05


def test_a_queue_that_is_full(running):
    it = running()
    first = it.submit("a1")
    it.begins()
    waits = [it.submit("a2", rows=5), it.submit("a3", rows=3)]
    with pytest.raises(RestError, match="8 rows wait, and 8 may: try again") as found:
        it.submit("a4")
    assert found.value.status == 503 and found.value.headers == {"Retry-After": "1"}
    it.goes_on()
    for one in [first, *waits]:
        one.result(SECONDS)
    assert it.submit("a5").result(SECONDS) == {"name": "A5"}


def test_those_who_have_gone_are_not_run_and_leave_their_place(running):
    it = running()
    first = it.submit("a1")
    it.begins()
    gone = [it.submit("a2", rows=4), it.submit("b1", rows=4)]
    assert all(one.cancel() for one in gone)
    assert it.batcher.waiting() == (0, 0)
    stays = it.submit("a3", rows=8)
    it.goes_on()
    assert first.result(SECONDS) and stays.result(SECONDS) == {"name": "A3"}
    assert it.model.batches == [["a1"], ["a3"]]


def test_one_that_fails_takes_no_other_with_it(running):
    it = running()
    first = it.submit("a0")
    it.begins()
    answers = [it.submit(name) for name in ("a1", "a!", "a2")]
    it.goes_on()
    assert first.result(SECONDS) and answers[0].result(SECONDS) == {"name": "A1"}
    with pytest.raises(RuntimeError, match=r"fails on \['a!'\]"):
        answers[1].result(SECONDS)
    assert answers[2].result(SECONDS) == {"name": "A2"}
    assert it.submit("a3").result(SECONDS) == {"name": "A3"}  # the thread goes on
    with pytest.raises(RuntimeError, match="fails on"):
        it.submit("!").result(SECONDS)


def test_at_the_end_what_waits_is_answered_and_nothing_more_is_taken():
    it = Running(batch_wait_ms=10_000.0)
    answers = [it.submit("a1"), it.submit("b1")]
    it.goes_on()
    it.batcher.end()  # also those that would wait for others
    assert [one.result(0) for one in answers] == [{"name": "A1"}, {"name": "B1"}]
    with pytest.raises(RestError, match="The server stops"):
        it.submit("a2")


def test_a_model_that_cannot_be_loaded():
    said = threading.Event()

    def fail():
        raise ValueError("no such model")

    batcher = Batcher(fail, ServingLimits(), lambda: pytest.fail("it was loaded"), said.set)
    batcher.start()
    assert said.wait(SECONDS)
    batcher.end()
    assert isinstance(batcher.failure, ValueError) and batcher.servable is None and not batcher.is_alive


def test_runs_are_counted(running):
    it = running()
    it.goes_on()
    it.submit("a1", rows=3).result(SECONDS)
    assert "bert_keras_batch_rows_sum 3\n" in it.batcher.metrics.text(True)
