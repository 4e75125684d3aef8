"""Small encoders, sentences and batches for the tests of models, data and training."""

import keras
import numpy as np
from encoders import VOCABULARY, write_vocabulary
from keras import ops

from bert_keras.data.examples import Examples
from bert_keras.data.task import parts_in, reader_of
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_task import TextTask

WORDS = "the film book food room was is very not good bad great poor story phone day night dog cat house".split()
LABELS = {SINGLE_LABEL: ("poor", "good"), MULTI_LABEL: ("film", "food", "good"), REGRESSION: None}
METRICS = {
    SINGLE_LABEL: ("accuracy", "f1"),
    MULTI_LABEL: ("f1_micro", "subset_accuracy"),
    REGRESSION: ("pearson", "spearman"),
}


class SumEncoder(keras.layers.Layer):
    """An encoder without weights, quick to trace: its pooled output depends on the sum of a row's ids alone."""

    WAVES = ((0.7, 1.3, 2.9, 0.11),)
    config = EncoderConfig(None, 4, None, None, None, None, None, 0)

    def call(self, inputs, training=None):
        ids, mask = (inputs["input_word_ids"], inputs["input_mask"]) if isinstance(inputs, dict) else inputs[:2]
        total = ops.sum(ops.cast(ids * mask, "float32"), axis=1, keepdims=True)
        return {"pooled_output": ops.sin(total * ops.convert_to_tensor(self.WAVES))}


def native_encoder(dropout=0.0, num_layers=1, seed=1, **options):
    """A native encoder of the tests' vocabulary, with weights large enough to learn fast."""
    options = {"initializer_range": 0.2, "max_positions": 64, **options}
    return BertEncoder(
        vocab_size=len(VOCABULARY),
        num_layers=num_layers,
        hidden_size=16,
        num_heads=2,
        intermediate_size=32,
        dropout=dropout,
        attention_dropout=dropout,
        seed=seed,
        **options,
    )


def sentences(rows, seed=0, longest=12):
    """Random word rows of 1 to `longest` words; every word is one piece of the tests' vocabulary."""
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(1, longest + 1))) for _ in range(rows)]


def labels_of(texts, problem_type=SINGLE_LABEL):
    """Labels that can be read off the texts."""
    if problem_type == SINGLE_LABEL:
        return np.array(["good" in text.split() for text in texts], "int32")
    if problem_type == MULTI_LABEL:
        return np.array([[word in text.split() for word in LABELS[MULTI_LABEL]] for text in texts], "int32")
    return np.array([len(text.split()) / 4 for text in texts], "float32")


def examples(rows, problem_type=SINGLE_LABEL, seed=0, source="small.tsv"):
    texts = sentences(rows, seed)
    return Examples((texts,), labels_of(texts, problem_type), np.arange(rows), source)


def text_task(splits, problem_type=SINGLE_LABEL, **fields):
    """A task of rows by split that are there already; with one text column, if no field says otherwise."""
    columns = {"label_names": LABELS[problem_type], "metrics": METRICS[problem_type], "text_columns": ("text",)}
    fields = {"name": "tests/small", "problem_type": problem_type, **columns, **fields}
    return TextTask(read=reader_of(splits), parts=parts_in(splits), **fields)


def task(problem_type=SINGLE_LABEL, rows=24, **fields):
    """A task of one text column with train and validation parts."""
    splits = {"train": examples(rows, problem_type), "validation": examples(rows // 2 + 1, problem_type, seed=1)}
    return text_task(splits, problem_type, **{"seq_length": 16, **fields})


def task_data(encoder, problem_type=SINGLE_LABEL, rows=24, **options):
    """`task` as batches for an encoder."""
    return task(problem_type, rows).load(encoder, **{"batch_size": 8, **options})


def features(rows=16, length=9, seed=0):
    """The three features as arrays, without padding."""
    ids = np.random.default_rng(seed).integers(6, len(VOCABULARY), (rows, length)).astype("int32")
    return {"input_word_ids": ids, "input_mask": np.ones_like(ids), "input_type_ids": np.zeros_like(ids)}


def trained_classifier(folder, epochs=2):
    """A classifier of a native encoder, whose vocabulary is written into a folder, and the data it was trained on."""
    encoder = native_encoder()
    encoder.tokenizer = Tokenizer(write_vocabulary(folder))
    data = task_data(encoder)
    model = TextClassifier(encoder, 2, seed=1)
    model.fit(data.train, epochs=epochs, verbose=0)
    return model, data
