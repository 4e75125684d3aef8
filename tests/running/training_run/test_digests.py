"""What several workers compare differs where their ids or their labels do, of every kind of task."""

import dataclasses

import numpy as np
import pytest
import questions
import tagging
import tiny

from bert_keras.running.training_run.digests import digests
from bert_keras.text.tokenizer import Tokenizer


def changed_labels(split):
    if hasattr(split, "labels"):
        values = split.labels.flat_values.numpy()
        values[np.flatnonzero(values > 0)[0]] = 0
        return dataclasses.replace(split, labels=split.labels.with_flat_values(values))
    labels = (
        {n: c.copy() for n, c in split.examples.labels.items()} if isinstance(split.examples.labels, dict) else None
    )
    changed = split.examples.labels.copy() if labels is None else labels["start_logits"]
    changed[0] += 1
    return dataclasses.replace(split, examples=dataclasses.replace(split.examples, labels=labels or changed))


@pytest.mark.parametrize("make", [tiny.task_data, questions.question_data, tagging.tagging_data])
def test_another_label_is_another_digest(make, tmp_path):
    encoder = questions.encoder(tmp_path)
    data = make(encoder)
    wanted = digests({"seed": 1}, data, encoder)
    assert digests({"seed": 1}, make(encoder), encoder) == wanted
    data.splits["train"] = changed_labels(data.splits["train"])
    found = digests({"seed": 1}, data, encoder)
    assert {name for name in wanted if wanted[name] != found[name]} == {"train"}
    encoder.tokenizer = Tokenizer(encoder.tokenizer.vocab_file, lower_case=not encoder.tokenizer.lower_case)
    changed = digests({"seed": 1}, data, encoder)
    assert {name for name in found if found[name] != changed[name]} == {"vocabulary"}
    assert digests({"seed": 2}, data, encoder)["settings"] != wanted["settings"]
