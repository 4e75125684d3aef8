"""`MaskedTask`: plain text for masked words, before an encoder makes ids of it."""

import dataclasses
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.splitting import checked_parts, limited, part_of
from bert_keras.data.task import Task, preprocessor_of
from bert_keras.masked_lm.document_lines import DocumentLines
from bert_keras.masked_lm.masked_data import MaskedData
from bert_keras.masked_lm.masked_split import ROWS, MaskedSplit, make_masked_split
from bert_keras.masked_lm.masker import Masker, check_masking
from bert_keras.text.preprocessor import Preprocessor


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class MaskedTask(Task):
    """Texts whose words are hidden. `limit` counts rows of tokens, of which a text may make several.

    Args:
        row_form: "packed" or "texts", which `bk.load_masked` and model folders call `rows`.
        masked_share: of the tokens, in (0, 1).
        whole_words: whether all pieces of a word are masked together.
    """

    kind: ClassVar[str] = MaskedData.kind
    data_class: ClassVar[type[MaskedData]] = MaskedData
    stored: ClassVar[tuple[str, ...]] = ("seq_length", "rows", "masked_share", "whole_words")
    fixed: ClassVar[tuple[str, ...]] = (*Task.fixed, "row_form")
    tells_rows: ClassVar[bool] = False
    row_form: str = "packed"
    masked_share: float = 0.15
    whole_words: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.one_of("rows", self.row_form, ROWS)
        check_masking(self.masked_share, self.whole_words)

    def rows(self, parts: tuple[str, ...] | None = None) -> dict[str, DocumentLines]:
        return self.read(checked_parts(parts, self.parts))

    def settings(self) -> dict[str, Any]:
        return {name: self.row_form if name == "rows" else getattr(self, name) for name in self.stored}

    def data(self, rows: dict[str, DocumentLines], encoder: Any, *, seed: int = 0, **batches: Any) -> MaskedData:
        """As `Task.data`; `seed` is that of the masks too."""
        data = super().data(rows, encoder, seed=seed, **batches)
        maskers = {name: dataclasses.replace(split.masker, seed=seed) for name, split in data.splits.items()}
        splits = {name: dataclasses.replace(split, masker=maskers[name]) for name, split in data.splits.items()}
        return dataclasses.replace(data, splits=splits)

    def tokenize(self, rows: dict[str, DocumentLines], encoder: Any) -> tuple["MaskedTask", dict[str, MaskedSplit]]:
        tokenizer = preprocessor_of(encoder, Preprocessor, "preprocessor", self.seq_length).tokenizer
        masker = Masker(tokenizer, share=self.masked_share, whole_words=self.whole_words)
        splits = {name: make_masked_split(rows[name], self.row_form, self.seq_length, masker) for name in rows}
        training = {name for name in splits if part_of(name) == "train"}
        return self, splits | {name: limited(splits[name], self.limit, self.split_seed) for name in training}
