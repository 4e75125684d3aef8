"""`load_masked`: plain text for masked words, chosen, or as batches for an encoder."""

import functools
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.data.splitting import Shares, by_part
from bert_keras.data.task import loaded
from bert_keras.foreign_names import foreign_names
from bert_keras.masked_lm.document_lines import DocumentLines, read_documents
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.text.lines import sources


@checks.answers(**foreign_names("load_masked"))
def load_masked(
    files_or_texts: Any,
    encoder: Any = None,
    *,
    validation: Any = None,
    validation_share: float = 0.05,
    test_share: float = 0.0,
    split_seed: int = 0,
    rows: str = "packed",
    **options: Any,
) -> Any:
    """Texts with masks, a new one each epoch, for `bk.MaskedLM`: see `Masker` for what is masked.

    >>> data = bk.load_masked("letters.txt", encoder)
    >>> model.fit(data.train, validation_data=data.validation)

    Args:
        files_or_texts: a text file (UTF-8, a line or a paragraph each; an empty line ends a document), several, or a
            list of texts, which stand for lines; or a dict of such by part: "train", "validation", "test".
        encoder: an encoder or a `Tokenizer`, with [MASK] in its vocabulary; None for a `Task`.
        validation: others, to measure on: the part of that name.
        validation_share, test_share: of these texts, what becomes a part that is not given; 0 for none. Whole documents
            where there are twenty or more, else lines.
        split_seed: draws what is put aside, and the training rows that `limit` leaves.
        rows: "packed": the lines of a document follow one another, and every seq_length - 2 tokens make a row, so that
            lines go on in the next row, and the last row of a document may be short. "texts": a row for each line, cut
            to seq_length.
        **options: `masked_share` of the tokens, 0.15; `whole_words`, whether all pieces of a word are masked together,
            True; `limit`, so many training rows; `seq_length` as in `bk.load_glue`; with an encoder `parts`,
            `batch_size`, `seed`, that of the order and the masks, and `static_shapes`, see `Task.load`.

    Raises:
        ValueError: for no text at all, bytes that are not UTF-8 (with file and line), a vocabulary without [MASK], a
            seq_length beyond the encoder's position table.
    """
    shares = Shares(validation_share, test_share, split_seed)
    parts = by_part(files_or_texts, "files_or_texts") | ({} if validation is None else {"validation": validation})
    texts = {part: sources(source) for part, source in parts.items()}
    name = f"masked words of {_name(next(iter(texts.values())))}"
    read = functools.partial(shares.read, texts, _lines, groups=lambda lines: lines.groups)
    task = MaskedTask(name=name, read=read, parts=shares.parts(texts), split_seed=split_seed, row_form=rows)
    return loaded(task, encoder, options)


def _lines(source: list[pathlib.Path] | list[str], part: str) -> DocumentLines:
    return read_documents(source, _name(source))


def _name(source: list[pathlib.Path] | list[str]) -> str:
    return ", ".join(path.name for path in source[:3]) if isinstance(source[0], pathlib.Path) else "texts"
