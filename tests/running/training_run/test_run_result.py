"""What a run gives back, and how a notebook shows it."""

import dataclasses
import json
import pathlib

import pytest
from tags import Tags

from bert_keras.running.training_run.run_result import FinetuneResult, PretrainResult

HISTORY = [
    {"epoch": 1, "logs": {"loss": 0.71234, "val_f1": 0.5}},
    {"epoch": 2, "logs": {"loss": 0.5, "val_f1": 0.8125}},
    {"epoch": 3, "logs": {"loss": 1e-05}},
]
RESULT = FinetuneResult("runs/<b>", {"f1": 0.8125, "f1_<i>": 0.5}, 2, HISTORY, 0.125, 61.2, None)


def test_it_is_of_the_run(tuned_run):
    folder = pathlib.Path(tuned_run.folder)
    config = json.loads((folder / "config.json").read_text())
    told = {name: config[name] for name in ("metrics", "best_epoch", "history", "padding_share")}
    assert told == {name: getattr(tuned_run, name) for name in told}
    assert tuned_run.seconds > 0 and tuned_run.model.encoder.tokenizer is not None
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
        tuned_run.folder = "x"


def test_a_notebook_shows_the_epochs_and_the_one_that_was_kept():
    shown = RESULT._repr_html_()
    assert Tags(shown).text  # whole tags, and no name of the user's among them
    assert "<b>runs/&lt;b&gt;</b>: f1 0.8125, f1_&lt;i&gt; 0.5000" in shown
    assert "(epoch 2, 1 min 1 s, 12.5% padding)" in shown
    assert shown.count("<b>2</b>") == 1 and "<b>1</b>" not in shown
    for value in ("0.7123", "0.8125", "1e-05"):
        assert f"{value}</td>" in shown
    names = [shown.index(f">{name}<") for name in ("epoch", "loss", "val_f1")]
    assert names == sorted(names)


def test_a_pretrained_encoder_has_what_was_measured_before():
    before = {"masked_accuracy": 0.1, "perplexity": 90.0}
    result = PretrainResult(**vars(RESULT), before=before)
    assert isinstance(result, FinetuneResult) and result.before == before
    assert {**vars(result)} == {**vars(RESULT), "before": before}
    assert result._repr_html_() == RESULT._repr_html_()
