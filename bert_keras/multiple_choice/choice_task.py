"""`ChoiceTask`: prompts with several choices each, before an encoder makes ids of them."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.split import Split, check_labels
from bert_keras.data.task import Task, preprocessor_of
from bert_keras.features import SINGLE_LABEL
from bert_keras.multiple_choice.choice_data import ChoiceData
from bert_keras.text.packing import SHORTEST_PAIR, special_tokens
from bert_keras.text.preprocessor import Preprocessor

_ENCODE_ROWS = 1024  # prompts tokenized in one call


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceTask(Task):
    """Prompts of which one of several choices goes on: [CLS] prompt [SEP] choice [SEP], cut to `seq_length`."""

    kind: ClassVar[str] = ChoiceData.kind
    data_class: ClassVar[type[ChoiceData]] = ChoiceData
    default_batch_size: ClassVar[int] = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("seq_length", self.seq_length, SHORTEST_PAIR)

    def tokenize(self, rows: dict[str, Examples], encoder: Any) -> tuple["ChoiceTask", dict[str, Split]]:
        counts = {name: len(examples.texts) - 1 for name, examples in rows.items()}
        if len(set(counts.values())) != 1:
            raise ValueError(checks.message("choices", "be as many in each part", counts))
        preprocessor = preprocessor_of(encoder, Preprocessor, "preprocessor", self.seq_length)
        for name, examples in rows.items():
            if examples.labels is not None or not name.startswith("test"):
                check_labels(examples, SINGLE_LABEL, counts[name])
        return self, {name: make_choice_split(examples, preprocessor) for name, examples in rows.items()}


def make_choice_split(examples: Examples, preprocessor: Preprocessor) -> Split:
    """Tokenizes prompts and choices, once, and counts the prompts of which a row lost tokens to seq_length."""
    tokenizer, choices = preprocessor.tokenizer, len(examples.texts) - 1
    words, types, truncated = [], [], 0
    for start in range(0, len(examples), _ENCODE_ROWS):
        prompts, *columns = (tokenizer(list(column[start : start + _ENCODE_ROWS])) for column in examples.texts)
        pairs = [preprocessor.join([prompts, column]) for column in columns]
        # From [choices * rows] to [rows * choices]: the choices of a prompt one behind the other.
        rows = int(prompts.nrows())
        order = np.arange(choices * rows).reshape(choices, rows).T.reshape(-1)
        words.append(tf.gather(tf.concat([word_ids for word_ids, _ in pairs], axis=0), order))
        types.append(tf.gather(tf.concat([type_ids for _, type_ids in pairs], axis=0), order))
        longest = tf.reduce_max(tf.stack([column.row_lengths() for column in columns]), axis=0)
        full = prompts.row_lengths() + longest + special_tokens(2, preprocessor.pair_layout)
        truncated += int(tf.math.count_nonzero(full > preprocessor.seq_length))
    return Split(examples, tf.concat(words, axis=0), tf.concat(types, axis=0), truncated, sequences=choices)
