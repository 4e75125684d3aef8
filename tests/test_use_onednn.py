"""oneDNN: turned on where TensorFlow leaves it off on a CPU with AVX2, unless the user or TensorFlow was first."""

import importlib
import os
import subprocess
import sys

import pytest

module = importlib.import_module("bert_keras.use_onednn")  # `bert_keras.use_onednn` is the function of that name

ZEN_3 = {"sse4_2", "avx", "avx2", "fma"}


@pytest.fixture
def undecided(monkeypatch):
    """As in a Python in which neither the variable is set nor TensorFlow imported."""
    monkeypatch.delenv(module.VARIABLE, raising=False)
    monkeypatch.delitem(sys.modules, "tensorflow")
    return monkeypatch


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (ZEN_3, True),
        (ZEN_3 | {"avx512f"}, True),  # an AVX-512 without instructions for neural networks
        (ZEN_3 | {"avx512f", "avx512_vnni"}, False),
        (ZEN_3 | {"avx_vnni"}, False),
        (ZEN_3 - {"fma"}, False),
        (set(), False),
    ],
)
def test_it_is_on_where_it_pays(undecided, flags, expected):
    assert module.use_onednn(flags) is expected
    assert os.environ.get(module.VARIABLE) == ("1" if expected else None)
    assert ("on, by TF_ENABLE_ONEDNN_OPTS=1" in module.onednn_state()) is expected


@pytest.mark.parametrize("value", ["0", "1"])
def test_the_user_decides(undecided, value):
    undecided.setenv(module.VARIABLE, value)
    assert module.use_onednn(ZEN_3) is False and os.environ[module.VARIABLE] == value
    assert module.onednn_state() == f"oneDNN: {'on' if value == '1' else 'off'}, by TF_ENABLE_ONEDNN_OPTS={value}"


def test_it_is_too_late_after_tensorflow(monkeypatch):
    monkeypatch.delenv(module.VARIABLE, raising=False)
    assert module.use_onednn(ZEN_3) is False and module.VARIABLE not in os.environ
    assert module.onednn_state().startswith("oneDNN: as TensorFlow has it")


def test_the_import_looks_at_this_cpu():
    environment = {name: value for name, value in os.environ.items() if name != module.VARIABLE}
    code = f"import os, bert_keras; print(os.environ.get('{module.VARIABLE}'))"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    flags = module.cpu_flags()
    pays = flags >= {"avx2", "fma"} and not flags & {"avx512_vnni", "avx_vnni", "avx512_bf16", "amx_tile"}
    assert done.stdout.strip() == ("1" if pays else "None")
