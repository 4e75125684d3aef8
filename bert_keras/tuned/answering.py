"""`Answering`: from texts to lines, tables and frames of answers, whatever gives these. Loads nothing heavy."""

from collections.abc import Iterator
from typing import Any, ClassVar

from bert_keras.data.tables.is_missing import is_missing
from bert_keras.tuned.answer_frame import answer_frame
from bert_keras.tuned.check_text import check_text


class Answering:
    """What is asked for answers to strings: a tuned model, or an export of one.

    Attributes:
        config: what is known of the task, as a model folder's config.
        columns: how many texts make a row; 0 for a text and any number of others, as a prompt and its choices.
        options: names of further arguments of a call.
        table_columns: by argument of `bk.predict_file`, the names that a column of a table is known by where the user
            gives none. In their order the columns make a row.
    """

    config: dict[str, Any]
    columns: int = 1
    options: ClassVar[tuple[str, ...]] = ()
    table_columns: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __repr__(self) -> str:
        labels = self.config.get("labels")
        of = "" if not labels else f", {len(labels)} labels ({', '.join(labels[:4])}{', …' if len(labels) > 4 else ''})"
        task, length = self.config.get("task"), self.config.get("seq_length")
        return f"<{type(self).__name__} of '{task}'{of}, up to {length} tokens>"

    @property
    def kind_name(self) -> str:
        """What model folders call the kind of the model."""
        return self.config["kind"]

    def lines(self, rows: list[Any], **options: Any) -> Iterator[dict[str, Any]]:
        """The answers to rows of `columns` texts, each in plain values for a line of JSON."""
        raise NotImplementedError

    def table_row(self, cells: list[Any]) -> Any:
        """A row as `lines` takes it, of the cells of a table's columns; None for one that holds nothing to predict.

        Raises:
            TypeError, ValueError: for what is no text.
        """
        for cell in cells:
            if is_missing(cell):
                return None
            check_text(cell, 0, "cell")
        return cells[0] if len(cells) == 1 else tuple(cells)

    def table_names(self, **options: Any) -> tuple[str, ...]:
        """Names of the columns that `table_values` are for, with the same options."""
        raise NotImplementedError

    def table_values(self, rows: list[Any], **options: Any) -> list[tuple[Any, ...]]:
        """For each row of `lines` a value for each of `table_names`."""
        raise NotImplementedError

    def table_answers(self, rows: list[Any], **options: Any) -> list[tuple[Any, ...]]:
        """As `table_values`, of rows of which some are None: these have None for each name."""
        wanted = [place for place, row in enumerate(rows) if row is not None]
        answers = [(None,) * len(self.table_names(**options))] * len(rows)
        if wanted:
            values = self.table_values([rows[place] for place in wanted], **options)
            for place, value in zip(wanted, values, strict=True):
                answers[place] = value
        return answers

    def to_frame(self, rows: Any, **options: Any) -> Any:
        """The answers as a frame of pandas: of classes the label, its score, and a column for each class.

        >>> predictor.to_frame(["Not once did it fail.", "It broke."])
        >>> reviews.join(predictor(reviews))  # a frame with the column that the model was trained on

        Args:
            rows: texts as for a call; or a frame of pandas or polars, a dict of columns, or a data set of Hugging
                Face, of which the columns are read that the model was trained on. A call with one of these does the
                same.
            **options: of a call.

        Returns:
            A frame with the index of `rows`, of polars for one of polars. Its columns are those that
            `bk.predict_file` adds. Rows without a text are empty.

        Raises:
            ValueError: for a table without such columns, with those it has.
            TypeError: for what is no text, with its place.
        """
        return answer_frame(self, rows, **options)
