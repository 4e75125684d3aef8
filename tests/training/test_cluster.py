"""TF_CONFIG, and the meeting of the workers before TensorFlow starts: who is missing, and what differs."""

import json
import socket
import threading
import time

import pytest

from bert_keras.training.cluster import Cluster
from bert_keras.training.launching import _free_ports


def config(cluster, kind="worker", index=0):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_the_workers_of_tf_config(monkeypatch):
    two = {"worker": ["a:1", "b:2"]}
    for text, wanted in [
        ("", None),
        ("  ", None),
        ("{}", None),
        (config({"worker": ["a:1"]}), None),
        (config(two), Cluster(("a:1", "b:2"), 0)),
        (config(two, index=1), Cluster(("a:1", "b:2"), 1)),
        (config({"chief": ["c:3"], **two}, "chief"), Cluster(("c:3", "a:1", "b:2"), 0)),
        (config({"chief": ["c:3"], **two}, index=1), Cluster(("c:3", "a:1", "b:2"), 2)),
        (config({"worker": ["[::1]:1", "b:2"]}), Cluster(("[::1]:1", "b:2"), 0)),
    ]:
        monkeypatch.setenv("TF_CONFIG", text)
        assert Cluster.from_environment() == wanted, text
    assert wanted.is_chief and not Cluster(("a:1", "b:2"), 1).is_chief
    monkeypatch.delenv("TF_CONFIG")
    assert Cluster.from_environment() is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "`TF_CONFIG` must be JSON with `cluster` and `task`"),
        ("[1]", "`TF_CONFIG` must be JSON"),
        ('{"cluster": 1}', "`TF_CONFIG` must be JSON"),
        (config({"worker": ["a:1", "b:2"], "ps": ["c:3"]}), "must have workers alone.*'ps'"),
        (config({"worker": ["a:1", "b:2"]}, "evaluator"), "must have workers alone.*'evaluator'"),
        (config({"worker": ["a:1", "b:2"]}, index=2), "must have a task index that its cluster has a worker for"),
        (config({"worker": ["a:1", "b:2"]}, index="1"), "must have a task index"),
        (config({"worker": ["a:1", "b"]}), "must have addresses of the form host:port. Received: TF_CONFIG='b'"),
        (config({"worker": ["a:1", "b:99999"]}), "must have addresses of the form host:port"),
        (config({"worker": ["a:1", "a:1"]}), "must give each worker an address of its own"),
    ],
)
def test_a_tf_config_at_fault(monkeypatch, text, words):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match=words):
        Cluster.from_environment()


def meeting(told, timeout=20.0, absent=()):
    """What each of the workers that come raises; they come in the reverse order."""
    addresses = tuple(f"127.0.0.1:{port}" for port in _free_ports(len(told)))
    raised = {}

    def come(index):
        try:
            Cluster(addresses, index).meet(told[index], timeout)
            raised[index] = None
        except Exception as error:
            raised[index] = error

    threads = [threading.Thread(target=come, args=(i,)) for i in reversed(range(len(told))) if i not in absent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return addresses, raised


def test_workers_that_agree_meet_and_leave_the_port_free():
    addresses, raised = meeting([{"seed": 1, "names": ("a", "b")}, {"seed": 1, "names": ["a", "b"]}] * 2)
    assert raised == dict.fromkeys(range(4))
    socket.create_server(("127.0.0.1", int(addresses[0].rpartition(":")[2]))).close()


def test_every_worker_learns_what_differs():
    addresses, raised = meeting([{"task": "a", "keras": "3.15"}, {"task": "a", "keras": "3.15"}, {"task": "a"}])
    for error in raised.values():
        assert isinstance(error, ValueError)
        wanted = f"'3.15' on worker 0 ({addresses[0]}), None on worker 2 ({addresses[2]})"
        assert str(error) == f"`keras` must be the same on every worker. Received: {wanted}. Start all alike."


@pytest.mark.parametrize("absent", [(1,), (1, 2)])
def test_every_worker_learns_who_did_not_come(absent):
    addresses, raised = meeting([{}] * 4, timeout=1.0, absent=absent)
    missing = ", ".join(f"worker {index} ({addresses[index]})" for index in absent)
    assert len(raised) == 4 - len(absent)
    for error in raised.values():
        assert isinstance(error, TimeoutError)
        assert f"come up within 1 s. Received: nothing from {missing}. Start every worker" in str(error)


def test_without_the_first_worker_the_others_say_so(monkeypatch):
    with pytest.raises(TimeoutError, match=r"nothing from worker 0 \(127.0.0.1:"):
        Cluster(tuple(f"127.0.0.1:{port}" for port in _free_ports(2)), 1).meet({}, -9.0)


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(
            ValueError, match=r"`TF_CONFIG` must give worker 0 .* a port that is free \(Address already"
        ):
            Cluster((address, "127.0.0.1:1"), 0).meet({}, 5.0)


def test_strangers_and_doubles_are_told_apart():
    """A stranger on the port, a worker that dies while it waits and comes again, one with a wrong index."""
    addresses = tuple(f"127.0.0.1:{port}" for port in _free_ports(2))
    raised = []
    chief = threading.Thread(target=lambda: raised.append(Cluster(addresses, 0).meet({"a": 1}, 30.0)))
    chief.start()

    def say(line, hear=False):
        deadline = time.monotonic() + 20.0  # until the first worker listens
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", int(addresses[0].rpartition(":")[2])), timeout=10)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        connection.sendall(line)
        answer = connection.makefile().readline() if hear else None
        connection.close()
        return answer

    say(b"GET / HTTP/1.1\r\n\r\n")
    say(b"[1]\n")
    say(b'{"index": "x", "settings": {}}\n')
    answer = json.loads(say(b'{"index": 7, "settings": {}}\n', hear=True))
    assert "must give each process of the 2 workers an index of its own" in answer["error"]
    Cluster(addresses, 1).meet({"a": 1}, 30.0)
    chief.join(60)
    assert raised == [None]
