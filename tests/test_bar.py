"""The bar: shown on a terminal once a task lasts, wiped out at its end, and nowhere else."""

import functools
import io
import threading
import time

import keras
import pytest

from bert_keras import bar as module
from bert_keras.bar import Bar, bar, is_shown, steps_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when it is told to."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    keras.config.enable_interactive_logging()
    return now


def test_a_task_that_lasts_is_shown_and_wiped_out(clock, monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    monkeypatch.setenv("COLUMNS", "100")
    with bar("tokenizing", 1000) as shown:
        clock[0] += 1
        shown(100)
        assert out.getvalue() == ""
        clock[0] += 4
        shown(500)
        assert out.getvalue() == "\rtokenizing [############............]  50%  500 of 1,000  about 5 s left"
        shown(501)  # too soon after
        clock[0] += 1
        shown(1000)
        assert "100%  1,000 of 1,000  about 0 s left" in out.getvalue()
    assert out.getvalue().endswith(" \r")
    lines = out.getvalue().split("\r")
    assert not lines[-2].strip() and len(lines[-2]) >= len(lines[-3].rstrip())


def test_a_short_task_writes_nothing(clock, monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    with bar("reading", 3) as shown:
        clock[0] += 1.5
        shown(3)
    assert out.getvalue() == ""


def test_a_narrow_terminal_and_a_task_of_unknown_length(clock, monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    monkeypatch.setenv("COLUMNS", "20")
    made = Bar("reading", patience=0.0)
    made.to(12345, "rows of a long file")
    assert out.getvalue() == "\rreading  12,345  ro"


def test_what_is_no_terminal_sees_nothing(clock, monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(module.sys, "stderr", out)
    made = Bar("reading", 10, patience=0.0)
    clock[0] += 10
    made.to(5)
    made.end()
    assert out.getvalue() == "" and not is_shown()


def test_keras_switch_turns_it_off(clock, monkeypatch):
    monkeypatch.setattr(module.sys, "stderr", Terminal())
    assert is_shown()
    keras.config.disable_interactive_logging()
    try:
        assert not is_shown()
    finally:
        keras.config.enable_interactive_logging()


def test_a_notebook_sees_it(monkeypatch):
    shell = type("ZMQInteractiveShell", (), {})()
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: shell)})
    monkeypatch.setitem(module.sys.modules, "IPython", ipython)
    keras.config.enable_interactive_logging()
    assert is_shown()


def test_a_unit_stands_behind_the_numbers(clock, monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    monkeypatch.setenv("COLUMNS", "120")
    made = Bar("reading a.csv", 2000, patience=0.0, unit="kB")
    clock[0] += 1
    made.to(1000)
    assert out.getvalue() == "\rreading a.csv [############............]  50%  1,000 of 2,000 kB  about 1 s left"
    made = Bar("reading b.csv", patience=0.0, unit="rows")
    made.to(1024)
    assert out.getvalue().endswith("\rreading b.csv  1,024 rows")


def test_a_log_has_a_line_of_a_task_that_lasted_and_tells(clock, monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(module.sys, "stderr", out)
    made = Bar("reading a.csv", 10, unit="rows")
    clock[0] += 1.9
    made.end(10)
    assert out.getvalue() == ""  # it was short
    clock[0] += 3
    made.to(5)
    made.end()
    assert out.getvalue() == ""  # it was not finished
    made.end(12345)
    assert out.getvalue() == "reading a.csv: 12,345 rows in 5 s\n"
    keras.config.disable_interactive_logging()
    try:
        made.end(12345)
    finally:
        keras.config.enable_interactive_logging()
    assert out.getvalue().count("\n") == 1


def test_on_a_terminal_no_line_stays(clock, monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    made = Bar("reading a.csv", 10, unit="rows")
    clock[0] += 5
    made.to(5)
    made.end(10)
    assert "in 5 s" not in out.getvalue() and out.getvalue().endswith(" \r")


def wait_for(out, text):
    end = time.monotonic() + 20
    while text not in out.getvalue() and time.monotonic() < end:
        time.sleep(0.02)
    assert text in out.getvalue()


def test_long_steps_are_shown_by_their_names_while_they_last(monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    monkeypatch.setattr(module.Bar, "__init__", functools.partialmethod(Bar.__init__, patience=0.0))
    monkeypatch.setenv("COLUMNS", "120")
    keras.config.enable_interactive_logging()
    with steps_bar("exporting", 2) as step:
        step("tracing")
        wait_for(out, "\rexporting [........................]   0%  0 of 2  tracing, 0 s")
        wait_for(out, "tracing, 1 s")
        step("writing")
        wait_for(out, "exporting [############............]  50%  1 of 2  writing, 0 s")
    assert out.getvalue().endswith(" \r")
    assert not [thread for thread in threading.enumerate() if thread.name == "exporting"]


def test_long_steps_that_nobody_looks_at_have_no_thread(monkeypatch):
    monkeypatch.setattr(module.sys, "stderr", io.StringIO())
    with steps_bar("exporting", 2) as step:
        step("tracing")
        assert not [thread for thread in threading.enumerate() if thread.name == "exporting"]
    assert module.sys.stderr.getvalue() == ""


def test_a_step_that_fails_wipes_the_bar_out(monkeypatch):
    out = Terminal()
    monkeypatch.setattr(module.sys, "stderr", out)
    monkeypatch.setattr(module.Bar, "__init__", functools.partialmethod(Bar.__init__, patience=0.0))
    keras.config.enable_interactive_logging()
    with pytest.raises(OSError, match="full"), steps_bar("exporting", 1) as step:
        step("writing")
        wait_for(out, "writing")
        raise OSError("full")
    assert out.getvalue().endswith(" \r")
