"""tokenizer.json of byte-level BPE and Unigram: ids and special tokens of Hugging Face's library, and sources."""

import json
import os

import numpy as np
import pytest
import tensorflow as tf
from hostile_strings import hostile_strings
from languages import TEXTS, roberta_json, sentence_pieces, written, xlm_roberta_json
from paths import HARD_UNICODE

from bert_keras.text.hugging_face_tokenizer import HuggingFaceTokenizer
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.windows import QuestionPreprocessor
from bert_keras.text.word_windows import WordPreprocessor
from bert_keras.text.written_tokenizer import read_tokenizer, written_tokenizer

tokenizers = pytest.importorskip("tokenizers")
sentencepiece = pytest.importorskip("sentencepiece")
HARD = [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]
ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
COUNT = int(os.environ.get("BERT_KERAS_STRINGS", 1_000_000 if ALL else 2_000))
BATCH, SEED = 2_000, 18  # strings that are tokenized together; the seed of the first batch, the next has the next
SPECIAL = ("<s>", "</s>", "<pad>", "<unk>", "<mask>")
CONTENTS = {"roberta": roberta_json, "xlm_roberta": xlm_roberta_json}


@pytest.fixture(scope="module", params=CONTENTS)
def both(request, tmp_path_factory):
    """Ours and the library's."""
    path = written(tmp_path_factory.mktemp(request.param), "tokenizer.json", CONTENTS[request.param]())
    library = tokenizers.Tokenizer.from_file(str(path))
    library.encode_special_tokens = True
    return HuggingFaceTokenizer(path), library


@pytest.fixture(scope="module")
def roberta(tmp_path_factory):
    return HuggingFaceTokenizer(written(tmp_path_factory.mktemp("json"), "tokenizer.json", roberta_json()))


def test_features_of_the_library(both):
    ours, library = both
    texts = [*TEXTS, *HARD]
    length = 512
    word_ids, type_ids = Preprocessor(ours, length).ragged(texts)
    wanted = library.encode_batch(texts)
    assert [row.ids for row in wanted] == word_ids.to_list() and max(map(len, word_ids.to_list())) < length
    word_ids, type_ids = Preprocessor(ours, length).ragged(texts, texts[::-1])
    wanted = library.encode_batch(list(zip(texts, texts[::-1], strict=True)))
    assert [row.ids for row in wanted] == word_ids.to_list()
    assert [row.type_ids for row in wanted] == type_ids.to_list()


def test_pairs_that_are_cut(both):
    ours, library = both
    library.enable_truncation(33, strategy="longest_first")
    texts, others = TEXTS, TEXTS[::-1]
    found, _ = Preprocessor(ours, 33, truncation="longest_first").ragged(texts, others)
    wanted = library.encode_batch(list(zip(texts, others, strict=True)))
    library.no_truncation()
    assert [row.ids for row in wanted] == found.to_list()


