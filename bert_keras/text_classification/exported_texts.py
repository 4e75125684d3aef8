"""`ExportedTexts`: an exported classifier on strings, by the program that runs it. Loads nothing heavy."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.features import (
    FEATURE_NAMES,
    MASK,
    MAX_WINDOWS,
    MULTI_LABEL,
    SINGLE_LABEL,
    TRUNCATE,
    TYPE_IDS,
    WORD_IDS,
)
from bert_keras.text_classification.text_answers import TextAnswers

_Sequence = tuple[list[int], int]  # ids, special ones included, and where those of type 1 begin
_SORTED_ROWS = 4096  # texts that are sorted by length together, as a TextPredictor sorts them


class ExportedTexts(TextAnswers):
    """A classifier that was exported to ids: called as a `TextPredictor`, with the same answers.

    Args:
        run: called with the three features, int64 [batch, length]; gives outputs by name, of which `logits` float32
            [batch, classes] is one.
        tokenizer: of Hugging Face's `tokenizers`; what it says of cutting and padding is not looked at, as rows are cut
            as in training.
        config: `labels`, `text_columns`, `seq_length`, `problem_type`, `task`, `pad_id`; `long_text`, `max_windows` and
            `abstain_below` where a model has them.
        batch_size: texts that are run together.

    Raises:
        ValueError: for a tokenizer without the special pieces of BERT.
    """

    def __init__(
        self,
        run: Callable[[dict[str, np.ndarray]], Mapping[str, np.ndarray]],
        tokenizer: Any,
        config: dict[str, Any],
        batch_size: int = 32,
    ) -> None:
        self.run = run
        self.config = config
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.labels = None if config["labels"] is None else tuple(config["labels"])
        self.problem_type = config["problem_type"]
        self._tokenizer = tokenizer
        self._cls, self._sep = (_special(tokenizer, piece) for piece in ("[CLS]", "[SEP]"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.thresholds()  # says what is wrong with the config's own

    def _probabilities(self, columns: tuple[list[str], ...]) -> np.ndarray:
        logits = self._logits(columns)
        if self.problem_type == SINGLE_LABEL:
            shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
            return shares / shares.sum(axis=-1, keepdims=True)
        return 1.0 / (1.0 + np.exp(-logits)) if self.problem_type == MULTI_LABEL else logits

    def _logits(self, columns: tuple[list[str], ...]) -> np.ndarray:
        width = 1 if self.labels is None else len(self.labels)
        logits = np.zeros((len(columns[0]), width), "float32")
        if len(logits) <= self.batch_size:
            if len(logits):
                logits[:] = self._mean_logits(self._rows(columns))
            return logits
        with bar("predicting", len(logits)) as shown:
            for start in range(0, len(logits), _SORTED_ROWS):
                rows = self._rows(tuple(column[start : start + _SORTED_ROWS] for column in columns))
                order = np.argsort([sum(len(words) for words, _ in row) for row in rows], kind="stable")
                for first in range(0, len(order), self.batch_size):
                    chosen = order[first : first + self.batch_size]
                    logits[start + chosen] = self._mean_logits([rows[number] for number in chosen])
                    shown(start + min(first + self.batch_size, len(order)))
        return logits

    def _rows(self, columns: tuple[list[str], ...]) -> list[list[_Sequence]]:
        """What the network is given of each text or pair."""
        encoded = [self._tokenizer.encode_batch(column, add_special_tokens=False) for column in columns]
        return [self._sequences(*(one.ids for one in row)) for row in zip(*encoded, strict=True)]

    def _sequences(self, first: list[int], second: list[int] | None = None) -> list[_Sequence]:
        """[CLS] a [SEP], all windows of a long text, or [CLS] a [SEP] b [SEP], cut as in training."""
        if second is None:
            is_cut = self.config.get("long_text", TRUNCATE) == TRUNCATE
            room, most = self.config["seq_length"] - 2, 1 if is_cut else self.config.get("max_windows", MAX_WINDOWS)
            parts = [first[begin : begin + room] for begin in range(0, max(len(first), 1), room)]
            return [([self._cls, *part, self._sep], len(part) + 2) for part in parts[:most]]
        room = self.config["seq_length"] - 3
        share = (room + 1) // 2  # of an odd one the first text has the token more
        kept = first[: max(share, room - len(second))], second[: max(room - share, room - len(first))]
        return [([self._cls, *kept[0], self._sep, *kept[1], self._sep], len(kept[0]) + 2)]

    def _mean_logits(self, rows: list[list[_Sequence]]) -> np.ndarray:
        """float32 [rows, classes], of a text in windows the mean of theirs."""
        logits = self._network([sequence for row in rows for sequence in row])
        counts = np.array([len(row) for row in rows])
        if len(logits) == len(rows):
            return logits
        return np.add.reduceat(logits, np.cumsum(counts) - counts) / counts[:, None].astype("float32")

    def _network(self, rows: list[_Sequence]) -> np.ndarray:
        """float32 [rows, classes] of rows padded to the longest."""
        length = max(len(words) for words, _ in rows)
        features = {name: np.zeros((len(rows), length), "int64") for name in FEATURE_NAMES}
        features[WORD_IDS] += self.config["pad_id"]
        for number, (words, second) in enumerate(rows):
            features[WORD_IDS][number, : len(words)] = words
            features[MASK][number, : len(words)] = 1
            features[TYPE_IDS][number, second : len(words)] = 1
        return self.run(features)["logits"]


def _special(tokenizer: Any, piece: str) -> int:
    number = tokenizer.token_to_id(piece)
    if number is None:
        raise ValueError(checks.message("folder", f"have a tokenizer.json with {piece}", "none"))
    return number
