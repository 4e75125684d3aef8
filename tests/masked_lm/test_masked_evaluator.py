"""A model of masked words on held-out text: every masked place counts alike, over batches of unequal sizes."""

import math

import numpy as np
import pytest
import tiny

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier


@pytest.fixture(scope="module")
def data(vocab_file):
    texts, held = tiny.sentences(8), tiny.sentences(21, seed=1)
    return load_masked(texts, Tokenizer(vocab_file), validation=held, rows="texts", batch_size=8, seq_length=16)


@pytest.fixture(scope="module")
def model():
    return MaskedLM(tiny.native_encoder(), seed=2)


def test_scores_are_means_over_all_masked_places(model, data):
    losses, right = [], []
    for features, ids in data.validation:
        logits = model(features, training=False).numpy().astype("float64")
        counts = ids.numpy() >= 0
        losses += (
            np.log(np.exp(logits).sum(-1))
            - np.take_along_axis(logits, np.maximum(ids.numpy(), 0)[..., None], -1)[..., 0]
        )[counts].tolist()
        right += (logits.argmax(-1) == ids.numpy())[counts].tolist()
    assert len(losses) > 21
    measure = MaskedEvaluator(model, data, "validation")
    scores = measure()
    assert scores["masked_loss"] == pytest.approx(np.mean(losses), rel=1e-5)
    assert scores["masked_accuracy"] == pytest.approx(np.mean(right))
    assert scores["perplexity"] == pytest.approx(math.exp(np.mean(losses)), rel=1e-5)
    assert list(scores) == list(data.metrics)
    assert measure() == MaskedEvaluator(model, data, "validation")() == scores  # the mask is the same


def test_what_is_no_such_model_or_task_is_refused(model, data, tmp_path):
    with pytest.raises(TypeError, match=r"`model` must be a bk\.MaskedLM"):
        MaskedEvaluator(TextClassifier(tiny.native_encoder(), seed=1), data, "validation")
    with pytest.raises(ValueError, match="`part` must be a part of this task"):
        MaskedEvaluator(model, data, "test")
    with pytest.raises(ValueError, match="must be a task with a file format for predictions"):
        MaskedEvaluator(model, data, "validation").write_predictions(tmp_path)
