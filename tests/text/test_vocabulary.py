"""Vocabulary files: what is read, what is refused, and that ids are those of TensorFlow's tables."""

import re

import pytest
import tensorflow as tf
from real_data import SHARED, needs_shared

from bert_keras.text.vocabulary import Vocabulary

SPECIAL = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n"


@pytest.fixture
def vocab(tmp_path):
    def write(content: bytes):
        path = tmp_path / "vocab.txt"
        path.write_bytes(content)
        return path

    return write


def table_of(path) -> list[str]:
    """What TensorFlow's own lookup table makes of the file."""
    index = tf.lookup.TextFileIndex
    initializer = tf.lookup.TextFileInitializer(str(path), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
    table = tf.lookup.StaticHashTable(initializer, -1, experimental_is_anonymous=True)
    pieces, ids = (column.numpy().tolist() for column in table.export())
    assert sorted(ids) == list(range(len(ids)))
    return [piece.decode() for _, piece in sorted(zip(ids, pieces, strict=True))]


@pytest.mark.parametrize(
    "content, pieces",
    [
        (SPECIAL + b"the\n##s\n", ["the", "##s"]),
        (SPECIAL + b"no line end", ["no line end"]),
        (SPECIAL.replace(b"\n", b"\r\n") + b"the\r\n", ["the"]),
        (SPECIAL + "a\u2028b\nx\u0085\n\u0085\n\u2029\n\x0b\n\x0c\n\x1c\n".encode(), None),
        (SPECIAL + b"a\rb\n x \n", ["a\rb", " x "]),
        (SPECIAL + "\ufeff\n中\n##é\n".encode(), ["\ufeff", "中", "##é"]),
    ],
    ids=["plain", "no_last_line_end", "crlf", "unicode_line_separators", "lone_cr_and_spaces", "bom_as_a_piece"],
)
def test_reads_as_tensorflow_does(vocab, content, pieces):
    if pieces is None:
        pieces = ["a\u2028b", "x\u0085", "\u0085", "\u2029", "\x0b", "\x0c", "\x1c"]
    path = vocab(content)
    read = Vocabulary.read(path)
    assert list(read.pieces) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *pieces]
    assert list(read.pieces) == table_of(path)
    assert len(read) == 4 + len(pieces)


def test_id_of(vocab):
    read = Vocabulary.read(vocab(SPECIAL + b"the\n"))
    assert (read.id_of("[PAD]"), read.id_of("[SEP]"), read.id_of("the"), read.id_of("[MASK]")) == (0, 3, 4, None)


@needs_shared
@pytest.mark.parametrize(
    "name, size, mask", [("uncased", 30522, 103), ("cased", 28996, 103), ("multi_cased", 119547, 103)]
)
def test_published_vocabularies(name, size, mask):
    path = SHARED / "data" / "vocab" / f"bert_{name}.txt"
    read = Vocabulary.read(path)
    assert (len(read), read.id_of("[MASK]")) == (size, mask)
    assert list(read.pieces) == table_of(path)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "`vocab_file` must hold one piece a line. .* vocab.txt is empty"),
        (SPECIAL + b"a\n\nb\n", "must have no empty line. .* Line 6 of 7 of vocab.txt is empty. Delete it at the end"),
        (SPECIAL + b"a\n\n", "Line 6 of 6 of vocab.txt is empty"),
        (SPECIAL + b"a\r\n\r\n", "Line 6 of 6 of vocab.txt is empty"),
        (SPECIAL + b"a\nb\na\n", "must have every piece once. .* 'a' stands on lines 5 and 7 of vocab.txt"),
        (b"\xef\xbb\xbf" + SPECIAL, "must start with a piece, not with a byte order mark. .* Save it as UTF-8 without"),
        (
            SPECIAL + b"ok\nna\xefve\n",
            r"vocab\.txt, line 6, byte 3: this must be utf-8\. Received: b'na\\xefve\\n'\. Pass the vocab\.txt that",
        ),
        (SPECIAL.decode().encode("utf-16"), "must start with a piece, not with a byte order mark. .* Save it as UTF-8"),
        (b"[UNK]\n[CLS]\n[SEP]\n", r"must hold \[PAD\].* vocab.txt has 3 lines without \[PAD\]. Is it a WordPiece"),
        (b"[PAD]\n[unk]\n[CLS]\n[SEP]\n", r"without \[UNK\]. Did you mean '\[unk\]'\?"),
        (b"[PAD]\n[UNK] \n[CLS]\n[SEP]\n", r"without \[UNK\]. Did you mean '\[UNK\] '"),
    ],
)
def test_refuses(vocab, content, message):
    with pytest.raises(ValueError, match=message):
        Vocabulary.read(vocab(content))


def test_says_where_a_missing_file_might_be(vocab, tmp_path):
    vocab(SPECIAL)
    with pytest.raises(FileNotFoundError, match=r"must be an existing file. .* Did you mean 'vocab.txt'\?"):
        Vocabulary.read(tmp_path / "vocabs.txt")
    with pytest.raises(FileNotFoundError, match=r"The folder has: vocab\.txt\."):
        Vocabulary.read(tmp_path / "something_else")
    with pytest.raises(FileNotFoundError, match=f"There is no folder '{re.escape(str(tmp_path / 'gone'))}' either"):
        Vocabulary.read(tmp_path / "gone" / "vocab.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"The folder has no \.txt file"):
        Vocabulary.read(tmp_path / "empty" / "vocab.txt")


def test_a_folder_is_no_file_and_the_one_in_it_is_named(tmp_path):
    (tmp_path / "assets").mkdir()
    with pytest.raises(ValueError, match=r"this is a folder\. .* in a TF-Hub encoder's folder assets/vocab.txt"):
        Vocabulary.read(tmp_path)
    (tmp_path / "assets" / "vocab.txt").write_bytes(SPECIAL)
    with pytest.raises(ValueError, match=r"Pass '.*assets/vocab.txt'"):
        Vocabulary.read(tmp_path)


def test_a_file_system_of_tensorflow():
    """As gs:// is one."""
    with tf.io.gfile.GFile("ram://vocabularies/vocab.txt", "wb") as file:
        file.write(SPECIAL + b"the\r\na\rb\n")
    assert Vocabulary.read("ram://vocabularies/vocab.txt").pieces[4:] == ("the", "a\rb")
    with tf.io.gfile.GFile("ram://vocabularies/bad.txt", "wb") as file:
        file.write(SPECIAL + b"\xef")
    with pytest.raises(ValueError, match=r"^ram://vocabularies/bad\.txt, line 5, byte 1: this must be utf-8"):
        Vocabulary.read("ram://vocabularies/bad.txt")


def test_a_path_is_a_path():
    with pytest.raises(TypeError, match=r"`vocab_file` must be a path to a vocabulary file. Received: vocab_file=None"):
        Vocabulary.read(None)
