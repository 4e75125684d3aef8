"""Keras finds the library's classes after a plain import, whichever of the two is imported first."""

import ast
import importlib
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tiny

import bert_keras as bk
from bert_keras.register_with_keras import CLASSES, PACKAGE

LIBRARY = pathlib.Path(bk.__file__).parent


def _registered():
    """The classes that the source registers with Keras, with their modules."""
    found = {}
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and "register_keras" in "".join(map(ast.unparse, node.decorator_list)):
                found[node.name] = ".".join(path.relative_to(LIBRARY).with_suffix("").parts)
    return found


def test_the_table_is_that_of_the_source():
    former = {"WarmupLinearDecay": "optimization.warmup_decay"}  # a name that older files hold
    assert _registered() | former == CLASSES
    for name, module in _registered().items():
        own = getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)
        assert keras.saving.get_registered_object(f"{PACKAGE}>{name}") is own


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A model in a file, with its input's and its output's arrays beside it."""
    folder = tmp_path_factory.mktemp("keras_names")
    model = bk.TextClassifier(tiny.native_encoder(), 3, seed=0)
    x, y = tiny.features(rows=4), np.arange(4) % 3
    model.compile(metrics=["accuracy", "auc"])
    model.fit(x, y, verbose=0)
    model.save(folder / "model.keras")
    np.savez(folder / "x.npz", **x)
    np.save(folder / "out.npy", model.predict(x, verbose=0))
    return folder / "model.keras"


LOAD = """
{imports}
import sys
assert not any(name.startswith("bert_keras.encoders") for name in sys.modules), "it is loaded when it is needed"
import keras, numpy as np
model = keras.models.load_model({file!r})
found = model.predict(dict(np.load({x!r})), verbose=0)
np.testing.assert_allclose(found, np.load({out!r}), atol=1e-6)
assert type(model.optimizer).__module__ == "bert_keras.optimization.adamw", type(model.optimizer)
assert "keras" in sys.modules and not any(type(finder).__name__ == "_AfterKeras" for finder in sys.meta_path)
print("loaded", type(model).__module__)
"""


@pytest.mark.parametrize("imports", ["import bert_keras", "import keras\nimport bert_keras"])
def test_a_file_loads_in_a_fresh_process(file, imports):
    names = {"file": str(file), "x": str(file.with_name("x.npz")), "out": str(file.with_name("out.npy"))}
    code = LOAD.format(imports=imports, **names)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=LIBRARY.parent, check=False)
    assert done.stdout == "loaded bert_keras.text_classification.text_classifier\n", done.stderr[-2000:]


def test_a_plain_import_loads_nothing_heavy():
    code = "import bert_keras, sys; print([m for m in ('keras', 'tensorflow', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=LIBRARY.parent, check=True)
    assert done.stdout == "[]\n"
