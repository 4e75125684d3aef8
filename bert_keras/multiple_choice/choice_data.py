"""`ChoiceData`: prompts with several choices each, ready for `model.fit`."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.split import BatchOrder, Split, check_labels
from bert_keras.data.task_data import Parts, with_ladder
from bert_keras.features import MULTIPLE_CHOICE, SINGLE_LABEL
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text_classification.text_data import preprocessor_of

_ENCODE_ROWS = 1024  # prompts tokenized in one call


@dataclasses.dataclass(frozen=True, eq=False)
class ChoiceData(Parts):
    """What `bk.load_choices` returns: `model.fit(data.train, validation_data=data.validation)`.

    Features are int32 [batch, num_choices, longest row of the batch], labels int32 [batch], the right choices' numbers.

    Args:
        task: the task's name.
        splits: by name: "train", "validation", "test". `examples.texts` are the prompts and a column for each choice.
        batch_size: prompts a batch.
        seq_length: tokens that a prompt and a choice together are cut to.
        num_choices: of each prompt.
        order: the order of `train`'s batches; its `epoch` is the number of the next one.
    """

    kind: ClassVar[str] = MULTIPLE_CHOICE
    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)
    task: str
    splits: dict[str, Split]
    batch_size: int
    seq_length: int
    num_choices: int
    order: BatchOrder | None

    def config(self) -> dict[str, Any]:
        return {"seq_length": self.seq_length}

    def facts(self) -> list[str]:
        lines = [f"{self.num_choices} choices each: a batch is {self.batch_size * self.num_choices} rows of tokens"]
        for name, split in self.splits.items():
            if split.truncated:
                what = f"have a choice that is longer than {self.seq_length} tokens with its prompt, and was cut"
                lines.append(f"{split.truncated:,} of {len(split):,} {name} prompts {what}")
        return lines + self.shape_facts()


def make_choice_data(
    task: str,
    examples: dict[str, Examples],
    encoder: Any,
    *,
    seq_length: int = 128,
    batch_size: int = 16,
    seed: int = 0,
    static_shapes: bool = False,
) -> ChoiceData:
    """Checks labels and tokenizes every split. `encoder` is an encoder or a `Tokenizer`."""
    checks.integer("batch_size", batch_size, 1)
    checks.integer("seq_length", seq_length, 5)
    counts = {name: len(rows.texts) - 1 for name, rows in examples.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(checks.message("choices", "be as many in each part", counts))
    num_choices = next(iter(counts.values()))
    preprocessor = preprocessor_of(encoder, seq_length)
    for name, rows in examples.items():
        if rows.labels is not None or not name.startswith("test"):
            check_labels(rows, SINGLE_LABEL, num_choices)
    splits = {name: make_choice_split(rows, preprocessor) for name, rows in examples.items()}
    splits = with_ladder(splits, static_shapes, seq_length)
    order = splits["train"].order(batch_size, shuffle=True, seed=seed) if "train" in splits else None
    return ChoiceData(task, splits, batch_size, seq_length, num_choices, order)


def make_choice_split(examples: Examples, preprocessor: Preprocessor) -> Split:
    """Tokenizes prompts and choices, once, and counts the prompts of which a row lost tokens to seq_length."""
    tokenizer, choices = preprocessor.tokenizer, len(examples.texts) - 1
    words, types, truncated = [], [], 0
    for start in range(0, len(examples), _ENCODE_ROWS):
        prompts, *columns = (tokenizer(list(column[start : start + _ENCODE_ROWS])) for column in examples.texts)
        made = [preprocessor.join([prompts, column]) for column in columns]
        # From [choices * rows] to [rows * choices]: the choices of a prompt one behind the other.
        rows = int(prompts.nrows())
        order = np.arange(choices * rows).reshape(choices, rows).T.reshape(-1)
        words.append(tf.gather(tf.concat([word_ids for word_ids, _ in made], axis=0), order))
        types.append(tf.gather(tf.concat([type_ids for _, type_ids in made], axis=0), order))
        longest = tf.reduce_max(tf.stack([column.row_lengths() for column in columns]), axis=0)
        full = prompts.row_lengths() + longest + 3
        truncated += int(tf.math.count_nonzero(full > preprocessor.seq_length))
    return Split(examples, tf.concat(words, axis=0), tf.concat(types, axis=0), truncated, sequences=choices)
