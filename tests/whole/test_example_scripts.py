"""The scripts in examples/: each runs with --small, and its first lines say how to call it and what was seen."""

import ast
import os
import re
import subprocess
import sys

import pytest
from paths import ROOT
from real_data import needs_sample

# `make demo` runs demo.py; its parts are those of test_end_to_end.py.
SCRIPTS = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem != "demo")
# What a run with --small must have printed, and the files that it must have left.
PRINTED = {
    "classify_csv": ["test, 45 rows: accuracy 0.", "ready to train on", "A comet brighter than the moon"],
    "export_and_serve": ["The zip broke on the second day."],
    "glue_task": ["mrpc dev: accuracy "],
    "own_training_loop": ["epoch 1: mean loss 0.", "on 236 sentences not trained on"],
    "question_answering": ["dev: f1 ", "Who built the lift?", "characters "],
    "sharded_bert": ["loaded on TensorFlow, probabilities differ by "],
}
LEFT = {
    "classify_csv": "runs/topics/config.json",
    "export_and_serve": "served/reviews/1/saved_model.pb",
    "glue_task": "runs/glue/mrpc/config.json",
    "question_answering": "runs/questions/predictions.json",
    "sharded_bert": "runs/sharded/config.json",
}

every_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)


def test_every_script_is_listed():
    assert [path.stem for path in SCRIPTS] == sorted(PRINTED)


@every_script
def test_the_first_lines_say_command_hardware_time_and_score(path):
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert f"python examples/{path.name}" in told and "--small" in told
    assert re.search(r"\b(?:two|2 CPU) cores\b", told)
    assert re.search(r"\d (?:s|min)\b", told) and re.search(r"(?:accuracy|F1) \d", told)


@needs_sample
@pytest.mark.slow
@every_script
def test_a_script_runs_with_small(path, tmp_path):
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, str(path), "--small"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=600)
    assert done.returncode == 0, done.stderr
    for text in PRINTED[path.stem]:
        assert text in done.stdout, text
    assert path.stem not in LEFT or (tmp_path / LEFT[path.stem]).is_file()
