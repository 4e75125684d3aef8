"""Masked words as a kind: what it is made of, and a run from text to an encoder whose scores are its evaluator's."""

import pytest
import tiny
from encoders import VOCABULARY

from bert_keras.masked_lm.kind import MASKED_LM
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.evaluate import evaluate
from bert_keras.running.pretrain import pretrain

SIZES = {"num_layers": 1, "hidden_size": 16, "num_heads": 2, "max_positions": 64}


def test_it_has_a_model_but_no_task_by_name_and_no_model_folder():
    assert MASKED_LM.name == "masked_lm" and not MASKED_LM.tasks
    assert MASKED_LM.predictor is None and MASKED_LM.served is None
    assert MASKED_LM.opener(["a text"]) is None and MASKED_LM.opener("letters.txt") is None
    task = MASKED_LM.open_files(["day", "night"])
    assert isinstance(task, MASKED_LM.task) and MASKED_LM.task is MaskedTask
    model = MASKED_LM.make_model(None, tiny.native_encoder(), Recipe(seed=3))
    assert isinstance(model, MaskedLM) and model.seed == 3 and MASKED_LM.evaluator is MaskedEvaluator


def test_a_chosen_task_is_pretrained_on_with_its_fields(vocab_file, tmp_path):
    texts = tiny.sentences(60)
    task = load_masked(texts, rows="texts", validation_share=0.1, seq_length=16, masked_share=0.3, limit=40)
    recipe, sizes = Recipe(epochs=1, batch_size=16, seed=2), {**SIZES, "vocab_file": vocab_file}
    said = []
    result = pretrain(task, sizes, tmp_path / "encoder", recipe=recipe, say=said.append)
    assert any(line.strip().startswith("train: 54 texts, 40 rows") for line in said)
    data = task.load(result.model.encoder, batch_size=16, seed=2)
    assert data.split("validation").masker.seed == 2
    assert evaluate(result.model, data) == pytest.approx(result.metrics, rel=1e-5)
    assert set(result.metrics) == {"masked_accuracy", "masked_loss", "perplexity"}
    assert result.model.head.vocab_size == len(VOCABULARY)
