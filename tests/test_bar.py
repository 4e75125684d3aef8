"""The bar: shown on a terminal once a task lasts, wiped out at its end, and nowhere else."""

import io

import keras
import pytest

from bert_keras import bar as module
from bert_keras.bar import Bar, bar, is_shown


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
