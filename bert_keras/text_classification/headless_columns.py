"""`headless_columns`: what the columns are of a file whose first row is no header, where that is plain to see."""

from bert_keras.data.tables.delimited_file import DelimitedFile
from bert_keras.data.tables.held_table import LABEL, TEXT
from bert_keras.data.tables.row_source import RowSource

_WORDS = 3  # of a first row, that no name of a column has


def headless_columns(source: RowSource) -> tuple[str, str] | None:
    """The names "text" and "label" in the order of the columns; None where the first row may be a header.

    It is none where there are two columns, one holds few values, of which what stands first is one, and the other
    begins with a text of several words that comes once.
    """
    if not isinstance(source, DelimitedFile) or not source.has_header or len(source.columns) != 2:
        return None
    try:
        chunk = next(iter(source.rows(source.columns)), None)
    except ValueError:
        return None
    found = []
    for label, text in (source.columns, source.columns[::-1]):
        labels = [] if chunk is None else [value.strip() for value in chunk.columns[label]]
        is_label = label in labels and len(set(labels)) <= max(2, len(labels) // 3)
        if is_label and len(text.split()) >= _WORDS and text not in chunk.columns[text]:
            found.append((LABEL, TEXT) if label == source.columns[0] else (TEXT, LABEL))
    return found[0] if len(found) == 1 else None
