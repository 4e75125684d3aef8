"""`bert-keras serve` as a process: told to end while it works, asked by many; `bk.serve` where it cannot begin."""

import concurrent.futures
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
import tuned
import warm_python
from paths import ROOT
from rest_server import values_of

import bert_keras as bk
from bert_keras.serving.serve import serve

pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")

SECRET = "the food was secretly good"


@pytest.fixture(scope="module")
def model(tmp_path_factory, tiny_encoder):
    return tuned.write_model(tmp_path_factory.mktemp("serve") / "reviews", tiny_encoder)


class Process:
    """The command, until it says where it is."""

    def __init__(self, *arguments):
        command = [sys.executable, "-m", "bert_keras", "serve", *map(str, arguments), "--port", "0"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=warm_python.environment_for(), **pipes)
        self.said = self.process.stdout.readline()
        found = re.match(r"http://([^/]+)(/\S+:predict) answers for ", self.said)
        assert found, (self.said, self.process.stderr.read())
        self.host, self.path = found.groups()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def end(self, number=signal.SIGTERM):
        """Status, standard output behind the first line, and standard error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_answers_what_it_has_taken_and_ends_with_0(model, number):
    served = Process(model, "--batch-wait-ms", 3000)
    try:
        with (
            concurrent.futures.ThreadPoolExecutor(4) as clients,
            socket.create_connection(served.host.split(":")) as idle,
        ):
            asked = [
                clients.submit(served.ask, "POST", served.path, {"instances": [f"{SECRET} {place}"]})
                for place in range(3)
            ]
            until = time.monotonic() + 30
            while "bert_keras_queue_requests 3\n" not in served.ask("GET", "/metrics")[1]:
                assert time.monotonic() < until
                time.sleep(0.02)
            served.process.send_signal(number)
            late, refused = [], None
            while refused is None and not all(one.done() for one in asked):
                try:
                    late.append(served.ask("POST", served.path, {"instances": ["late"]})[0])
                except OSError as error:
                    refused = error
            assert isinstance(refused, OSError) and set(late) <= {503}  # while those that were taken wait
            assert not any(one.done() for one in asked)
            answers = [json.loads(content) for status, content in (one.result() for one in asked) if status == 200]
            assert len(answers) == 3 and all(answer["predictions"][0]["label"] for answer in answers)
            assert idle.recv(1) == b""  # a connection that asks nothing holds nothing up
    finally:
        status, out, err = served.end()
    assert (status, out, err) == (0, "ended\n", "")


def test_nothing_of_a_request_is_logged(model):
    served = Process(model)
    try:
        assert served.ask("POST", served.path, {"instances": [SECRET]})[0] == 200
        assert served.ask("POST", served.path, {"instances": [SECRET, 5]})[0] == 400
        assert served.ask("GET", f"/{SECRET.replace(' ', '_')}")[0] == 404
        metrics = served.ask("GET", "/metrics")[1]
        assert values_of(metrics)['bert_keras_requests_total{route="predict",status="400"}'] == 1
    finally:
        status, out, err = served.end()
    assert status == 0 and "secret" not in served.said + out + err + metrics


def test_eight_clients_at_once_see_no_error_and_no_wrong_answer(model):
    command = [sys.executable, str(ROOT / "tools" / "serve_load.py"), str(model), "--seconds", "1", "--rows", "1,5"]
    done = subprocess.run(
        command, env=warm_python.environment_for(), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]
    assert [one["rows a request"] for one in found] == ["1", "5"]
    for one in found:
        assert one["errors"] == one["wrong"] == "0" and float(one["requests/s"]) > 7
        for of in ("", "predictor: "):
            assert 0 < float(one[f"{of}p50 ms"]) <= float(one[f"{of}p99 ms"])


def test_a_wrong_answer_is_seen(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import serve_load

    line = {"text": "a", "label": "good", "score": 0.75, "probabilities": {"bad": 0.25, "good": 0.75}}
    served = {"label_id": 1, "label": "good", "probabilities": [0.25, 0.75]}
    assert not serve_load.differs(serve_load.as_line(served, line), line)
    for name, value in (("label", "bad"), ("probabilities", [0.26, 0.74])):
        assert serve_load.differs(serve_load.as_line({**served, name: value}, line), line)
    tags = {"entities": [{"label": "PER", "text": "Ann", "start": 0, "end": 3, "score": 0.5}]}
    row = {"label": ["PER", ""], "entity": ["Ann", ""], "start": [0, 0], "end": [3, 0], "score": [0.5, 0.0], "count": 1}
    assert not serve_load.differs(serve_load.as_line(row, tags), tags)
    assert serve_load.differs(serve_load.as_line({**row, "count": 2}, tags), tags)
    assert serve_load.differs(serve_load.as_line({**row, "end": [2, 0]}, tags), tags)
    assert serve_load.percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert serve_load.percentile([3.0, 1.0, 2.0, 4.0], 0.99) == 4.0


def test_a_model_that_cannot_be_loaded_ends_the_server(model, tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"half")
    said = []
    with pytest.raises(ValueError, match="`folder` must name a complete SavedModel"):
        serve(tmp_path, 0, say=said.append)
    assert said == []


def test_a_port_that_is_taken_and_a_host_that_is_wrong(model):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"`port` must be free on this machine.*--port 8502"):
            serve(model, taken.getsockname()[1])
    with pytest.raises(OSError, match=r"`host` must be an address of this machine"):
        serve(model, 0, host="192.0.2.1")


def test_bad_arguments(model, tmp_path):
    with pytest.raises(ValueError, match="`port` must be between 0 and 65535"):
        serve(model, 70_000)
    with pytest.raises(TypeError, match=r"`limits` must be bk.ServingLimits\(…\)"):
        serve(model, 0, limits={"batch_rows": 3})
    with pytest.raises(ValueError, match="There is no such folder"):
        serve(tmp_path / "nothing", 0)
    with pytest.raises(ValueError, match="`name` must be of letters"):
        serve(model, 0, name="a/b")
    assert bk.serve is serve
