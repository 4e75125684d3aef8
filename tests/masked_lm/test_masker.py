"""What is masked: whole words, 15 % of the tokens, 80/10/10; a function of seed, epoch and row."""

import numpy as np
import pytest
from encoders import VOCABULARY, write_vocabulary

from bert_keras.masked_lm.masker import Masker
from bert_keras.text.tokenizer import Tokenizer

CLS, SEP, UNK, MASK = (VOCABULARY.index(piece) for piece in ("[CLS]", "[SEP]", "[UNK]", "[MASK]"))
WORD, TAIL = VOCABULARY.index("play"), VOCABULARY.index("##ing")


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def rows(number, length=102, seed=0):
    """Rows of pieces that begin words and pieces that go on with one, about as many of each."""
    random = np.random.default_rng(seed)
    ids = np.where(random.random((number, length)) < 0.5, TAIL, random.integers(6, 60, (number, length)))
    ids[:, 0], ids[:, 1], ids[:, -1] = CLS, WORD, SEP
    return ids


def words_of(ids):
    """The places of each word, by a loop of its own."""
    words = []
    for place, token in enumerate(ids):
        if token in (CLS, SEP, UNK):
            continue
        if VOCABULARY[token].startswith("##") and words and words[-1][-1] == place - 1:
            words[-1].append(place)
        else:
            words.append([place])
    return words


def test_shares_of_masks_random_pieces_and_unchanged_ones(tokenizer):
    masker, total = Masker(tokenizer, seed=1), 0
    kinds = {"mask": 0, "same": 0, "other": 0}
    for number, ids in enumerate(rows(1000)):
        places, written = masker.choose(ids, epoch=0, row=number)
        total += len(places)
        for was, now in zip(ids[places], written, strict=True):
            kinds["mask" if now == MASK else "same" if now == was else "other"] += 1
    # 15 of 100 tokens a row; a row stops short only where no word is left that fits.
    assert 0.149 <= total / (1000 * 100) <= 0.15
    # Standard errors: 0.0033 of the share of masks, 0.0025 of the others; a drawn piece is the same one time in 170.
    assert abs(kinds["mask"] / total - 0.8) < 0.01
    assert abs(kinds["other"] / total - 0.1) < 0.008
    assert abs(kinds["same"] / total - 0.1) < 0.008


def test_a_word_is_chosen_whole_or_not_at_all(tokenizer):
    masker, several = Masker(tokenizer), 0
    for number, ids in enumerate(rows(50)):
        chosen = set(masker.choose(ids, 0, number)[0].tolist())
        for word in words_of(ids):
            assert chosen & set(word) in (set(), set(word))
            several += len(word) > 1 and word[0] in chosen
    assert several > 50


def test_every_word_is_chosen_about_as_often_as_another(tokenizer):
    ids = np.array([CLS, *[WORD] * 20, SEP])
    times = np.zeros(22)
    for epoch in range(2000):
        times[Masker(tokenizer).choose(ids, epoch, 7)[0]] += 1
    assert times[0] == times[-1] == 0
    assert np.all(np.abs(times[1:-1] / 2000 - 0.15) < 0.04)  # five standard errors


def test_pieces_are_chosen_by_themselves_where_that_is_asked(tokenizer):
    masker = Masker(tokenizer, whole_words=False)
    chosen = [set(masker.choose(ids, 0, n)[0].tolist()) for n, ids in enumerate(rows(20))]
    assert {len(places) for places in chosen} == {15}
    assert any(
        0 < len(places & set(w)) < len(w) for places, ids in zip(chosen, rows(20), strict=True) for w in words_of(ids)
    )


def test_special_tokens_and_unknown_words_are_never_chosen_nor_drawn(tokenizer):
    ids = np.array([CLS, UNK, WORD, UNK, TAIL, WORD, SEP, 0])
    for epoch in range(200):
        places, written = Masker(tokenizer, share=0.9).choose(ids, epoch, 0)
        assert set(places.tolist()) == {2, 4, 5}  # 0.9 of three is three
        assert not set(written.tolist()) & {0, 1, UNK, CLS, SEP}


def test_a_mask_is_a_function_of_seed_epoch_and_row(tokenizer):
    ids = rows(1)[0]
    first = Masker(tokenizer, seed=3).choose(ids, 2, 5)
    again = Masker(Tokenizer(tokenizer.vocab_file), seed=3).choose(ids, 2, 5)
    np.testing.assert_array_equal(first, again)
    for seed, epoch, row in ((4, 2, 5), (3, 3, 5), (3, 2, 6)):
        other = Masker(tokenizer, seed=seed).choose(ids, epoch, row)
        assert set(other[0].tolist()) != set(first[0].tolist())


def test_a_short_row_has_a_mask_and_a_long_word_alone_has_none(tokenizer):
    masker = Masker(tokenizer)
    assert masker.choose(np.array([CLS, WORD, SEP]), 0, 0)[0].tolist() == [1]
    assert masker.choose(np.array([CLS, WORD, TAIL, SEP]), 0, 0)[0].tolist() == []
    assert masker.choose(np.array([CLS, UNK, SEP]), 0, 0)[0].tolist() == []
    assert [masker.most(length) for length in (3, 12, 128)] == [1, 2, 19]


def test_a_vocabulary_without_mask_and_a_share_beyond_one_are_refused(tokenizer, tmp_path):
    path = write_vocabulary(tmp_path)
    path.write_text(path.read_text().replace("[MASK]", "[unused1]"))
    with pytest.raises(ValueError, match=r"`vocab_file` must be one with the piece \[MASK\]"):
        Masker(Tokenizer(path))
    for share in (0.0, 1.0):
        with pytest.raises(ValueError, match="`masked_share` must lie between 0 and 1"):
            Masker(tokenizer, share=share)
