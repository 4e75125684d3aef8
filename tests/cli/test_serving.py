"""`bert-keras serve`: what it passes on, and what is said before a model is loaded."""

import socket
import sys

import pytest
from commands import failed

import bert_keras as bk
from bert_keras.serving.serving_limits import ServingLimits


@pytest.fixture
def served(monkeypatch):
    """What `bk.serve` was called with, in place of a server."""
    calls = []
    monkeypatch.setattr(bk, "serve", lambda *arguments, **options: calls.append((arguments, options)))
    return calls


def test_it_passes_on_what_was_typed(command, models, served):
    folder = models("single")
    limits = ("--batch-rows", 8, "--batch-wait-ms", 1.5, "--queue-rows", 300, "--request-bytes", 4096)
    assert command("serve", folder, "--port", 0, "--host", "0.0.0.0", "--name", "m", *limits)[0] == 0
    ((arguments, options),) = served
    assert arguments == (str(folder), 0) and options["host"] == "0.0.0.0" and options["name"] == "m"
    assert options["limits"] == ServingLimits(batch_rows=8, batch_wait_ms=1.5, queue_rows=300, request_bytes=4096)


def test_it_shows_what_it_takes(command):
    status, out, _ = command("serve", "--help")
    assert status == 0 and "Example: bert-keras serve" in out and "--text-characters" in out and "Limits" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "`port` must be between 0 and 65535"),
        (["--queue-rows", "3"], "`queue_rows` must be at least 128"),
        (["--name", "a/b"], "`name` must be of letters"),
    ],
)
def test_arguments_at_fault(command, models, served, arguments, said):
    failed(command("serve", models("single"), *arguments), said)
    assert served == []


def test_a_folder_that_is_none(command, tmp_path, served):
    failed(command("serve", tmp_path / "nothing"), "There is no such folder")
    assert served == []


def test_a_port_that_is_taken(command, models):
    pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = command("serve", models("single"), "--port", taken.getsockname()[1])
    failed(result, r"`port` must be free on this machine.*Pass another \(--port 8502\)")
    assert result[2].count("\n") == 1


def test_a_host_that_is_wrong(command, models):
    pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")
    result = command("serve", models("single"), "--host", "no such host", "--port", 0)
    failed(result, "`host` must be an address of this machine")
    assert result[2].count("\n") == 1


def test_without_uvicorn(command, models, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    failed(command("serve", models("single"), "--port", 0), r"needs uvicorn.*pip install uvicorn")
