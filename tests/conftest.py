"""What all tests share: quiet TensorFlow on the CPU, three logical devices, and tiny encoders made once a session."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import io
import pathlib
import sys

import encoders
import keras
import once
import pytest
import tensorflow as tf
import tuned

from bert_keras import cli

_CPUS = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(_CPUS[0], [tf.config.LogicalDeviceConfiguration()] * 3)


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # the process that starts the others
        once.start()


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        once.end()


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(11)


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
