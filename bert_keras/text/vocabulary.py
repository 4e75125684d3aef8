"""`Vocabulary`: the pieces of a WordPiece vocabulary file, checked."""

import codecs
import dataclasses
import io
import os
import pathlib

from bert_keras.checks import did_you_mean, message
from bert_keras.text.lines import decoded_lines, without_end
from bert_keras.text.vocabulary_content import vocabulary_content

UNKNOWN_PIECE = "[UNK]"
REQUIRED_PIECES = ("[PAD]", UNKNOWN_PIECE, "[CLS]", "[SEP]")
MASK_PIECE = "[MASK]"
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32's begins with one of them


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The pieces of a WordPiece vocabulary; a piece's place is its id.

    Args:
        pieces: every piece once, `[PAD]`, `[UNK]`, `[CLS]` and `[SEP]` among them.
    """

    pieces: tuple[str, ...]

    @classmethod
    def read(cls, vocab_file: str | os.PathLike) -> "Vocabulary":
        r"""Reads a vocabulary file: UTF-8, one piece a line, the first line has id 0.

        Lines end in `\n` or `\r\n`, and nowhere else: pieces may hold U+0085, U+2028 or a lone `\r`. This is how
        TensorFlow's lookup tables read the file, so ids are theirs. The last line needs no line end.

        Raises:
            FileNotFoundError: there is no such file.
            TypeError: `vocab_file` is not a path.
            ValueError: it is a folder, or empty, not UTF-8, starts with a byte order mark, has an empty line, has a
                piece twice, or lacks a special piece. None of these is mended here: every one of them moves ids.
        """
        content = vocabulary_content("vocab_file", vocab_file, ".txt")
        if content.startswith(_MARKS):
            advice = "Save it as UTF-8 without a byte order mark, which would be part of the first piece."
            raise ValueError(_file_message(vocab_file, "start with a piece, not with a byte order mark", advice))
        advice = "Pass the vocab.txt that the encoder was trained with."
        lines = decoded_lines(io.BytesIO(content), name=os.fspath(vocab_file), advice=advice)
        pieces = tuple(without_end(line) for line in lines)
        _check_pieces(vocab_file, pieces)
        return cls(pieces)

    def id_of(self, piece: str) -> int | None:
        """The id of `piece`, None if it is not in the vocabulary. Looks through all pieces."""
        return self.pieces.index(piece) if piece in self.pieces else None

    def content(self) -> bytes:
        """The vocabulary file's content."""
        return "".join(f"{piece}\n" for piece in self.pieces).encode("utf-8")

    def __len__(self) -> int:
        return len(self.pieces)


def _check_pieces(vocab_file: str | os.PathLike, pieces: tuple[str, ...]) -> None:
    """Raises ValueError at whatever a vocabulary must not have."""
    name = pathlib.PurePath(vocab_file).name
    if not pieces:
        raise ValueError(_file_message(vocab_file, "hold one piece a line", f"{name} is empty. Copy the file again."))
    seen: dict[str, int] = {}
    for number, piece in enumerate(pieces, start=1):
        if not piece:
            advice = (
                f"Line {number} of {len(pieces)} of {name} is empty. Delete it at the end of the file; in the "
                "middle put an unused piece such as [unused0] there, so that the ids after it stay."
            )
            raise ValueError(_file_message(vocab_file, "have no empty line", advice))
        if piece in seen:
            advice = (
                f"'{piece}' stands on lines {seen[piece]} and {number} of {name}. Put an unused piece such as "
                "[unused0] in place of the second, so that the ids after it stay."
            )
            raise ValueError(_file_message(vocab_file, "have every piece once", advice))
        seen[piece] = number
    missing = [piece for piece in REQUIRED_PIECES if piece not in seen]
    if missing:
        others = [piece for piece in pieces if "[" in piece and piece not in (*REQUIRED_PIECES, MASK_PIECE)]
        near = did_you_mean(missing[0], others[:2000]) or "Is it a WordPiece vocabulary of BERT?"
        advice = f"{name} has {len(pieces)} lines without {', '.join(missing)}. {near}"
        raise ValueError(_file_message(vocab_file, "hold " + ", ".join(REQUIRED_PIECES), advice))


def _file_message(vocab_file: str | os.PathLike, must: str, advice: str) -> str:
    return message("vocab_file", must, os.fspath(vocab_file), advice)
