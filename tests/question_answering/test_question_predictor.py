"""`QuestionPredictor`: answers cut from the context, batches, top_k, thresholds, lines of JSON, refusals."""

import json

import numpy as np
import pytest
import questions

from bert_keras.question_answering.question_predictor import Answer, QuestionPredictor

CONTEXT = "The film was good. The ünïted dog is red, the ﬁrst CAT is bİg 😀 and the old house was by the tree."
LONG = " ".join(
    f"The {noun} number {number} is {questions.COLOURS[number % 6]}."
    for number in range(60)
    for noun in questions.NOUNS
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("question predictor")


@pytest.fixture(scope="module")
def predictor(place):
    return questions.predictor(place, batch_size=4)


@pytest.fixture(scope="module")
def always(place):
    """A model that has never seen a question without an answer."""
    return questions.predictor(place, null_threshold=None)


def test_one_question(always):
    answer = always(question="what is red?", context=CONTEXT)
    assert isinstance(always, QuestionPredictor) and isinstance(answer, Answer)
    assert CONTEXT[answer.start : answer.end] == answer.answer != ""
    assert 0 < answer.score <= 1 and isinstance(answer.score, float) and isinstance(answer.start, int)
    assert (answer.question, answer.context) == ("what is red?", CONTEXT)
    assert repr(answer).startswith("Answer(answer=") and CONTEXT not in repr(answer)


def test_top_k_gives_different_texts_best_first(always):
    answers = always("what is red?", CONTEXT, top_k=5)
    assert len({answer.answer for answer in answers}) == len(answers) == 5
    assert [a.score for a in answers] == sorted((a.score for a in answers), reverse=True)
    assert answers[0] == always("what is red?", CONTEXT) == always("what is red?", CONTEXT, top_k=1)[0]
    assert all(CONTEXT[answer.start : answer.end] == answer.answer for answer in answers)
    many = always("what is red?", CONTEXT, top_k=50)
    assert len(many) == 50 and [a.answer for a in many[:5]] == [a.answer for a in answers]
    assert [a.answer for a in always("who?", "good dog", top_k=9)].__len__() == 3  # good, dog, good dog


def test_lists_in_a_list_out_in_their_order(predictor):
    asked = ["what is red?", "who was it?", "when?", "which house?"]
    contexts = [CONTEXT, "a dog", LONG, "It was not the cat."]
    answers = predictor(asked, contexts)
    assert len(answers) == 4
    for question, context, answer in zip(asked, contexts, answers, strict=True):
        alone = predictor(question, context)
        assert (alone.answer, alone.start, alone.end) == (answer.answer, answer.start, answer.end)
        assert alone.score == pytest.approx(answer.score, abs=1e-5)
    listed = predictor(asked, contexts, top_k=2)
    assert [len(entry) for entry in listed] == [2, 2, 2, 2]
    assert [entry[0].answer for entry in listed] == [answer.answer for answer in answers]
    assert predictor([], []) == [] and predictor([], CONTEXT) == [] and predictor(iter(asked), np.array(contexts))


def test_one_context_serves_all_questions_and_one_question_all_contexts(predictor):
    both = predictor(["what is red?", "who?"], CONTEXT)
    assert [answer.context for answer in both] == [CONTEXT] * 2
    assert both[1].answer == predictor("who?", CONTEXT).answer
    assert [answer.context for answer in predictor("who?", [CONTEXT, "a dog"])] == [CONTEXT, "a dog"]


def test_answers_stand_in_contexts_of_any_length(always):
    answers = always("what is big?", LONG, top_k=20)
    assert all(LONG[answer.start : answer.end] == answer.answer for answer in answers)
    assert len(LONG) > 10_000 and max(answer.end for answer in answers) > 2000


def test_no_answer_is_given_above_the_threshold_alone(predictor):
    answer = predictor("what is red?", CONTEXT)
    above = predictor("what is red?", CONTEXT, null_threshold=answer.null_score - 0.1)
    below = predictor("what is red?", CONTEXT, null_threshold=answer.null_score + 0.1)
    on_it = predictor("what is red?", CONTEXT, null_threshold=answer.null_score)
    assert (above.answer, above.start, above.end) == ("", 0, 0)
    assert below.answer == on_it.answer != "" and CONTEXT[below.start : below.end] == below.answer
    assert answer == (above if answer.null_score > 0.5 else below)  # the folder's own threshold is 0.5
    entries = predictor("what is red?", CONTEXT, top_k=500, null_threshold=1e9)
    assert [entry.answer for entry in entries].count("") == 1
    assert sum(entry.score for entry in entries) == pytest.approx(1, abs=1e-5)
    first, *rest = predictor("what is red?", CONTEXT, top_k=500, null_threshold=-1e9)
    assert first.answer == "" and "" not in [entry.answer for entry in rest]


def test_a_question_that_is_too_long_is_cut_with_a_warning(predictor):
    asked = ["who?", "what is the very old and very big red house by the tree"]
    words = r"1 of 2 questions are longer than max_query_length=6 tokens, the first number 1 with 13"
    with pytest.warns(UserWarning, match=words):
        answers = predictor(asked, "the dog is red")
    assert answers[1].answer == predictor("what is the very old and", "the dog is red").answer


def test_a_notebook_shows_the_answer_marked_and_escapes_everything():
    context = 'x < y & <script>alert("1")</script> then red ' + "z" * 900
    start = context.index("red")
    shown = Answer("red", 0.5, start, start + 3, -1.0, "is 1 < 2 & <b>?", context)._repr_html_()
    assert "<mark>red</mark>" in shown and "is 1 &lt; 2 &amp; &lt;b&gt;?" in shown and "0.50" in shown
    assert "<script>" not in shown and "&lt;script&gt;alert(&quot;1&quot;)" in shown
    assert shown.count("z") == 399 and "…" in shown  # one character is the space after the answer
    nothing = Answer("", 0.9, 0, 0, 3.0, "who?", "<i>")._repr_html_()
    assert "no answer in this text" in nothing and "<mark>" not in nothing and "&lt;i&gt;" in nothing
    marked = Answer("<b>", 0.9, 1, 4, 3.0, "who?", "a<b>c")._repr_html_()
    assert "<mark>&lt;b&gt;</mark>" in marked


def test_the_best_of_several_contexts_shares_one_probability(predictor, always):
    contexts = [CONTEXT, "a dog", "It was not the cat."]
    spans, _ = predictor.reader(["what is red?"] * 3, contexts, 500)
    logits = [
        (float(logit - null), row, contexts[row], int(start), int(end))
        for row, (own, null) in enumerate(zip(spans.logits, spans.null_logits, strict=True))
        for logit, start, end in zip(own, spans.starts[row], spans.ends[row], strict=True)
        if logit > -np.inf
    ]
    logits.sort(reverse=True)
    whole = sum(np.exp(own[0]) for own in logits)
    for model, others in ((always, 0.0), (predictor, 1.0)):  # "no answer" has the logit 0
        found = model.best_of("what is red?", contexts, top_k=500, **({"null_threshold": 1e9} if others else {}))
        answers = [entry for entry in found if entry.answer]
        assert len(answers) == len(logits) > 20 and {entry.document for entry in answers} == {0, 1, 2}
        assert sum(entry.score for entry in found) == pytest.approx(1, abs=1e-5)
        for entry, (logit, row, context, start, end) in zip(answers, logits, strict=True):
            assert (entry.document, entry.context, entry.start, entry.end) == (row, context, start, end)
            assert entry.score == pytest.approx(np.exp(logit) / (whole + others), abs=1e-5)
            assert entry.null_score == pytest.approx(float(spans.null_scores[row]), abs=1e-4)
        assert model.best_of("what is red?", contexts, top_k=1)[0] == model.best_of("what is red?", contexts)
    assert [entry.answer for entry in always.best_of("what is red?", contexts, top_k=500)].count("") == 0


def test_the_best_of_contexts_is_nothing_only_where_none_has_an_answer(predictor):
    contexts = [CONTEXT, "a dog", LONG]
    nulls = [predictor("what is red?", context).null_score for context in contexts]
    above = predictor.best_of("what is red?", contexts, null_threshold=min(nulls) - 0.1)
    assert (above.answer, above.document, above.start, above.end) == ("", None, 0, 0)
    assert above.null_score == pytest.approx(min(nulls), abs=1e-4)
    below = predictor.best_of("what is red?", contexts, null_threshold=min(nulls) + 0.1)
    assert below.answer and below.document == int(np.argmin(nulls))
    assert predictor("what is red?", CONTEXT).document is None


def test_what_best_of_does_not_take(predictor, always):
    with pytest.raises(ValueError, match="`contexts` must hold at least one text"):
        predictor.best_of("who?", [])
    with pytest.raises(ValueError, match="`contexts` must be a list of str, one for each text"):
        predictor.best_of("who?", "a dog")
    with pytest.raises(TypeError, match="`question` must be a str"):
        predictor.best_of(["who?"], ["a dog"])
    with pytest.raises(ValueError, match=r"`context` must have a visible character.*number 1"):
        predictor.best_of("who?", ["a dog", " "])
    with pytest.raises(ValueError, match="`null_threshold` must be None for this model"):
        always.best_of("who?", ["a dog"], null_threshold=0.0)


@pytest.mark.parametrize("blank", ["", "   ", "\n\t \r\n", "\x00\x07", "\u200b\u200e", "\u00a0\u3000"])
@pytest.mark.parametrize("name", ["question", "context"])
def test_what_cannot_be_seen_is_refused_with_its_place(predictor, name, blank):
    with pytest.raises(ValueError, match=rf"`{name}` must have a visible character. Received: {name}=.* number 0"):
        predictor(**{"question": "who?", "context": "a dog", name: blank})
    with pytest.raises(ValueError, match=rf"`{name}` must have a visible character.* It is number 1"):
        predictor(**{"question": ["who?"] * 2, "context": ["a dog"] * 2, name: ["a", blank]})


@pytest.mark.parametrize(
    ("question", "context", "words"),
    [
        (7, "a", r"`question` must be a str or a list of them. Received: question=7"),
        (b"who?", "a", r"`question` must be a str or a list of them"),
        ("who?", None, r"`context` must be a str or a list of them. Received: context=None"),
        (["who?", 7], "a", r"`question` must be str. Received: question=7. It is number 1"),
        ("who?", ["a", None], r"`context` must be str. Received: context=None. It is number 1"),
    ],
)
def test_what_is_no_text(predictor, question, context, words):
    with pytest.raises(TypeError, match=words):
        predictor(question, context)


def test_lists_of_other_lengths_and_half_a_surrogate_pair(predictor):
    words = "`context` must have as many entries as `question`, which has 2, or be one str for all. .*context=3"
    with pytest.raises(ValueError, match=words):
        predictor(["who?", "what?"], ["a", "b", "c"])
    with pytest.raises(ValueError, match=r"`context` must be text that UTF-8 can express.*character 2"):
        predictor("who?", "a \ud800")


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_top_k_that_cannot_be(predictor, wrong):
    with pytest.raises(ValueError, match="`top_k` must be at least 1"):
        predictor("who?", "a dog", top_k=wrong)


@pytest.mark.parametrize("wrong", [float("nan"), "0.5", True])
def test_a_threshold_that_is_no_number(predictor, wrong):
    with pytest.raises((TypeError, ValueError), match=r"`null_threshold` must be a (finite )?number"):
        predictor("who?", "a dog", null_threshold=wrong)


def test_a_model_that_always_answers_takes_no_threshold(always):
    with pytest.raises(ValueError, match=r"`null_threshold` must be None for this model.*all have an answer"):
        always("who?", "a dog", null_threshold=0.0)


def test_a_folder_whose_threshold_is_no_number(predictor):
    with pytest.raises(TypeError, match=r"`null_threshold` must be a number. Received: null_threshold='high'"):
        QuestionPredictor(predictor.model, questions.config("high"))


def test_lines_of_json(predictor):
    rows = [("what is red?", CONTEXT), ("who was it?", "a dog")]
    assert predictor.columns == 2 and predictor.options == ("top_k", "null_threshold")
    names = ["answer", "score", "start", "end", "null_score"]
    answers = predictor(*zip(*rows, strict=True))
    lines = list(predictor.lines(rows))
    assert [list(line) for line in lines] == [["question", *names]] * 2
    for (question, _), line, answer in zip(rows, lines, answers, strict=True):
        assert line == {"question": question, **{name: getattr(answer, name) for name in names}}
    assert json.loads(json.dumps(lines)) == lines
    several = list(predictor.lines(rows, top_k=2, null_threshold=-1e9))
    assert [list(line) for line in several] == [["question", "answers"]] * 2
    assert [list(entry) for line in several for entry in line["answers"]] == [names] * 4
    assert [line["answers"][0]["answer"] for line in several] == ["", ""]
    assert list(predictor.lines([])) == []
