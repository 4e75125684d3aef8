"""The scripts in examples/: each runs with --small, and its first lines say how to call it and what was seen."""

import ast
import re

import jax_child
import pytest
import shallow_sample
import warm_python
from encoders import VOCABULARY, write_vocabulary
from paths import ROOT
from real_data import needs_sample

import bert_keras as bk

# `make demo` runs demo.py; its parts are those of test_end_to_end.py.
SCRIPTS = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem != "demo")
# What a run with --small must have printed, and the files that it must have left.
PRINTED = {
    "classify_csv": ["test, 45 rows: accuracy 0.", "ready to train on", "A comet brighter than the moon"],
    "export_and_serve": ["The zip broke on the second day."],
    "glue_task": ["mrpc dev: accuracy "],
    "own_training_loop": ["epoch 1: mean loss 0.", "on 236 sentences not trained on"],
    "predict_with_beam": ["rows answered, 6 set aside; accuracy ", "must hold a text", "is there: True"],
    "gradio_page": ["says ", " of it"],
    "label_studio_backend": ["the backend is at http://127.0.0.1:", "it suggests "],
    "question_answering": ["dev: f1 ", "Who built the lift?", "characters "],
    "sharded_bert": ["loaded on TensorFlow, probabilities differ by "],
    "track_with_mlflow": ["MLflow has accuracy 0.", " parameters"],
    "track_with_tensorboard": ["model/logs/validation/events.out.tfevents.", "own-logs/events.out.tfevents."],
    "track_with_wandb": ["Weights & Biases has accuracy 0.", "of the epoch kept, offline"],
}
LEFT = {
    "classify_csv": "runs/topics/config.json",
    "export_and_serve": "served/reviews/1/saved_model.pb",
    "glue_task": "runs/glue/mrpc/config.json",
    "predict_with_beam": "runs/beam/answers/run.json",
    "question_answering": "runs/questions/predictions.json",
    "sharded_bert": "runs/sharded/config.json",
    "track_with_mlflow": "runs/tracked/config.json",
    "track_with_wandb": "runs/tracked/config.json",
}
NEEDED = {  # the modules that a script cannot do without, and the packages that have them
    "gradio_page": {"gradio": "gradio"},
    "predict_with_beam": {"apache_beam": "apache-beam"},
    "track_with_mlflow": {"mlflow": "mlflow-skinny", "sqlalchemy": "sqlalchemy", "alembic": "alembic"},
    "track_with_wandb": {"wandb": "wandb"},
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
    for module, package in NEEDED.get(path.stem, {}).items():
        pytest.importorskip(module, reason=f"{module} is not installed: pip install {package}")
    assert_it_runs(path, tmp_path)


@pytest.mark.thorough(
    "::test_a_script_runs_with_small",
    "training/test_sharding::test_a_run_on_a_mesh_ends_with_a_model_folder_whose_weights_are_the_trained_ones",
)
@pytest.mark.skipif(not jax_child.is_installed(), reason="jax is not installed: pip install jax")
def test_a_model_is_sharded_over_four_devices_of_jax(tmp_path):
    encoder = bk.BertEncoder(vocab_size=len(VOCABULARY), num_layers=1, hidden_size=16, num_heads=4, max_positions=128)
    encoder.tokenizer = bk.Tokenizer(write_vocabulary(tmp_path))
    bk.save_encoder(encoder, tmp_path / "encoder")
    script = ROOT / "examples" / "sharded_bert.py"
    printed = assert_it_runs(
        script, tmp_path, "--encoder", tmp_path / "encoder", backend="jax", XLA_FLAGS=jax_child.FLAGS
    )
    assert "cpu:3 holds " in printed


def assert_it_runs(path, folder, *options, **environment):
    """Runs a script with --small; returns what it printed."""
    cache = str(shallow_sample.cache())
    done = warm_python.run(path, "--small", *options, cwd=folder, TFHUB_CACHE_DIR=cache, **environment)
    assert done.returncode == 0, done.stderr
    for text in PRINTED[path.stem]:
        assert text in done.stdout, text
    assert path.stem not in LEFT or (folder / LEFT[path.stem]).is_file()
    return done.stdout
