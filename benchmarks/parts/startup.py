"""Start-up: seconds of a fresh process from the shell's prompt to its first answer and its end."""

import sys
from typing import Any

from common.bench import OURS, REFERENCE, Bench
from common.processes import timed
from common.ratios import turns, with_ratios
from environments import python_of

from parts.models import models

_TEXT = "a text of some words"
_OURS = "import bert_keras as bk; print(bk.load('{models}/bert_keras')('{text}').label)"
_OURS_ONNX = _OURS.replace("bert_keras')", "onnx')")
_SERVED = """import tensorflow as tf
served = tf.saved_model.load('{models}/served')
print(served.signatures['serving_default'](text=tf.constant(['{text}']))['label'])"""
_THEIRS = """import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained('{models}/huggingface')
model = AutoModelForSequenceClassification.from_pretrained('{models}/huggingface').eval()
with torch.inference_mode():
    print(model(**tokenizer(['{text}'], return_tensors='pt')).logits.argmax())"""
_ONNX = """import numpy, onnxruntime, tokenizers
encoded = tokenizers.Tokenizer.from_file('{models}/huggingface/tokenizer.json').encode('{text}')
arrays = dict(input_ids=encoded.ids, attention_mask=encoded.attention_mask, token_type_ids=encoded.type_ids)
session = onnxruntime.InferenceSession('{models}/model.onnx')
print(session.run(None, dict((name, numpy.array([row])) for name, row in arrays.items()))[0].argmax())"""


def run(bench: Bench) -> dict[str, Any]:
    """The figures of each system."""
    folder = models(bench)
    bench.say("\nstart-up")
    programs = {
        f"{OURS} folder": (sys.executable, _OURS),
        f"{OURS} export": (sys.executable, _SERVED),
        f"{OURS} ONNX": (sys.executable, _OURS_ONNX),
        REFERENCE: (str(python_of(REFERENCE)), _THEIRS),
        "onnxruntime": (str(python_of(REFERENCE)), _ONNX),
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(-1, bench.rounds):  # the first fills the disk's cache, and does not count
        for name in turns(list(programs), number + 1):
            python, program = programs[name]
            taken = timed([python, "-c", program.format(models=folder, text=_TEXT)])
            if number >= 0:
                seconds[name].append(taken)
    bench.say(", ".join(f"  {name} {values[-1]:.1f} s" for name, values in seconds.items()))
    return {"systems": with_ratios(seconds, REFERENCE)}
