"""The architecture, checked: imports go down, each third-party name has one home, Keras is Keras 3."""

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1] / "bert_keras"
FILES = sorted(ROOT.rglob("*.py"))

# A package or module of bert_keras, and its layer. See docs/architecture.md.
LAYERS = {
    "features": 0,
    "checks": 0,
    "markup": 0,
    "disk": 1,
    "hub": 1,
    "text": 1,
    "metrics": 1,
    "optimization": 1,
    "encoders": 2,
    "models": 2,
    "data": 2,
    "training": 3,
    "evaluation": 3,
    "model_folder": 3,
    "planning": 3,
    "predictors": 4,
    "finetuning": 4,
    "exporting": 5,
    "inspection": 5,
    "installation": 5,
    "pretraining": 5,
    "cli": 6,
    "__init__": 6,
    "__main__": 7,
}
HOMES = {
    "tensorflow_hub": "hub",
    "tensorflow_text": "text",
    "tensorflow_datasets": "data",
    "typer": "cli",
    "matplotlib": "inspection",
}
# The native encoder stands without TensorFlow.
LAZY = {("encoders/encoder.py", f"bert_keras.text.{name}") for name in ("preprocessor", "windows", "word_windows")}

# An extra, and not needed by what does not draw.
OPTIONAL = {("inspection/plot.py", "matplotlib.figure")}


def unit(path):
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path):
    """(module, whether it stands inside a function) of each import statement."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, id(node) in inner
        elif isinstance(node, ast.ImportFrom):
            if node.module == "bert_keras":
                for name in node.names:
                    yield f"bert_keras.{name.name}", id(node) in inner
            else:
                yield node.module, id(node) in inner


def test_every_module_has_a_layer():
    assert {unit(path) for path in FILES} == set(LAYERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path):
    mine = unit(path)
    for module, _ in imports(path):
        parts = module.split(".")
        if parts[0] != "bert_keras" or len(parts) == 1:
            continue
        other = parts[1]
        if other == mine:
            continue
        if (str(path.relative_to(ROOT)), module) in LAZY:
            continue
        assert LAYERS[other] < LAYERS[mine], (
            f"{path.name} (layer {LAYERS[mine]}) imports {module} (layer {LAYERS[other]})"
        )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_hides_in_a_function(path):
    hidden = {module for module, inside in imports(path) if inside}
    allowed = {module for file, module in LAZY | OPTIONAL if file == str(path.relative_to(ROOT))}
    assert hidden <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_third_party_names_have_one_home_and_keras_is_keras_3(path):
    for module, _ in imports(path):
        top = module.split(".")[0]
        assert top != "tf_keras"
        assert HOMES.get(top, unit(path)) == unit(path), f"{path.name} imports {module}, whose home is {HOMES[top]}"
    names = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tf"
    ]
    assert "keras" not in names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_importing_the_package_loads_nothing_heavy():
    heavy = (
        "tensorflow keras numpy sklearn scipy tensorflow_text tensorflow_datasets tensorflow_hub safetensors".split()
    )
    code = f"import sys, bert_keras, bert_keras.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_had():
    import bert_keras

    assert [name for name in bert_keras.__all__ if getattr(bert_keras, name, None) is None] == []
    with pytest.raises(AttributeError, match=r"has no attribute 'load_enkoder'; it has .*load_encoder"):
        _ = bert_keras.load_enkoder
