"""`models`: the tuned model that prediction and start-up answer with, made once in a run of the benchmark."""

import pathlib
import sys

from common.bench import REFERENCE, Bench
from common.processes import timed
from environments import python_of


def models(bench: Bench) -> pathlib.Path:
    """The folder with `bert_keras/`, `served/`, `onnx/`, `huggingface/` and `model.onnx`, all of the same weights."""
    folder = bench.work / "models"
    if not folder.is_dir():
        bench.say("\ntuning a model, and writing it in the form of each system")
        folder.mkdir()
        timed([sys.executable, "-m", "systems.make_models", str(bench.data), str(folder)])
        timed([str(python_of(REFERENCE)), "-m", "systems.make_huggingface_models", str(folder)])
    return folder
