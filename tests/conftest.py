"""What all tests share: quiet TensorFlow on the CPU, three logical devices, and tiny encoders made once a session."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # compiling is nearly all that XLA does here

import io
import json
import math
import pathlib
import sys
import time

import encoders
import keras
import once
import pytest
import tensorflow as tf
import tuned

from bert_keras import cli

gc.set_threshold(50_000, 10, 10)  # traces are many small objects that stay: looking for garbage took its time
_CPUS = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(_CPUS[0], [tf.config.LogicalDeviceConfiguration()] * 3)


_SECONDS = pathlib.Path(__file__).with_name("seconds.json")  # by file; see `make seconds`
_LONG_CASES = pathlib.Path(__file__).with_name("long_cases.json")  # the same
_QUICK = 4.0  # seconds; `make quick` runs the files that take less


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # the process that starts the others
        once.start()


def pytest_addoption(parser):
    parser.addoption(
        "--shorter",
        action="store_true",
        help="Of the cases of a test that take long, the shortest alone; no thorough test.",
    )


def pytest_collection_modifyitems(config, items):
    """Files that take long come first, and those that were never timed."""
    if config.getoption("--shorter"):
        _leave_out(config, items)
    seconds = json.loads(_SECONDS.read_text(encoding="utf-8")) if _SECONDS.is_file() else {}
    for item in items:
        if seconds.get(_file_of(item), _QUICK) < _QUICK:
            item.add_marker(pytest.mark.quick)
    items.sort(key=lambda item: -seconds.get(_file_of(item), math.inf))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Times each test where BERT_KERAS_SECONDS names a folder; by the clock, as notebooks run in nobody's child."""
    folder, start = os.environ.get("BERT_KERAS_SECONDS"), time.monotonic()
    try:
        return (yield)
    finally:
        if folder:
            line = json.dumps([_file_of(item), item.name, round(time.monotonic() - start, 2)])
            with open(pathlib.Path(folder) / f"{os.getpid()}.jsonl", "a", encoding="utf-8") as file:
                file.write(line + "\n")


def _leave_out(config, items):
    """What is marked as thorough, and of a parametrised test's cases in `long_cases.json` all but the shortest."""
    long = json.loads(_LONG_CASES.read_text(encoding="utf-8"))  # seconds by case

    def test_of(item):
        return _file_of(item), getattr(item, "originalname", item.name), item.cls

    shortest, left, kept = {}, [], []
    for place, item in enumerate(items):
        seconds = long.get(f"{_file_of(item)}::{item.name}")
        if seconds is not None:
            shortest[test_of(item)] = min(shortest.get(test_of(item), (math.inf, place)), (seconds, place))
    for place, item in enumerate(items):
        is_long = f"{_file_of(item)}::{item.name}" in long
        is_left = item.get_closest_marker("thorough") or (is_long and shortest[test_of(item)][1] != place)
        (left if is_left else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def _file_of(item):
    return str(item.path.relative_to(pathlib.Path(__file__).parent).with_suffix(""))


def pytest_collection_finish():
    gc.freeze()  # what the imports left


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        once.end()


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(11)


@pytest.fixture
def policy():
    """Sets Keras' global dtype policy for one test."""
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def dict_encoder() -> pathlib.Path:
    """A tiny TF-Hub encoder of the dict dialect, with `mlm`."""
    return encoders.shared_encoder("dict")


@pytest.fixture(scope="session")
def list_encoder() -> pathlib.Path:
    """A tiny TF-Hub encoder of the list dialect."""
    return encoders.shared_encoder("list")


@pytest.fixture(scope="session")
def tiny_encoder() -> pathlib.Path:
    """A BERT of one layer with random weights, as a SavedModel with a vocabulary: do not change it."""
    return tuned.shared_encoder()


@pytest.fixture(scope="session")
def vocab_file(tmp_path_factory) -> pathlib.Path:
    return encoders.write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


@pytest.fixture
def command(capfd, monkeypatch):
    """Runs `bert-keras ARGUMENTS` in this process; returns exit status, standard output and standard error."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["bert-keras", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code
        return status or 0, *capfd.readouterr()

    return run
