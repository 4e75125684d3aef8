"""TensorFlow Serving's REST over HTTP: every kind's answers, every error, health and metrics."""

import asyncio
import concurrent.futures
import http.client
import json
import re
import socket
import threading
import time

import choices
import pytest
import questions
import tagging
import tensorflow as tf
import tuned
from rest_server import RestServer, values_of

import bert_keras as bk
from bert_keras.serving.rest_app import _read
from bert_keras.serving.servable import Servable
from bert_keras.serving.served_folder import ServedFolder

pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")

ROWS = {
    "single": [{"text": "The food was good."}, {"text": "the dog é \U0001f600"}, {"text": ""}],
    "pairs": [{"text": "A man plays.", "text_pair": "Someone plays."}, {"text": "a", "text_pair": "b c d"}],
    "multi": [{"text": "The food was good."}, {"text": "the dog"}],
    "regression": [{"text": "A man plays.", "text_pair": "Someone plays."}, {"text": "a", "text_pair": "b c d"}],
    "questions": [
        {"question": "what was good", "context": "the film was good and the dog was poor"},
        {"question": "who", "context": "the cat"},
    ],
    "tags": [{"text": "the film was good"}, {"text": "the dog"}],
    "choices": [{"prompt": "the film", "choices": ["was good", "a dog"]}, {"prompt": "a", "choices": ["b", "c"]}],
}


@pytest.fixture(scope="module")
def predictors(tmp_path_factory, tiny_encoder):
    place = tmp_path_factory.mktemp("rest")
    kinds = {
        kind: bk.load(tuned.write_model(place / kind, tiny_encoder, kind))
        for kind in ("single", "pairs", "multi", "regression")
    }
    made = {"questions": questions.predictor(place), "tags": tagging.predictor(questions.encoder(place))}
    return {**kinds, **made, "choices": choices.predictor(place)}


@pytest.fixture(scope="module")
def reviews(predictors):
    with RestServer(lambda: Servable.of(predictors["single"], "reviews"), "reviews", request_rows=8) as made:
        yield made


def same(found, wanted):
    """Whether JSON has the values of arrays, floats to rounding."""
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(wanted, bytes):
        return found == wanted.decode()
    if isinstance(wanted, float):
        return isinstance(found, float) and found == pytest.approx(wanted, abs=1e-6)
    return found == wanted


@pytest.mark.parametrize("kind", ROWS)
def test_rows_and_columns_are_answered_as_by_the_export(predictors, tmp_path, kind):
    export = bk.export(predictors[kind], tmp_path / "export")
    columns = {name: [row[name] for row in ROWS[kind]] for name in ROWS[kind][0]}
    constants = {name: tf.constant(values) for name, values in columns.items()}
    signature = tf.saved_model.load(export).signatures["serving_default"]
    wanted = {name: value.numpy().tolist() for name, value in signature(**constants).items()}
    with RestServer(lambda: Servable.load(ServedFolder.find(export, kind)), kind) as made:
        status, by_row = made.predict({"instances": ROWS[kind]})
        assert status == 200 and list(by_row) == ["predictions"]
        status, by_column = made.predict({"inputs": columns})
        assert status == 200 and list(by_column) == ["outputs"]
    if len(wanted) == 1:  # TensorFlow Serving leaves the name of a single output out
        (values,) = wanted.values()
        assert same(by_row["predictions"], values) and same(by_column["outputs"], values)
        return
    assert set(by_column["outputs"]) == set(wanted)
    for name, values in wanted.items():
        assert same(by_column["outputs"][name], values)
        assert same([row[name] for row in by_row["predictions"]], values)


def test_bare_values_bytes_and_other_signatures(reviews):
    texts = ["The food was good.", "the dog é"]
    _, wanted = reviews.predict({"instances": [{"text": text} for text in texts]})
    assert reviews.predict({"instances": texts}) == (200, wanted)
    assert reviews.predict({"instances": [texts[0], {"b64": "dGhlIGRvZyDDqQ=="}]}) == (200, wanted)
    assert reviews.predict({"signature_name": "label_names", "inputs": {}}) == (
        200,
        {"outputs": ["negative", "positive"]},
    )


