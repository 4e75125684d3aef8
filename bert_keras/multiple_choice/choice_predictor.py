"""`ChoicePredictor`: a tuned model of choices, a prompt and its choices in, the best choice out."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.data.tables.written_list import written_list
from bert_keras.foreign_names import foreign_names
from bert_keras.markup import bars, escaped
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.tuned.answer_frame import is_table
from bert_keras.tuned.check_text import check_text, text_list
from bert_keras.tuned.predictor import Predictor
from bert_keras.tuned.text_batches import TextBatches


@dataclasses.dataclass(frozen=True)
class Choice:
    """The answer for one prompt.

    Args:
        choice: the text chosen.
        index: its number among the choices, from 0.
        score: its probability.
        probabilities: of each choice, in their order.
    """

    choice: str
    index: int
    score: float
    probabilities: tuple[float, ...]

    def _repr_html_(self) -> str:
        """The choice, and a bar for each, for notebooks; escaped."""
        named = {f"{number}": share for number, share in enumerate(self.probabilities)}
        return f'<div dir="auto"><b>{escaped(self.choice)}</b>{bars(named)}</div>'


class ChoicePredictor(Predictor):
    """A tuned model of choices on strings. A prompt may have another number of choices than in training, from 2.

    >>> predictor = bk.load("runs/swag")
    >>> predictor("It rains.", ["She opens an umbrella.", "She opens a bank."])
    Choice(choice='She opens an umbrella.', index=0, score=..., probabilities=(..., ...))

    Args:
        model: a `bk.MultipleChoice` whose encoder has a tokenizer.
        config: of the model folder: `seq_length`, `task`.
        batch_size: choices that are run together.
        kind: as for `Predictor`.
    """

    columns: ClassVar[int] = 0
    table_columns: ClassVar[dict[str, tuple[str, ...]]] = {"prompt": ("prompt",), "choices": ("choices",)}

    def __init__(self, model: MultipleChoice, config: dict[str, Any], batch_size: int = 32, kind: Any = None) -> None:
        super().__init__(model, config, batch_size, kind)
        self.preprocessor = model.encoder.preprocessor(config["seq_length"], padding="longest")
        self._batches = TextBatches(model, self.preprocessor, 1)

    @checks.answers(**foreign_names("ChoicePredictor"))
    def __call__(self, prompt: Any, choices: Any = None) -> Any:
        """The best choice for a prompt (a str), or a list of them for lists.

        Args:
            prompt: a str, or a list of them; or a table, which gives a frame: see `to_frame`.
            choices: a list of str; for a list of prompts a list of such lists, one for each.

        Raises:
            TypeError: for what is no str, naming its place.
            ValueError: for fewer than two choices, lists of different lengths, or half a surrogate pair.
        """
        if is_table(prompt) and choices is None:
            return self.to_frame(prompt)
        one = isinstance(prompt, str)
        prompts = text_list("prompt", [prompt] if one else prompt)
        lists = [choices] if one else choices
        if not isinstance(lists, (list, tuple)) or len(lists) != len(prompts):
            must = f"be a list of lists of str, one for each of {len(prompts)} prompts"
            raise ValueError(checks.message("choices", must, choices))
        lists = [_choices(place, row) for place, row in enumerate(lists)]
        answers = [_answer(row, logits) for row, logits in zip(lists, self.logits(prompts, lists), strict=True)]
        return answers[0] if one else answers

    def lines(self, rows: list[Any]) -> Iterator[dict[str, Any]]:
        answers = self([row[0] for row in rows], [list(row[1:]) for row in rows])
        for row, answer in zip(rows, answers, strict=True):
            yield {"prompt": row[0], **dataclasses.asdict(answer)}

    def table_row(self, cells: list[Any]) -> Any:
        """Of a prompt and a list of choices, which may be JSON; or of a prompt and a column for each choice."""
        prompt, *choices = cells
        if len(choices) == 1:
            choices = written_list(choices[0]) if isinstance(choices[0], str) else choices[0]
        if is_missing(prompt) or choices is None:
            return None
        check_text(prompt, 0, "prompt")
        return (prompt, *_choices(0, [choice for choice in choices if not is_missing(choice)]))

    def table_names(self, **options: Any) -> tuple[str, ...]:
        return ("choice", "index", "score", "probabilities")

    def table_values(self, rows: list[Any]) -> list[tuple[Any, ...]]:
        return [tuple(line[name] for name in self.table_names()) for line in self.lines(rows)]

    def logits(self, prompts: Sequence[str], choices: Sequence[Sequence[str]]) -> list[np.ndarray]:
        """float32 [choices] for each prompt; batches are made by length, of checked texts."""
        counts = [len(row) for row in choices]
        firsts = [prompt for prompt, count in zip(prompts, counts, strict=True) for _ in range(count)]
        seconds = [text for row in choices for text in row]
        flat = self._batches((firsts, seconds), self.batch_size)[:, 0]
        return np.split(flat, np.cumsum(counts)[:-1]) if counts else []

    def read(self, prompts: tf.Tensor, choices: tf.Tensor) -> tf.Tensor:
        """float32 [pairs], in a graph: logits of pairs of a prompt and a choice, string [pairs] each."""
        return self._batches.read(tf.constant(self.batch_size), prompts, choices)[:, 0]


def _choices(place: int, row: Any) -> list[str]:
    if not isinstance(row, (list, tuple)):
        raise TypeError(checks.message("choices", "be a list of str", row, f"It is number {place}."))
    if len(row) < 2:
        raise ValueError(checks.message("choices", "be 2 or more", row, f"It is number {place}."))
    for text in row:
        check_text(text, place, "choices")
    return list(row)


def _answer(choices: list[str], logits: np.ndarray) -> Choice:
    weights = np.exp(logits.astype("float64") - logits.max())
    shares = tuple((weights / weights.sum()).tolist())
    best = int(logits.argmax())
    return Choice(choices[best], best, shares[best], shares)
