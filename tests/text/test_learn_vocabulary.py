"""`learn_vocabulary`: pieces from text, for the words that the tokenizer sees."""

import collections
import pathlib

import pytest
import tensorflow as tf
import tiny

from bert_keras.text.learn_vocabulary import SPECIAL_PIECES, count_words, learn_vocabulary
from bert_keras.text.tokenizer import Tokenizer

TEXTS = ["walking talking walked talked", "Walking, talking — ÉTÉ!", "walks talks [MASK] ﬁsh"] * 6


def words_of(tokenizer, texts):
    """The words, as source text, that the tokenizer cuts into pieces: a vocabulary of no words leaves them whole."""
    found = tokenizer.tokenize_with_offsets(texts)
    counts = collections.Counter()
    for text, starts, limits in zip(texts, found.starts.to_list(), found.limits.to_list(), strict=True):
        counts.update(text[start:limit] for start, limit in zip(starts, limits, strict=True))
    return counts


@pytest.mark.parametrize("lower_case", [True, False])
def test_words_are_those_of_the_tokenizer(tmp_path, lower_case):
    path = tmp_path / "specials.txt"
    path.write_text("\n".join(SPECIAL_PIECES))
    texts = ["It's a dog-house, isn't it? 日本 a_b", "naïve 3.5€ [SEP] «x»"]
    wanted = words_of(Tokenizer(path, lower_case), texts)
    if lower_case:
        plain = [(word.lower().replace("ï", "i"), count) for word, count in wanted.items()]
        wanted = collections.Counter(word for word, count in plain for _ in range(count))
    assert count_words(texts, lower_case) == wanted
    assert sum(wanted.values()) == 28


def test_the_file_begins_with_the_special_pieces_and_is_a_tokenizers(tmp_path):
    path = learn_vocabulary(TEXTS, tmp_path / "new" / "vocab.txt", size=60)
    tokenizer = Tokenizer(path)
    pieces = tokenizer.vocabulary
    assert tuple(pieces[:5]) == SPECIAL_PIECES and len(pieces) <= 60
    assert (tokenizer.pad_id, tokenizer.mask_id) == (0, 4)
    assert {"walking", "talks", "fish", "ete", "mask", "##w"} <= set(pieces)
    ids = tokenizer(TEXTS[:3]).flat_values.numpy()
    assert tokenizer.unk_id not in ids and len(ids) < 50
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["vocab.txt"]


def test_a_cased_vocabulary_keeps_case_and_accents(tmp_path):
    pieces = Tokenizer(learn_vocabulary(TEXTS, tmp_path / "v.txt", 80, lower_case=False), False).vocabulary
    assert "ÉTÉ" in pieces and "ete" not in pieces and "W" in pieces


def test_order_and_number_of_files_change_nothing(tmp_path):
    files = []
    for number, text in enumerate(TEXTS):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_text(text + "\n", encoding="utf-8")
    one = learn_vocabulary(TEXTS, tmp_path / "one.vocab", 60)
    other = learn_vocabulary(files[::-1], tmp_path / "other.vocab", 60)
    assert pathlib.Path(one).read_bytes() == pathlib.Path(other).read_bytes()


@pytest.mark.parametrize("size", [50, 56, 90])
def test_no_more_pieces_than_were_asked_for_and_every_character(tmp_path, size):
    texts = tiny.sentences(400)
    pieces = Tokenizer(learn_vocabulary(texts, tmp_path / "v.txt", size)).vocabulary
    characters = set("".join(texts)) - {" "}
    assert len(pieces) <= size
    assert characters | {f"##{c}" for c in characters} <= set(pieces)


def test_bad_input_has_a_message(tmp_path):
    out = tmp_path / "vocab.txt"
    with pytest.raises(
        ValueError, match=r"`size` must be at least \d+\. Received: size=12\. The text has \d+ characters"
    ):
        learn_vocabulary(TEXTS, out, 12)
    with pytest.raises(ValueError, match="must hold text"):
        learn_vocabulary([""], out)
    with pytest.raises(ValueError, match="must hold words"):
        learn_vocabulary(["\u200b"], out)
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"caf\xe9\n")
    with pytest.raises(ValueError, match=r"latin\.txt, line 1, byte 4: this must be utf-8"):
        learn_vocabulary(latin, out)
    with pytest.raises(ValueError, match="`out` must be a file, and this is a folder"):
        learn_vocabulary(TEXTS, tmp_path)
    assert not out.exists()
    out.write_text("kept")
    with pytest.raises(FileExistsError, match=r"`out` must be a new file.*overwrite=True"):
        learn_vocabulary(TEXTS, out)
    assert out.read_text() == "kept"
    assert tf.io.gfile.exists(learn_vocabulary(TEXTS, out, 60, overwrite=True)) and out.read_text() != "kept"


def test_parts_of_words_are_learned_where_there_is_no_room_for_the_words(tmp_path):
    stems, ends = ("walk", "talk", "jump", "help", "pack"), ("ing", "ed", "er", "s")
    texts = [f"{stem}{end}" for stem in stems for end in ends] * 3 + ["the"] * 40
    pieces = Tokenizer(learn_vocabulary(texts, tmp_path / "v.txt", 46)).vocabulary
    assert {"the", *(f"##{end}" for end in ends)} <= set(pieces) and "walking" not in pieces
