"""Answers over documents: cut from them, ranked by spans and the search as the formula says, none where none is."""

import copy

import numpy as np
import pytest
import questions
from documents import DOCUMENTS

import bert_keras as bk

QUESTION = "what is red?"


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    return questions.predictor(tmp_path_factory.mktemp("document reader"))


@pytest.fixture(scope="module")
def always(predictor):
    """The same as a model that has never seen a question without an answer."""
    other = copy.copy(predictor)
    other.config = {**predictor.config, "null_threshold": None}
    return other


def test_answers_are_cut_from_their_documents(index, always):
    reader = bk.DocumentReader(index, always, k=4)
    answers = reader([QUESTION, "who was good?"], top_k=30)
    assert len(answers) == 2 and all(len(own) == 30 for own in answers)
    for own in answers:
        assert all(DOCUMENTS[answer.document][answer.start : answer.end] == answer.answer != "" for answer in own)
        assert all(answer.answer in answer.passage for answer in own)
        assert (np.diff([answer.score for answer in own]) <= 0).all()
        assert len({(answer.document, answer.start, answer.end) for answer in own}) == 30
    best = reader(QUESTION)
    assert (best.document, best.start, best.end) == (answers[0][0].document, answers[0][0].start, answers[0][0].end)
    assert best.question == QUESTION and 0 < best.score <= 1
    assert "passage=" not in repr(best) and reader([]) == []


def test_without_the_search_the_ranking_is_that_of_best_of(index, always, predictor):
    for model in (always, predictor):
        reader = bk.DocumentReader(index, model, k=3, passage_weight=0)
        own = reader(QUESTION, top_k=8)
        passages = list(dict.fromkeys(answer.passage for answer in reader(QUESTION, top_k=500) if answer.passage))
        theirs = model.best_of(QUESTION, passages, top_k=8)
        assert [answer.answer for answer in own] == [answer.answer for answer in theirs]
        np.testing.assert_allclose([answer.score for answer in own], [answer.score for answer in theirs], rtol=1e-4)


def test_the_search_adds_to_the_logits(index, always):
    """The odds of two answers change by the weight times the difference of their passages' scores, as exponents."""
    plain, weighted = (
        {
            (answer.document, answer.start, answer.end): answer
            for answer in bk.DocumentReader(index, always, k=4, passage_weight=weight)(QUESTION, top_k=500)
        }
        for weight in (0, 7)
    )
    assert plain.keys() == weighted.keys()
    first, *others = list(plain)
    for other in others:
        wanted = np.log(plain[other].score / plain[first].score)
        wanted += 7 * (plain[other].passage_score - plain[first].passage_score)
        assert np.log(weighted[other].score / weighted[first].score) == pytest.approx(wanted, abs=1e-3)


def test_windows_that_overlap_are_read_as_one(index, always):
    answers = bk.DocumentReader(index, always, k=len(index))(QUESTION, top_k=500)
    long = [answer.passage for answer in answers if answer.document == "long.md"]
    assert set(long) == {DOCUMENTS["long.md"]}


def test_no_answer_is_said_only_where_no_passage_has_one(index, predictor, always):
    reader = bk.DocumentReader(index, predictor, k=3)
    every = [answer for answer in reader(QUESTION, top_k=500) if answer.answer]
    least = min(answer.null_score for answer in every)
    none = reader(QUESTION, null_threshold=least - 0.1)
    assert (none.answer, none.document, none.start, none.end, none.passage) == ("", None, 0, 0, "")
    assert none.null_score == pytest.approx(least) and reader(QUESTION, null_threshold=least + 0.1).answer
    assert bk.DocumentReader(index, always)(QUESTION).answer
    with pytest.raises(ValueError, match="`null_threshold` must be None for this model"):
        bk.DocumentReader(index, always)(QUESTION, null_threshold=0.0)


def test_mistakes_are_named(index, predictor):
    with pytest.raises(TypeError, match=r"`index` must be an index.*bk.load_index"):
        bk.DocumentReader(predictor, index)
    with pytest.raises(TypeError, match=r"`predictor` must be a bk.QuestionPredictor"):
        bk.DocumentReader(index, index)
    with pytest.raises(ValueError, match="`k` must be at least 1"):
        bk.DocumentReader(index, predictor, k=0)
    with pytest.raises(ValueError, match="`passage_weight` must be a finite number of at least 0"):
        bk.DocumentReader(index, predictor, passage_weight=-1)
    with pytest.raises(ValueError, match="`questions` must have a visible character"):
        bk.DocumentReader(index, predictor)([" "])
    with pytest.raises(TypeError, match="`questions` must be a list of str"):
        bk.DocumentReader(index, predictor)(None)
    with pytest.raises(TypeError, match="`top_k` must be left out: DocumentReader takes"):
        bk.DocumentReader(index, predictor, top_k=3)
