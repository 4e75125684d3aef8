"""SentencePiece in the graph: the ids of TF-Hub's preprocessing for ALBERT, and where in the text each piece stands."""

import json
import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from hostile_strings import hostile_strings
from languages import TEXTS, model_file, sentence_pieces, written
from paths import HARD_UNICODE

from bert_keras.text.sentence_piece_tokenizer import SentencePieceTokenizer
from bert_keras.text.vocabulary import Vocabulary
from bert_keras.text.written_tokenizer import written_tokenizer

HARD = [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]
ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
COUNT = int(os.environ.get("BERT_KERAS_STRINGS", 1_000_000 if ALL else 2_000))
BATCH, SEED = 1_000, 17  # strings that are tokenized together; the seed of the first batch, the next has the next


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_file(tmp_path_factory.mktemp("albert"))


@pytest.fixture(scope="module")
def tokenizer(model):
    return SentencePieceTokenizer(model)


@pytest.fixture
def reference(model):
    text_layers = pytest.importorskip("official.nlp.modeling.layers.text_layers")
    layer = text_layers.SentencepieceTokenizer(lower_case=True, strip_diacritics=True, model_file_path=str(model))
    return lambda strings: layer(tf.constant(strings))


def sources(tokenizer, text):
    """(piece, its source) of each piece of a text."""
    ids, starts, limits = (column[0].numpy() for column in tokenizer.tokenize_with_offsets([text]))
    pieces = tokenizer.vocabulary
    return [(pieces[number], text[start:limit]) for number, start, limit in zip(ids, starts, limits, strict=True)]


def test_ids_of_model_garden_in_twelve_languages(tokenizer, reference):
    texts = [*TEXTS, *HARD]
    assert tokenizer(texts).to_list() == reference(texts).to_list()