def test_how_the_model_is_and_what_it_takes(reviews):
    status = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert reviews.get("/v1/models/reviews") == (200, {"model_version_status": [status]})
    assert reviews.get("/v1/models/reviews/versions/1") == (200, {"model_version_status": [status]})
    code, said = reviews.get("/v1/models/reviews/metadata")
    assert code == 200 and said["model_spec"] == {"name": "reviews", "signature_name": "", "version": "1"}
    default = said["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert default["inputs"]["text"]["dtype"] == "DT_STRING"
    _, content, headers = reviews.ask(
        "POST", "/v1/models/reviews/versions/1:predict", {"instances": ["a"]}, **{"Content-Type": "text/plain"}
    )
    assert len(json.loads(content)["predictions"]) == 1 and headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "said"),
    [
        ("POST", ":predict", "no json", {}, 400, "The body must be JSON in UTF-8"),
        ("POST", ":predict", None, {}, 400, "The body must be JSON in UTF-8"),
        ("POST", ":predict", {"instances": []}, {}, 400, "`instances` must hold a row at least"),
        ("POST", ":predict", '{"instances": ["\\ud83d"]}', {}, 400, "half a surrogate pair"),
        ("POST", ":predict", {"instances": ["a"] * 9}, {}, 400, "`rows` must be 8 at most"),
        ("POST", ":predict", {"instances": ["a"], "signature_name": "x"}, {}, 400, "`signature_name` must be one of"),
        ("POST", ":predict", {"signature_name": "label_names", "instances": []}, {}, 400, "takes no rows"),
        ("POST", ":predict", {"instances": ["a"]}, {"Content-Encoding": "gzip"}, 415, "must not be compressed"),
        ("GET", ":predict", None, {}, 405, "asked by POST, and not by GET"),
        ("POST", "", {}, {}, 405, "asked by GET, and not by POST"),
        ("POST", ":classify", {}, {}, 404, "A model answers :predict, and not :classify"),
        ("POST", "/versions/2:predict", {}, {}, 404, "no version 2 of 'reviews'. There is 1"),
        ("POST", "x:predict", {}, {}, 404, "no model 'reviewsx' here. There is 'reviews'"),
        ("GET", "/other", None, {}, 404, "There is nothing at /v1/models/reviews/other"),
    ],
)
def test_what_is_refused_is_said(reviews, method, path, body, headers, status, said):
    found, content, sent = reviews.ask(method, f"{reviews.path}{path}", body, **headers)
    assert found == status and re.search(said, json.loads(content)["error"]) and list(json.loads(content)) == ["error"]
    assert ("allow" in sent) == (status == 405) and sent["content-type"] == "application/json"
    assert reviews.predict({"instances": ["a"]})[0] == 200  # it goes on


def test_a_path_that_is_none(reviews):
    status, said = reviews.get("/")
    assert status == 404 and "/v1/models/reviews, …/metadata, …:predict" in said["error"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_read_to_its_end_and_refused(predictors, chunked):
    with RestServer(lambda: Servable.of(predictors["single"], "model"), request_bytes=1000) as made:
        body = b'{"instances": ["' + b"a" * 300_000 + b'"]}'
        connection = http.client.HTTPConnection(made.host, timeout=60)
        content = iter([body[:100_000], body[100_000:]]) if chunked else body
        connection.request(
            "POST",
            f"{made.path}:predict",
            content,
            encode_chunked=chunked,
            headers=({"Transfer-Encoding": "chunked"} if chunked else {}),
        )
        reply = connection.getresponse()
        assert reply.status == 413 and json.loads(reply.read())["error"] == "A request has 1,000 bytes at most."
        connection.close()
        assert made.predict({"instances": ["a" * 900]})[0] == 200


def test_more_of_a_body_than_is_allowed_is_not_kept():
    async def read(parts, most):
        async def receive():
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        return await _read(receive, most)

    assert asyncio.run(read([b"ab", b"cd"], 4)) == (b"abcd", 4)
    assert asyncio.run(read([b"ab", b"cd", b"e"], 4)) == (b"", 5)
    endless = [b"x" * (1 << 20)] * 1000
    asyncio.run(read(endless, 4))
    assert len(endless) > 900  # and not read to its end


def test_a_body_that_says_it_is_huge_is_not_waited_for(reviews):
    connection = http.client.HTTPConnection(reviews.host, timeout=60)
    connection.putrequest("POST", f"{reviews.path}:predict")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status == 413 and reply.getheader("Connection") == "close"
    connection.close()


def test_a_body_that_does_not_come(predictors):
    with RestServer(lambda: Servable.of(predictors["single"], "model"), body_seconds=0.2) as made:
        connection = http.client.HTTPConnection(made.host, timeout=60)
        connection.putrequest("POST", f"{made.path}:predict")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b"{")
        reply = connection.getresponse()
        assert reply.status == 408 and "did not come within 0.2 seconds" in json.loads(reply.read())["error"]
        connection.close()


class Slow:
    """In place of a servable: its only signature is that of a tuned model, and waits until it may go on."""

    def __init__(self, predictor):
        made = Servable.of(predictor, "model")
        self.signatures, self.begun, self.may_run = made.signatures, threading.Event(), threading.Event()
        signature = self.signatures["serving_default"]
        together = signature.together

        def slow(requests):
            self.begun.set()
            assert self.may_run.wait(60)
            return together(requests)

        signature.together = slow


@pytest.fixture
def slow(predictors):
    made = Slow(predictors["single"])
    server = RestServer(lambda: made, queue_rows=4, request_rows=4, batch_rows=4, batch_wait_ms=0.0)
    yield made, server
    made.may_run.set()
    server.end()


