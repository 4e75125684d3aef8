"""TF_CONFIG, and the meeting of the workers before TensorFlow starts: who is missing, and what differs."""

import json
import socket
import threading
import time

import pytest

from bert_keras.training import cluster
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
        (config({"worker": ["a:1", "b:" + "9" * 5000]}), "must have addresses of the form host:port"),
        (config({"worker": ["a:1", "b:²"]}), "must have addresses of the form host:port"),
        (config({"worker": ["a:1", ":2"]}), "must have addresses of the form host:port"),
        (config({"worker": ["a:1", "b" * 70 + ":2"]}), "must have addresses of the form host:port"),
        (config({"worker": ["a:1", "b\0:2"]}), "must have addresses of the form host:port"),
        (config({"worker": ["a:1", "b:1"]}, index=True), "must have a task index"),
        ("[" * 100_000, "`TF_CONFIG` must be JSON"),
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


@pytest.mark.parametrize("token", ["", "a" * 32])
def test_only_the_address_that_was_given_is_listened_on(monkeypatch, token):
    """Two runs on one port, of two addresses of this machine, and nothing on a third."""
    monkeypatch.setenv("BERT_KERAS_CLUSTER_TOKEN", token)
    port = _free_ports(1)[0]
    here = [Cluster((f"{host}:{port}", "b:1"), 0) for host in ("127.0.0.1", "127.0.0.2")]
    raised = []
    chiefs = [threading.Thread(target=lambda c=c: raised.append(c.meet({}, 30.0))) for c in here]
    for chief in chiefs:
        chief.start()
    for one in here:
        Cluster(one.addresses, 1).meet({}, 30.0)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.3", port), timeout=5)
    for chief in chiefs:
        chief.join(60)
    assert raised == [None, None]


@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_ipv6_and_names(host):
    if host == "[::1]" and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    addresses = (f"{host}:{_free_ports(1)[0]}", "b:1")
    chief = threading.Thread(target=Cluster(addresses, 0).meet, args=({}, 30.0))
    chief.start()
    Cluster(addresses, 1).meet({}, 30.0)
    chief.join(60)
    assert not chief.is_alive()


def until_listened_to(address):
    """A connection, as soon as there can be one."""
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + 20.0
    while True:
        try:
            return socket.create_connection((host, int(port)), timeout=10)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_workers_with_different_tokens(monkeypatch):
    """The one with another is told so at once; worker 0 waits on, and says at the end that such a one came."""
    addresses = tuple(f"127.0.0.1:{port}" for port in _free_ports(2))
    raised = []

    def hold():
        with pytest.raises(TimeoutError, match=r"nothing from worker 1 .*A process came without this run's token\. "):
            Cluster(addresses, 0).meet({}, 2.0)
        raised.append(None)

    tokens = iter(["a" * 16, "b" * 16])
    monkeypatch.setattr(cluster, "cluster_token", lambda: next(tokens))
    chief = threading.Thread(target=hold)
    chief.start()
    until_listened_to(addresses[0]).close()
    start = time.monotonic()
    words = (
        r"`BERT_KERAS_CLUSTER_TOKEN` must be the same on every worker, and worker 0 \(.*\) has another than worker 1"
    )
    with pytest.raises(ValueError, match=words):
        Cluster(addresses, 1).meet({}, 30.0)
    assert time.monotonic() - start < 5
    chief.join(60)
    assert raised == [None]


def test_a_token_that_can_be_guessed(monkeypatch):
    monkeypatch.setenv("BERT_KERAS_CLUSTER_TOKEN", "secret")
    with pytest.raises(ValueError, match=r"must have at least 16 characters. Received: 6 of them") as told:
        Cluster(("127.0.0.1:1", "b:1"), 0).meet({}, 5.0)
    assert "'secret'" not in str(told.value)