def test_random_strings(tokenizer, reference, model):
    """Model Garden's ids, and those of SentencePiece's own library for text that tensorflow-text has normalised."""
    library = pytest.importorskip("sentencepiece").SentencePieceProcessor(model_file=str(model))
    for number in range(-(-COUNT // BATCH)):
        texts = list(hostile_strings(min(BATCH, COUNT - number * BATCH), SEED + number))
        found = tokenizer.tokenize_with_offsets(texts)
        ids = found.ids.to_list()
        assert ids == reference(texts).to_list() == tokenizer(texts).to_list()
        assert ids == library.encode(list(normalized(texts)))
        starts, limits = found.starts.flat_values.numpy(), found.limits.flat_values.numpy()
        lengths = np.array([len(text.decode("utf-8", errors="replace")) for text in texts])
        rows = found.ids.value_rowids().numpy()
        assert (starts >= 0).all() and (starts <= limits).all() and (limits <= lengths[rows]).all()
        assert (np.diff(starts)[np.diff(rows) == 0] >= 0).all() and (np.diff(limits)[np.diff(rows) == 0] >= 0).all()


def normalized(texts):
    """Texts without marks and case-folded: bytes, as TF-Hub's preprocessing hands them to SentencePiece."""
    import tensorflow_text

    bare = tf.strings.regex_replace(tensorflow_text.normalize_utf8(texts, "NFD"), r"\p{Mn}", "")
    return tensorflow_text.case_fold_utf8(bare).numpy()


def test_a_piece_is_what_its_source_becomes(tokenizer):
    texts = [text.decode() for text in hostile_strings(400, seed=5) if _is_text(text)] + TEXTS
    pieces, unknown = tokenizer.vocabulary, tokenizer.unk_id
    found = tokenizer.tokenize_with_offsets(texts)
    held, alone = [], []
    for text, *columns in zip(texts, *(column.to_list() for column in found), strict=True):
        for number, start, limit in zip(*columns, strict=True):
            if number != unknown and pieces[number] != "\u2581":
                held.append(pieces[number].strip("\u2581"))
                alone.append(text[start:limit])
    again = ["".join(pieces[number] for number in ids) for ids in tokenizer(alone).to_list()]
    assert [pair for pair in zip(held, again, strict=True) if pair[0] not in pair[1] and "<unk>" not in pair[1]] == []


def _is_text(content):
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_sources_are_of_the_text_as_it_was_written(tokenizer):
    found = sources(tokenizer, "Cre\u0301me  \ufb01sh \u1112\u1161\u11ab")
    letters = [(piece.strip("\u2581"), source) for piece, source in found if piece != "\u2581"]
    written_out = "".join(source for _, source in letters)
    assert written_out.replace("\ufb01\ufb01", "\ufb01") == "Cre\u0301me\ufb01sh\u1112\u1161\u11ab"
    assert ("", " ") not in letters and all(source == source.strip() for _, source in letters)
    assert any("e\u0301" in source for _, source in letters)


def test_in_a_saved_model_it_is_the_same(tokenizer, tmp_path):
    tf.saved_model.save(tokenizer, str(tmp_path / "saved"))
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    assert loaded(tf.constant(TEXTS)).to_list() == tokenizer(TEXTS).to_list()
    found = loaded.tokenize_with_offsets(tf.constant(TEXTS))
    assert found[1].to_list() == tokenizer.tokenize_with_offsets(TEXTS).starts.to_list()


def test_a_seed_that_is_set_later_takes_nothing_away(tokenizer):
    wanted = tokenizer(TEXTS).to_list()
    keras.utils.set_random_seed(1)  # which clears TensorFlow's kernels
    assert tokenizer(TEXTS).to_list() == tokenizer.tokenize_with_offsets(TEXTS).ids.to_list() == wanted


def test_in_tf_data(tokenizer):
    dataset = tf.data.Dataset.from_tensor_slices(TEXTS).batch(5).map(tokenizer)
    assert [row for batch in dataset for row in batch.to_list()] == tokenizer(TEXTS).to_list()


def test_written_and_read(tokenizer, tmp_path):
    cased = SentencePieceTokenizer(tokenizer.model_file, lower_case=False)
    cased.write(tmp_path)
    again = written_tokenizer(tmp_path)
    assert type(again) is SentencePieceTokenizer and again.settings == {"lower_case": False}
    assert again.digest() == cased.digest() != tokenizer.digest()
    assert again(["Who? WHO"]).to_list() == cased(["Who? WHO"]).to_list() != tokenizer(["Who? WHO"]).to_list()


def test_words_and_special_pieces(tokenizer):
    pieces = tokenizer.vocabulary
    assert [pieces[number] for number in tokenizer.special_ids] == ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    assert not tokenizer.goes_on[pieces.index("\u2581")] and tokenizer.goes_on[pieces.index("e")]
    assert not tokenizer.goes_on[pieces.index(",")]
    assert not set(tokenizer(["[CLS] a [SEP] [MASK] <pad>"]).flat_values.numpy()) & {0, 2, 3, 4}


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`model_file` must be an existing file.*has no \.model file"):
        SentencePieceTokenizer(tmp_path / "spiece.model")
    with pytest.raises(ValueError, match=r"`model_file` must be a SentencePiece model.*Pass the \.model file"):
        SentencePieceTokenizer(written(tmp_path, "not.model", b"no model at all"))
    with pytest.raises(ValueError, match=r"`model_file` must be a SentencePiece model"):
        SentencePieceTokenizer(written(tmp_path, "cut.model", sentence_pieces()[:2_000]))
    with pytest.raises(TypeError, match=r"do_lower_case.*The keyword is lower_case"):
        SentencePieceTokenizer(model_file(tmp_path), do_lower_case=True)


def test_a_model_without_special_pieces(tmp_path):
    plain = sentence_pieces().replace(b"[CLS]", b"[XLS]")
    with pytest.raises(ValueError, match=r"`model_file` must hold <pad>, <unk>, \[CLS\], \[SEP\].*without \[CLS\]"):
        SentencePieceTokenizer(written(tmp_path, "other.model", plain))


def test_vocabulary_is_no_word_pieces(model):
    with pytest.raises(ValueError, match=r"spiece\.model.*must be utf-8.*Pass the vocab\.txt"):
        Vocabulary.read(model)
