"""The way from rows to a served model where tensorflow-text cannot be imported, as on Windows and Python 3.14."""

import subprocess
import sys

import tuned
from paths import ROOT

PROGRAM = """
import sys
sys.modules["tensorflow_text"] = None  # importing it raises ImportError
import warnings
import numpy as np
import tensorflow as tf
import bert_keras as bk

encoder, out = sys.argv[1:]
quiet = {"say": lambda line: None}
recipe = bk.Recipe(epochs=1, batch_size=8)
task = bk.load_task("samples/reviews", limit=32, seq_length=32)
result = bk.finetune(task, encoder, f"{out}/texts", recipe=recipe, **quiet)
texts = ["Not once did it fail.", "", "ünïted ﬁsh 中 e\\u0301"]
predictor = bk.load(result.folder)
answers = predictor(texts)
assert bk.evaluate(result.folder)
served = tf.saved_model.load(bk.export(result.folder, f"{out}/served"))
found = served.signatures["serving_default"](text=tf.constant(texts))
assert [label.decode() for label in found["label"].numpy()] == [answer.label for answer in answers]

entities = bk.load_task("samples/entities", limit=24, seq_length=48)
tags = bk.finetune(entities, encoder, f"{out}/tags", recipe=recipe, **quiet)
assert len(bk.load(tags.folder)(["the good film"])) == 1
asked = bk.load_task("samples/questions", limit=16, seq_length=48, doc_stride=16, max_query_length=16)
questions = bk.finetune(asked, encoder, f"{out}/questions", recipe=recipe, **quiet)
assert len(bk.load(questions.folder)(["What is good?"], ["The film is good."])) == 1
try:
    bk.learn_vocabulary(texts, f"{out}/vocab.txt", size=40)
except ImportError as error:
    assert "learns with tensorflow-text, which is not here" in str(error), error
else:
    raise AssertionError("learned without the learner")
assert sys.modules["tensorflow_text"] is None
print("ALL WELL")
"""


def test_all_but_learning_a_vocabulary_works(tmp_path):
    encoder = tuned.write_encoder(tmp_path / "encoder")
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(encoder), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "ALL WELL" in done.stdout, done.stdout[-1000:] + done.stderr[-3000:]
