"""An index: hits cut from documents, cosines of `embed`, documents that are added, refusals."""

import re

import numpy as np
import pytest
from documents import DOCUMENTS, SETTINGS

import bert_keras as bk
from bert_keras.retrieval.word_overlap import WordOverlap


def test_hits_are_windows_with_their_cosines_best_first(index, encoder):
    assert len(index) == len(index.windows) == len(index.vectors) > 6 and index.encoder is encoder
    assert re.fullmatch(
        r"<SearchIndex: 3 documents in \d+ windows of 12 tokens at most, 0.0 MB of vectors>", repr(index)
    )
    hits = index.search("which dog?", k=100)
    assert len(hits) == len(index)
    assert all(DOCUMENTS[hit.document][hit.start : hit.end] == hit.text for hit in hits)
    query = bk.embed(encoder, ["which dog?"], "mean", seq_length=12)
    wanted = bk.cosine_similarity(query, bk.embed(encoder, [hit.text for hit in hits], "mean", seq_length=12))[0]
    np.testing.assert_allclose([hit.score for hit in hits], wanted, atol=1e-5)
    assert (np.diff([hit.score for hit in hits]) <= 0).all()
    assert index.search("which dog?", k=2) == hits[:2] and isinstance(hits[0].score, float)


def test_a_list_in_a_list_out_and_the_best_of_each_document(index):
    both = index.search(["which dog?", "the film"], k=9, one_per_document=True)
    assert [{hit.document for hit in hits} for hits in both] == [set(DOCUMENTS)] * 2
    for query, hits in zip(["which dog?", "the film"], both, strict=True):
        best = {}
        for hit in index.search(query, k=100):
            best.setdefault(hit.document, hit)
        assert [(hit.document, hit.start) for hit in hits] == [(hit.document, hit.start) for hit in best.values()]
    assert index.search([]) == []


def test_words_count_beside_the_cosine(index):
    query = "what is the tree?"
    hits = {(hit.document, hit.start): hit for hit in index.search(query, k=100)}
    overlap = WordOverlap([hit.text for hit in hits.values()], index.encoder.tokenizer)([query])[0]
    wanted = {place: hits[place].score + 3 * own for place, own in zip(hits, overlap, strict=True)}
    found = index.search(query, k=100, word_weight=3)
    np.testing.assert_allclose([hit.score for hit in found], sorted(wanted.values(), reverse=True), atol=1e-5)
    assert found[0].score == pytest.approx(wanted[found[0].document, found[0].start], abs=1e-5)
    assert "tree" in found[0].text


def test_added_documents_are_found_as_if_they_had_been_there(index, encoder):
    grown = bk.search_index(encoder, {"red.txt": DOCUMENTS["red.txt"]}, **SETTINGS)
    assert len(grown.search("the tree", word_weight=1)) == 1  # with words that are counted anew below
    more = {name: text for name, text in DOCUMENTS.items() if name != "red.txt"}
    assert grown.add(more) == 2
    assert (grown.windows == index.windows).all()
    np.testing.assert_allclose(grown.vectors, index.vectors, atol=1e-6)
    query = "the tree and the dog"
    [one], [other] = (own.search(query, k=1, word_weight=1) for own in (grown, index))
    assert (one.document, one.start) == (other.document, other.start)
    with pytest.raises(ValueError, match=r"names that the index does not have yet.*'long.md'. Nothing was added"):
        grown.add({"new": "x", "long.md": "y"})
    assert len(grown.documents) == 3


def test_windows_have_256_tokens_or_the_positions_there_are(encoder):
    index = bk.search_index(encoder, ["the dog"])
    assert index.embedder.seq_length == 64 and index.overlap == 15 and list(index.documents) == ["0"]


def test_mistakes_are_named(index, encoder):
    with pytest.raises(TypeError, match=r"`queries` must be str. Received: queries=3. It is number 1"):
        index.search(["a", 3])
    with pytest.raises(ValueError, match=r"`queries` must have a visible character.*It is number 0"):
        index.search(" ")
    with pytest.raises(ValueError, match="`k` must be at least 1"):
        index.search("a", k=0)
    with pytest.raises(ValueError, match="`overlap` must be between 0 and 9, tokens of a window"):
        bk.search_index(encoder, ["a"], seq_length=12, overlap=10)
    with pytest.raises(ValueError, match="`seq_length` must be between 3 and 64, the encoder's position table"):
        bk.search_index(encoder, ["a"], seq_length=65)
    with pytest.raises(TypeError, match=r"`seq_len` must be left out: search_index takes .* Did you mean 'seq_length'"):
        bk.search_index(encoder, ["a"], seq_len=12)
    with pytest.raises(TypeError, match="`encoder` must be an encoder or the handle of one"):
        bk.search_index(index, ["a"])
