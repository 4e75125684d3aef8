"""Every kind of model under load: eight threads at once get the answers of one, and nothing grows from call to call.

A few seconds for each; with BERT_KERAS_FAULTS=all thousands of calls of each, and half a minute of requests.
"""

import concurrent.futures
import gc
import importlib.util
import itertools
import os
import pathlib
import sys
import threading

import choices
import numpy as np
import pytest
import questions
import tagging
import tensorflow as tf
import tuned
from paths import ROOT
from rest_server import RestServer
from tensorflow.python.framework.func_graph import FuncGraph

import bert_keras as bk
from bert_keras.serving.servable import Servable
from bert_keras.serving.served_folder import ServedFolder

sys.path.insert(0, str(ROOT / "tools"))
import serve_load

ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
CALLS = 5_000 if ALL else 160  # of all threads together
SECONDS = 30 if ALL else 1  # of requests to a server, for each number of rows
THREADS = 8
GROWTH = 16 * 2**20  # bytes: more than allocators keep to themselves
KINDS = ("single", "pairs", "questions", "tags", "choices")
STATM = pathlib.Path("/proc/self/statm")


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder):
    """By kind, a predictor, and its export as it is served."""
    place = tmp_path_factory.mktemp("load")
    makers = {
        "questions": lambda: questions.predictor(place),
        "tags": lambda: tagging.predictor(questions.encoder(place)),
        "choices": lambda: choices.predictor(place),
    }
    found = {}

    def get(kind):
        if kind not in found:
            folder = place / "models" / kind
            predictor = makers[kind]() if kind in makers else bk.load(tuned.write_model(folder, tiny_encoder, kind))
            bk.export(predictor, place / kind / "1")
            found[kind] = predictor, Servable.load(ServedFolder.find(place / kind))
        return found[kind]

    return get


def calls_of(kind, made, what):
    """What is called with the number of a row, and how many rows there are."""
    predictor, servable = made(kind)
    instances = serve_load.instances_of(tuple(predictor.table_columns))[:8]
    if what == "predictor":
        rows = [predictor.table_row([one[name] for name in predictor.table_columns]) for one in instances]
        # Three rows a call too, of several lengths.
        asked = [*([row] for row in rows), *(rows[place : place + 3] for place in range(5))]
        return lambda number: list(predictor.lines(asked[number])), len(asked)
    signature = servable.signatures["serving_default"]
    asked = [{name: bytes_of(one[name]) for name in signature.inputs} for one in instances]
    return lambda number: {n: value.tolist() for n, value in signature(asked[number]).items()}, len(asked)


def bytes_of(value):
    """An array of one row of strings."""
    values = value if isinstance(value, list) else [value]
    array = np.array([text.encode() for text in values], object)
    return array[None] if isinstance(value, list) else array


def in_threads(call, rows, calls):
    """The answers of `THREADS` threads that begin at once, each at another row: (row, answer) of every call."""
    together = threading.Barrier(THREADS)

    def ask(first):
        together.wait()
        numbers = [(first + step) % rows for step in range(calls // THREADS)]
        return [(number, call(number)) for number in numbers]

    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        return list(itertools.chain(*threads.map(ask, range(THREADS))))


@pytest.mark.filterwarnings("ignore:.*tokens:UserWarning")  # of questions that are longer than the model reads
@pytest.mark.parametrize("what", ["predictor", "export"])
@pytest.mark.parametrize("kind", KINDS)
def test_eight_threads_are_answered_as_one_and_nothing_grows(made, kind, what):
    call, rows = calls_of(kind, made, what)
    wanted = [call(number) for number in range(rows)]
    assert any(serve_load.differs(wanted[0], other) for other in wanted[1:])  # a mix-up would be seen
    in_threads(call, rows, 4 * THREADS)  # each thread has its own memory
    for _ in range(3):  # what is made once is made in one of them, what stays from call to call in all
        before = grown()
        answers = in_threads(call, rows, CALLS)
        traced = grown()[0] - before[0]
        assert len(answers) == CALLS
        wrong = [(number, answer) for number, answer in answers if serve_load.differs(answer, wanted[number])]
        assert wrong == []
        del answers
        graphs, objects, resident = (now - then for now, then in zip(grown(), before, strict=True))
        assert graphs <= 0 and traced <= 0, "a graph was traced again"  # those of other tests may go
        if objects < CALLS / 2 and resident < GROWTH:
            return
    pytest.fail(f"after each round of {CALLS} calls there are {objects} objects and {resident} bytes more")


def grown():
    """Traced graphs, objects that Python knows of, and bytes of memory."""
    gc.collect()
    there = gc.get_objects()
    resident = int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if STATM.is_file() else 0
    return sum(isinstance(one, FuncGraph) for one in there), len(there), resident


def test_what_grows_is_seen():
    kept, traced = [], tf.function(lambda value: value + 1)
    traced(tf.constant(1))
    before = grown()
    for number in range(1, CALLS):
        kept.append([number])
    traced(tf.constant(1.0))
    after = grown()
    assert after[0] > before[0] and after[1] - before[1] > CALLS / 2


@pytest.mark.skipif(importlib.util.find_spec("uvicorn") is None, reason="bk.serve needs uvicorn, of the extra `serve`")
@pytest.mark.filterwarnings("ignore:.*tokens:UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_eight_clients_of_a_server_see_no_error_and_no_wrong_answer(made, kind):
    predictor = made(kind)[0]
    instances = serve_load.instances_of(tuple(predictor.table_columns))
    pairs = list(zip(instances, serve_load.expected(predictor, instances), strict=True))
    with RestServer(lambda: Servable.of(predictor, kind), kind) as server:
        for rows in (1, 5):
            counts = serve_load.load(server.host, f"{server.path}:predict", pairs, THREADS, rows, SECONDS)
            assert counts.errors == [] and counts.wrong == []
            assert len(counts.seconds) >= THREADS