def test_random_strings(both):
    ours, library = both
    pieces = 0
    for number in range(-(-COUNT // BATCH)):
        contents = list(hostile_strings(min(BATCH, COUNT - number * BATCH), SEED + number))
        texts = [content.decode("utf-8", errors="replace") for content in contents]
        found = ours.tokenize_with_offsets(contents)
        ids = found.ids.to_list()
        assert ids == ours(contents).to_list()
        wanted = [row.ids for row in library.encode_batch(texts, add_special_tokens=False)]
        typed = [row for row, text in enumerate(texts) if any(piece in text for piece in SPECIAL)]
        for row in typed:  # a special piece, which the library's Unigram finds in a text by its letters
            assert set(ids[row]).isdisjoint({ours.cls_id, ours.sep_id, ours.pad_id})
            wanted[row] = ids[row]
        assert ids == wanted and len(typed) < 10
        starts, limits = found.starts.flat_values.numpy(), found.limits.flat_values.numpy()
        counts = np.diff(found.ids.row_splits.numpy())
        rows, lengths = np.repeat(np.arange(len(texts)), counts), np.repeat(list(map(len, texts)), counts)
        assert ((starts >= 0) & (starts <= limits) & (limits <= lengths)).all()
        same = np.diff(rows) == 0
        assert (np.diff(starts)[same] >= 0).all() and (np.diff(limits)[same] >= 0).all()  # in order within a text
        pieces += len(starts)
    assert pieces > COUNT


def test_unigram_is_sentencepiece_own():
    """Not through the library at all: SentencePiece's pieces of the same model."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=sentence_pieces())
    library = tokenizers.Tokenizer.from_str(xlm_roberta_json())
    for text in TEXTS:
        wanted = [
            piece if processor.piece_to_id(piece) != 1 else "<unk>" for piece in processor.encode(text, out_type=str)
        ]
        assert library.encode(text, add_special_tokens=False).tokens == wanted


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_sources_have_no_space_before_a_word(content, tmp_path):
    ours = HuggingFaceTokenizer(written(tmp_path, "tokenizer.json", content()))
    text = "Who  wrote that \u0451\u043b\u043a\u0430?"
    _, starts, limits = (column[0].numpy() for column in ours.tokenize_with_offsets([text]))
    parts = [text[start:limit] for start, limit in zip(starts, limits, strict=True)]
    assert "".join(parts).startswith("Whowrotethat") and all(part == part.strip() for part in parts)
    assert {"\u0451", "\u043b"} <= set("".join(parts))


def test_a_character_that_is_several_words_is_the_source_of_each(tmp_path):
    """U+FDFA is four words of Arabic for Unigram's normaliser, with spaces between them that no text has."""
    ours = HuggingFaceTokenizer(written(tmp_path, "tokenizer.json", xlm_roberta_json()))
    ids, starts, limits = (column[0].numpy().tolist() for column in ours.tokenize_with_offsets(["ab \ufdfa"]))
    begin = starts.index(3)
    assert set(zip(starts[begin + 1 :], limits[begin + 1 :], strict=True)) == {(3, 4)}
    assert ids[begin + 1 :].count(ours.vocabulary.index("\u2581")) >= 1


def test_special_tokens_in_a_text_are_text(both):
    ours, _ = both
    assert not set(ours(["<s> a </s> <mask> <pad>"]).flat_values.numpy()) & {ours.cls_id, ours.sep_id, ours.mask_id}
    assert ours.special_ids == [0, 1, 2, 3, ours.vocab_size - 1]


def test_words_have_the_space_before_them(roberta):
    text, words = roberta(["ein Zug, der wartet"]), roberta.tokenize_words(["ein", "Zug", "wartet"])
    pieces = roberta.vocabulary
    spelled = ["".join(pieces[number] for number in row) for row in words.to_list()]
    assert spelled == ["\u0120ein", "\u0120Zug", "\u0120wartet"] and text[0, -1] == words[-1, -1]
    begins = ~roberta.goes_on[words.flat_values.numpy()]
    assert begins.tolist() == [place == 0 for row in words.to_list() for place in range(len(row))]


def test_windows_of_questions_and_words(both):
    ours, library = both
    windows = QuestionPreprocessor(ours, seq_length=48, doc_stride=16, max_query_length=8)(TEXTS[:2], TEXTS[2:4])
    ids, places, counts = windows.word_ids.to_list(), windows.places.numpy(), windows.counts.numpy()
    first = library.encode(TEXTS[0], add_special_tokens=False).ids[:8]
    context = library.encode(TEXTS[2], add_special_tokens=False).ids
    assert ids[0] == [0, *first, 2, 2, *context[: counts[0]], 2] and places[0] == len(first) + 3
    assert len(ids[0]) == 48 and not np.any(windows.type_ids.flat_values)
    assert all(len(row) <= 48 for row in ids)
    sentences = WordPreprocessor(ours, 16)([["ein", "Zug"], ["wer"]])
    assert [row[0] for row in sentences.word_ids.to_list()] == [0, 0]


def test_room_for_a_pair_counts_both_separators(roberta):
    with pytest.raises(ValueError, match=r"`seq_length` must be .*6.*room for \[CLS\] a \[SEP\] \[SEP\] b \[SEP\]"):
        Preprocessor(roberta, 5)(["a"], ["b"])
    assert Preprocessor(roberta, 6)(["a"], ["b"])["input_word_ids"].shape == (1, 6)


def test_in_tf_data_and_not_in_a_saved_model(roberta, tmp_path):
    dataset = tf.data.Dataset.from_tensor_slices(TEXTS).batch(5).map(Preprocessor(roberta, 64))
    found = np.concatenate([batch["input_word_ids"] for batch in dataset])
    assert (found == Preprocessor(roberta, 64)(TEXTS)["input_word_ids"].numpy()).all()
    with pytest.raises(ValueError, match=r"`tokenizer` must be one that TensorFlow's graph can hold.*run by Python"):
        tf.saved_model.save(Preprocessor(roberta, 64), str(tmp_path / "saved"))


def test_written_and_read(roberta, tmp_path):
    roberta.write(tmp_path)
    again = written_tokenizer(tmp_path)
    assert type(again) is HuggingFaceTokenizer and again.digest() == roberta.digest()
    assert again(TEXTS).to_list() == roberta(TEXTS).to_list()
    with pytest.raises(ValueError, match=r"`lower_case` must be left out with a tokenizer\.json"):
        read_tokenizer(roberta.tokenizer_file, lower_case=True)


def test_files_that_are_none(tmp_path):
    with pytest.raises(ValueError, match=r"`tokenizer_file` must be a tokenizer\.json.*Copy"):
        HuggingFaceTokenizer(written(tmp_path, "a.json", "[1, 2]"))
    with pytest.raises(ValueError, match=r"`tokenizer_file` must be a tokenizer\.json.*Copy"):
        HuggingFaceTokenizer(written(tmp_path, "b.json", roberta_json()[:500]))
    pieces = json.loads(roberta_json())
    pieces["model"] = {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "a"}
    with pytest.raises(ValueError, match=r"have a model of BPE or Unigram.*'WordPiece'.*bk\.Tokenizer's"):
        HuggingFaceTokenizer(written(tmp_path, "c.json", json.dumps(pieces)))
    bare = {**json.loads(roberta_json()), "post_processor": None}
    with pytest.raises(ValueError, match=r"put one special token before and one after a text.*It makes"):
        HuggingFaceTokenizer(written(tmp_path, "d.json", json.dumps(bare)))
    wrong = json.loads(roberta_json())
    wrong["model"]["merges"] = [["\u0120", "no such piece"]]
    with pytest.raises(ValueError, match=r"that the library tokenizers reads.*It says"):
        HuggingFaceTokenizer(written(tmp_path, "e.json", json.dumps(wrong)))
