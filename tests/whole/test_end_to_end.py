"""The flow of the README with real pretrained weights, where the sample encoder's package is installed."""

import runpy

import numpy as np
import tensorflow as tf
from paths import ROOT
from real_data import needs_sample

import bert_keras as bk

SENTENCES = ["Not once did it fail.", "A pity about the mould in the bathroom."]


@needs_sample
def test_finetune_load_export(tmp_path):
    task = bk.load_task("samples/reviews", seq_length=32, limit=32)
    recipe = bk.Recipe(epochs=1, batch_size=16, learning_rate=1e-4)
    result = bk.finetune(task, "sample/all-MiniLM-L6-v2", tmp_path / "model", recipe=recipe)
    assert 0.0 <= result.metrics["accuracy"] <= 1.0 and result.model.encoder.config.parameters > 22_000_000
    predictor = bk.load(tmp_path / "model")
    answer = predictor(SENTENCES[0])
    assert answer.label in ("negative", "positive") and 0.5 <= answer.score <= 1.0
    served = tf.saved_model.load(bk.export(tmp_path / "model", tmp_path / "served"))
    answers = served.signatures["serving_default"](text=tf.constant(SENTENCES))
    np.testing.assert_allclose(answers["probabilities"].numpy(), predictor.probabilities(SENTENCES), rtol=0, atol=1e-6)


def test_the_demo_is_whole():
    demo = runpy.run_path(str(ROOT / "examples" / "demo.py"))
    assert callable(demo["main"]) and len(demo["SENTENCES"]) == 5 and len(demo["QUESTIONS"]) == 4
    for script in ("SERVE", "SERVE_ANSWERS"):
        compile(demo[script], script, "exec")
