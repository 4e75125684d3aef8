"""`DocumentLines`: lines of text that know their document."""

import dataclasses
from typing import Any

import numpy as np

from bert_keras.text.lines import documents

_DOCUMENTS = 20  # from so many on, whole documents are held out, else lines


@dataclasses.dataclass(frozen=True, eq=False)
class DocumentLines:
    """The lines of documents, in their order.

    Args:
        lines: of text, without empty ones.
        documents: int64 [lines], the number of the document of each.
        groups: int64 [lines]: lines of one group are held out together.
        source: where they came from, for messages.
    """

    lines: list[str]
    documents: np.ndarray
    groups: np.ndarray
    source: str

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, rows: np.ndarray) -> "DocumentLines":
        """Some of the lines, int [rows], in that order."""
        lines = [self.lines[row] for row in rows]
        return DocumentLines(lines, self.documents[rows], self.groups[rows], self.source)


def read_documents(source: Any, name: str) -> DocumentLines:
    """The lines of `text.lines.sources`: groups are documents where there are twenty or more, else lines."""
    texts = list(documents(source))
    numbers = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    groups = numbers if len(texts) >= _DOCUMENTS else np.arange(len(numbers))
    return DocumentLines([line for text in texts for line in text], numbers, groups, name)
