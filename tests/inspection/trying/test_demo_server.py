"""The page to try a model in: its answers for every kind, and what it refuses."""

import errno
import http.client
import json
import re
import socket
import socketserver
import threading

import choices
import pytest
import questions
import tagging
import tuned

import bert_keras as bk
from bert_keras.inspection.trying import demo as module
from bert_keras.inspection.trying.demo import demo
from bert_keras.inspection.trying.demo_server import MOST_BYTES, DemoServer


class Running:
    """A server in a thread of its own, and requests to it."""

    def __init__(self, predictor, host="127.0.0.1"):
        self.server = DemoServer(predictor, host, 0)
        self.host = self.server.url.removeprefix("http://").removesuffix("/")
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def ask(self, method, path, body=None, **headers):
        """Status, content and headers of a reply."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        content = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, content, headers)
        reply = connection.getresponse()
        found = reply.status, reply.read().decode("utf-8"), dict(reply.getheaders())
        connection.close()
        return found

    def answer(self, path="/answer", **fields):
        status, content, _ = self.ask("POST", path, fields)
        return status, json.loads(content)

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def predictors(tmp_path_factory, tiny_encoder):
    """By kind of answer, a predictor."""
    folder = tmp_path_factory.mktemp("demo")
    encoder = questions.encoder(folder)
    kinds = {
        kind: bk.load(tuned.write_model(folder / kind, tiny_encoder, kind))
        for kind in ("single", "multi", "regression")
    }
    kinds["unlike"] = tuned.with_unlike(bk.load(folder / "single"), ["The food was good.", "dog dog dog", "?"])
    made = {"questions": questions.predictor(folder), "tags": tagging.predictor(encoder)}
    return {**kinds, **made, "choices": choices.predictor(folder)}


@pytest.fixture(params=["single", "unlike", "multi", "regression", "questions", "tags", "choices"])
def running(request, predictors):
    made = Running(predictors[request.param])
    yield request.param, predictors[request.param], made
    made.end()


ASKED = {
    "single": {"text": "The food was good."},
    "unlike": {"text": "The food was good."},
    "multi": {"text": "The food was good."},
    "regression": {"text": "A man plays.", "text_pair": "Someone plays."},
    "questions": {"question": "what was good", "context": "the film was good and the dog was poor"},
    "tags": {"text": "the film was good"},
    "choices": {"prompt": "the film", "choices": ["was good", "was the dog"]},
}


def test_the_answers_are_those_of_the_predictor(running):
    kind, predictor, made = running
    status, found = made.answer(**ASKED[kind])
    row = predictor.table_row([ASKED[kind][name] for name in predictor.table_columns])
    assert status == 200 and found == json.loads(json.dumps(next(predictor.lines([row]))))
    status, found = made.answer()
    assert status == 422 and re.search("`text`|`question`|`prompt`", found["error"]) and "be given" in found["error"]


def test_the_page_has_the_fields_and_loads_nothing_from_elsewhere(running):
    kind, _, made = running
    status, page, headers = made.ask("GET", "/")
    assert status == 200 and re.findall(r'<textarea name="(\w+)"', page) == list(ASKED[kind])
    assert "http://" not in page and "https://" not in page and "src=" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'nonce-")
    assert made.server.nonce in page and headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def reviews(predictors):
    made = Running(predictors["single"])
    yield made
    made.end()


def test_words_that_speak_for_a_label(reviews, predictors):
    text = "The food was good."
    status, found = reviews.answer("/importance", text=text, label="positive")
    wanted = bk.word_importance(predictors["single"], text, "positive")
    assert status == 200 and found["label"] == "positive"
    assert [text[w["start"] : w["end"]] for w in found["words"]] == [w.word for w in wanted.words]
    assert [w["score"] for w in found["words"]] == pytest.approx([w.score for w in wanted.words], abs=1e-4)
    status, found = reviews.answer("/importance", text=text, label="postive")
    assert status == 422 and "'positive'" in found["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "said"),
    [
        ("GET", "/other", None, {}, 404, "the page is at /"),
        ("POST", "/other", {}, {}, 404, "this model has /answer, /importance"),
        ("POST", "/answer", "no json", {}, 400, "no object in JSON"),
        ("POST", "/answer", "[1]", {}, 400, "be an object in JSON"),
        ("POST", "/answer", b"\xff", {}, 400, "no object in JSON"),
        ("POST", "/answer", "[" * 100_000, {}, 400, "no object in JSON"),
        ("POST", "/answer", None, {"Content-Length": b"\xb2"}, 413, "says how many"),
        ("POST", "/answer", {"text": 5}, {}, 422, "`cell` must be str"),
        ("POST", "/answer", {"text": None}, {}, 422, "hold a text"),
        ("POST", "/answer", '{"text": "\\ud83d"}', {}, 422, "half a surrogate pair"),
        ("POST", "/answer", {"text": "a"}, {"Host": "evil.example"}, 403, "answers itself alone.*evil.example"),
        ("POST", "/answer", {"text": "a"}, {"Origin": "https://evil.example"}, 403, "evil.example"),
        ("GET", "/", None, {"Host": "evil.example:80"}, 403, "evil.example"),
    ],
)
def test_what_is_refused_is_said(reviews, method, path, body, headers, status, said):
    found, content, _ = reviews.ask(method, path, body, **headers)
    assert found == status and re.search(said, json.loads(content)["error"])
    assert reviews.answer(text="The food was good.")[0] == 200  # it goes on


def test_a_request_that_is_too_large(reviews):
    connection = http.client.HTTPConnection(reviews.host, timeout=60)
    connection.putrequest("POST", "/answer")
    connection.putheader("Content-Length", str(MOST_BYTES + 1))
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status == 413 and "1,048,576 bytes at most" in json.loads(reply.read())["error"]
    connection.close()


def test_a_port_that_is_taken(predictors):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"`port` must be free on this machine.*--port 8001"):
            DemoServer(predictors["single"], "127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "no such host"])
def test_a_host_that_is_not_this_machine(predictors, host):
    with pytest.raises(OSError, match=r"`host` must be an address of this machine.*0\.0\.0\.0"):
        DemoServer(predictors["single"], host, 0)


def test_every_address_answers_by_its_own_number_and_no_other_name(predictors):
    made = Running(predictors["single"], "0.0.0.0")
    try:
        made.host = f"127.0.0.2:{made.server.server_port}"  # as one on the network would be called
        assert made.ask("GET", "/")[0] == 200
        assert made.ask("GET", "/", Origin=f"http://{made.host}")[0] == 200
        assert made.ask("GET", "/", Host=f"evil.example:{made.server.server_port}")[0] == 403
    finally:
        made.end()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as made:
            made.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no address ::1 can be bound on this machine")


@needs_ipv6
@pytest.mark.parametrize("host", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_an_address_of_ipv6(predictors, host):
    made = Running(predictors["single"], host)
    try:
        assert made.server.url == f"http://[::1]:{made.server.server_port}/"
        assert made.ask("GET", "/", Origin=made.server.url.removesuffix("/"))[0] == 200
        assert made.answer(text="The food was good.")[0] == 200
        assert made.ask("GET", "/", Host=f"evil.example:{made.server.server_port}")[0] == 403
        assert made.ask("GET", "/", Host=f"[::2]:{made.server.server_port}")[0] == 403
    finally:
        made.end()


@needs_ipv6
def test_all_addresses_of_ipv6_take_those_of_ipv4_where_the_machine_does(predictors):
    made = Running(predictors["single"], "::")
    try:
        assert made.server.url == f"http://[::1]:{made.server.server_port}/"
        assert made.ask("GET", "/")[0] == 200
        if made.server.socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
            pytest.skip("IPv6 takes no IPv4 on this machine")
        made.host = f"127.0.0.2:{made.server.server_port}"
        assert made.ask("GET", "/", Origin=f"http://{made.host}")[0] == 200
        assert made.ask("GET", "/", Host=f"evil.example:{made.server.server_port}")[0] == 403
    finally:
        made.end()


@needs_ipv6
def test_a_port_of_ipv6_that_is_taken(predictors):
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"`port` must be free on this machine.*--port 8001"):
            DemoServer(predictors["single"], "::1", taken.getsockname()[1])


def test_a_machine_without_ipv6_says_so(predictors, monkeypatch):
    def none(self, *arguments):
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socketserver.TCPServer, "__init__", none)
    with pytest.raises(OSError, match=r"`host` must be an address of this machine.*not supported.*Pass 127\.0\.0\.1"):
        DemoServer(predictors["single"], "::1", 0)


def test_the_port_of_http_is_left_out_by_browsers(reviews, monkeypatch):
    assert "localhost" not in reviews.server.called("localhost")
    monkeypatch.setattr(reviews.server, "server_port", 80)
    assert reviews.server.called("localhost") == {"localhost", "localhost:80"}


def test_it_says_where_it_is_and_ends_when_it_is_interrupted(predictors, monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    said, opened = [], []
    monkeypatch.setattr(DemoServer, "serve_forever", interrupted)
    monkeypatch.setattr(module.webbrowser, "open", opened.append)
    demo(predictors["single"], 0, open_browser=True, say=said.append)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/ shows samples/reviews\. Ctrl-C ends it\.", said[0])
    assert said[1:] == ["ended"] and opened == [said[0].split()[0]]
    with pytest.raises(ValueError, match="`port` must be between 0 and 65535"):
        demo(predictors["single"], 70_000)


def test_the_command_looks_at_the_folder_first(command, tmp_path):
    status, out, err = command("demo", tmp_path / "nothing")
    assert status == 1 and out == "" and "There is no such folder" in err


def test_a_model_that_fails_is_said_and_the_next_is_answered(reviews, monkeypatch):
    def full(rows):
        raise MemoryError("no room")

    monkeypatch.setattr(reviews.server.predictor, "lines", full)
    status, found = reviews.answer(text="a")
    assert status == 500 and found["error"] == "The model failed, with MemoryError: no room"
    monkeypatch.undo()
    assert reviews.answer(text="The food was good.")[0] == 200