def waits_for(server, waiting):
    """Until so many requests and rows wait."""
    until = time.monotonic() + 60
    while server.batcher.waiting() != waiting and time.monotonic() < until:
        time.sleep(0.01)
    assert server.batcher.waiting() == waiting


def test_a_queue_that_is_full_is_said_with_when_to_try_again(slow):
    model, server = slow
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        first = clients.submit(server.predict, {"instances": ["a"]})
        assert model.begun.wait(60)
        waiting = clients.submit(server.predict, {"instances": ["b"] * 4})
        waits_for(server, (1, 4))
        status, content, headers = server.ask("POST", f"{server.path}:predict", {"instances": ["c"]})
        assert status == 503 and "4 rows wait, and 4 may" in json.loads(content)["error"]
        assert headers["retry-after"] == "1"
        assert values_of(server.ask("GET", "/metrics")[1])["bert_keras_queue_rows"] == 4
        assert server.get("/healthz")[0] == server.get("/readyz")[0] == 200
        model.may_run.set()
        assert first.result()[0] == waiting.result()[0] == 200
    assert server.predict({"instances": ["c"]})[0] == 200


def test_who_has_gone_is_not_answered_and_leaves_the_queue(slow):
    model, server = slow
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        first = clients.submit(server.predict, {"instances": ["a"]})
        assert model.begun.wait(60)
        with socket.create_connection(server.host.split(":")) as gone:
            body = b'{"instances": ["b", "b"]}'
            head = f"POST {server.path}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            gone.sendall(head.encode() + body)
            waits_for(server, (1, 2))
        waits_for(server, (0, 0))
        model.may_run.set()
        assert first.result()[0] == 200
    counted = values_of(server.ask("GET", "/metrics")[1])
    assert counted['bert_keras_requests_total{route="predict",status="499"}'] == 1
    assert counted["bert_keras_batch_rows_sum"] == 1


def test_a_model_that_fails_is_said_and_the_next_is_answered(predictors):
    model = Servable.of(predictors["single"], "model")
    signature, together = model.signatures["serving_default"], model.signatures["serving_default"].together

    def full(requests):
        raise MemoryError("no room")

    with RestServer(lambda: model) as made:
        signature.together = full
        assert made.predict({"instances": ["a"]}) == (500, {"error": "The model failed, with MemoryError: no room"})
        signature.together = together
        assert made.predict({"instances": ["a"]})[0] == 200


def test_while_the_model_is_loaded(predictors):
    goes_on = threading.Event()

    def load():
        assert goes_on.wait(60)
        return Servable.of(predictors["single"], "model")

    with RestServer(load, waits=False) as made:
        assert made.get("/healthz") == (200, {"status": "ok"})
        assert made.get("/readyz") == (503, {"error": "The model is being loaded: try again."})
        assert made.predict({"instances": ["a"]})[0] == 503
        assert made.get(made.path)[1]["model_version_status"][0]["state"] == "LOADING"
        assert made.get(f"{made.path}/metadata")[0] == 503
        assert "bert_keras_ready 0\n" in made.ask("GET", "/metrics")[1]
        goes_on.set()
        until = time.monotonic() + 60
        while made.get("/readyz")[0] != 200 and time.monotonic() < until:
            time.sleep(0.02)
        assert made.get("/readyz") == (200, {"status": "ready"})
        assert made.predict({"instances": ["a"]})[0] == 200


def test_metrics_count_what_was_asked(predictors):
    with RestServer(lambda: Servable.of(predictors["single"], "model")) as made:
        for body in ({"instances": ["a", "b"]}, {"instances": ["c"]}, "no json"):
            made.predict(body)
        made.get("/nothing")
        status, text, headers = made.ask("GET", "/metrics")
        counted = values_of(text)
        assert status == 200 and headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert counted['bert_keras_requests_total{route="predict",status="200"}'] == 2
        assert counted['bert_keras_requests_total{route="predict",status="400"}'] == 1
        assert counted['bert_keras_requests_total{route="other",status="404"}'] == 1
        assert counted["bert_keras_request_seconds_count"] == 2 and counted["bert_keras_batch_rows_sum"] == 3
        assert counted["bert_keras_queue_rows"] == 0 and counted["bert_keras_ready"] == 1


def test_a_head_and_many_requests_on_one_connection(reviews):
    connection = http.client.HTTPConnection(reviews.host, timeout=60)
    for _ in range(3):
        connection.request("POST", f"{reviews.path}:predict", '{"instances": ["a"]}')
        assert len(json.loads(connection.getresponse().read())["predictions"]) == 1
    connection.request("HEAD", "/healthz")
    reply = connection.getresponse()
    assert reply.status == 200 and reply.read() == b""
    connection.close()


def test_what_is_no_http_ends_its_own_connection_alone(reviews):
    with socket.create_connection(reviews.host.split(":")) as made:
        made.sendall(b"\x16\x03\x01 no http\r\n\r\n")
        assert made.recv(1000).startswith(b"HTTP/1.1 400")
    assert reviews.get("/healthz")[0] == 200
