"""`QuestionPipeline`: the answers of transformers 4's pipeline, worked out window by window; its calls."""

import types

import numpy as np
import pytest
import questions
import tensorflow as tf

from bert_keras.question_answering.question_pipeline import QuestionPipeline
from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.text.packing import pad_features

CONTEXT = "The film was good. The ünïted dogs is red, the ﬁrst CAT is bİg 😀 and the old house was by the tree."
LONG = " ".join(f"The {noun}s are {colour}." for noun in questions.NOUNS for colour in questions.COLOURS)
KEYS = ["score", "start", "end", "answer"]


@pytest.fixture(scope="module")
def qa(tmp_path_factory):
    return QuestionPipeline(questions.predictor(tmp_path_factory.mktemp("pipeline"), batch_size=4))


@pytest.fixture(scope="module")
def always(qa):
    return QuestionPipeline(QuestionPredictor(qa.predictor.model, questions.config(None)))


def answers_of(value):
    return value if isinstance(value, list) else [value]


def oracle(qa, question, context, top_k=1, longest=15, length=24, overlap=12, words=True, null=False):
    """What that pipeline gives: each window by itself, its own softmax, all pairs of its tokens."""
    encoder = qa.predictor.model.encoder
    tokenizer = encoder.tokenizer
    ids, starts, limits = (column[0].numpy().tolist() for column in tokenizer.tokenize_with_offsets([context]))
    asked = tokenizer([question])[0].numpy().tolist()
    room = length - 3 - len(asked)
    assert room > overlap
    first, windows, found, nulls = 0, 0, {}, []
    while True:
        part = range(first, min(first + room, len(ids)))
        row = [tokenizer.cls_id, *asked, tokenizer.sep_id, *(ids[token] for token in part), tokenizer.sep_id]
        types_ = [0] * (len(asked) + 2) + [1] * (len(part) + 1)
        outputs = qa.predictor.model(pad_features(tf.ragged.constant([row]), tf.ragged.constant([types_])))
        at = [0, *(len(asked) + 2 + number for number in range(len(part)))]
        begin, end = (np.exp(outputs[name].numpy()[0][at].astype("float64")) for name in ("start_logits", "end_logits"))
        begin, end = begin / begin.sum(), end / end.sum()
        nulls.append(begin[0] * end[0])
        places = [(i, j) for i in range(len(part)) for j in range(i, min(i + longest, len(part)))]
        pairs = [(begin[1 + i] * end[1 + j], i, j) for i, j in places]
        own = {}
        for score, i, j in sorted(pairs, reverse=True)[: 2 * top_k + 10 if words else top_k]:
            left, right = first + i, first + j
            while words and left and tokenizer.vocabulary[ids[left]].startswith("##"):
                left -= 1
            while words and right + 1 < len(ids) and tokenizer.vocabulary[ids[right + 1]].startswith("##"):
                right += 1
            text = context[starts[left] : limits[right]]
            before = own.get(text.lower(), (0.0, starts[left], limits[right], text))
            own[text.lower()] = (before[0] + score, *before[1:])
        for key, entry in own.items():
            found[key] = max(found.get(key, (0.0,)), entry)
        windows += 1
        if part.stop == len(ids):
            break
        first += room - overlap
    entries = [*found.values(), *([(min(nulls), 0, 0, "")] if null else [])]
    return sorted(entries, reverse=True)[:top_k], windows


@pytest.mark.parametrize("context", [CONTEXT, LONG])
@pytest.mark.parametrize(
    ("options", "own"),
    [
        ({}, {}),
        ({"top_k": 4}, {"top_k": 4}),
        ({"align_to_words": False, "top_k": 3}, {"words": False, "top_k": 3}),
        ({"handle_impossible_answer": True, "top_k": 60}, {"null": True, "top_k": 60}),
        ({"max_answer_len": 2, "top_k": 2}, {"longest": 2, "top_k": 2}),
        ({"max_seq_len": 40, "doc_stride": 5, "batch_size": 2}, {"length": 40, "overlap": 5}),
    ],
)
def test_answers_places_and_scores_are_those_of_each_window_by_itself(qa, context, options, own):
    found = answers_of(qa(question="what is red?", context=context, **options))
    wanted, windows = oracle(qa, "what is red?", context, **own)
    assert windows >= (1 if context is CONTEXT else 6)
    assert len(found) == len(wanted) == min(own.get("top_k", 1), len(wanted))
    for entry, (score, start, end, text) in zip(found, wanted, strict=True):
        assert list(entry) == KEYS and type(entry["score"]) is float and type(entry["start"]) is int
        assert entry["score"] == pytest.approx(score, abs=1e-5)
        assert context[entry["start"] : entry["end"]] == entry["answer"] or entry["answer"] == ""
        if all(abs(score - other[0]) > 1e-5 for other in wanted if other[3] != text):  # else either may come first
            assert (entry["answer"], entry["start"], entry["end"]) == (text, start, end)


def test_answers_are_whole_words_unless_pieces_are_asked_for(qa):
    pieces = [entry["answer"] for entry in qa(question="who?", context="dogs films", top_k=20, align_to_words=False)]
    whole = [entry["answer"] for entry in qa(question="who?", context="dogs films", top_k=20)]
    assert sorted(whole) == ["dogs", "dogs films", "films"]
    assert "dog" in pieces and len(pieces) > 3


def test_one_question_in_every_form_that_it_may_come_in(qa):
    row = {"question": "what is red?", "context": CONTEXT}
    wanted = qa(**row)
    assert list(wanted) == KEYS and 0 < wanted["score"] <= 1
    assert qa(row) == qa([row]) == qa(row["question"], row["context"]) == wanted
    assert qa(question=[row["question"]], context=CONTEXT) == wanted  # a list of one, as that pipeline answers it
    assert qa({**row, "id": "a1", "answers": {}}) == wanted
    example = types.SimpleNamespace(question_text=row["question"], context_text=CONTEXT)
    assert qa(example) == qa([example]) == wanted
    assert qa(data=row) == qa(X=[row]) == wanted


def test_several_questions_in_every_form(qa):
    asked, contexts = ["what is red?", "who was it?"], [CONTEXT, LONG]
    wanted = [qa(question=one, context=other) for one, other in zip(asked, contexts, strict=True)]
    rows = [{"question": one, "context": other} for one, other in zip(asked, contexts, strict=True)]

    def same(found):
        assert [entry["answer"] for entry in found] == [entry["answer"] for entry in wanted]
        np.testing.assert_allclose([entry["score"] for entry in found], [entry["score"] for entry in wanted], atol=1e-5)

    same(qa(question=asked, context=contexts))
    same(qa(rows))
    same(qa(*rows))
    same(qa(iter(rows)))
    same(qa({"question": asked, "context": contexts}))
    stream = qa(row for row in rows)
    assert isinstance(stream, types.GeneratorType)
    same(list(stream))
    shared = qa(question=asked, context=CONTEXT)
    assert [entry["answer"] for entry in shared] == [qa(question=one, context=CONTEXT)["answer"] for one in asked]
    spread = qa(question=asked[0], context=contexts)
    assert [entry["answer"] for entry in spread] == [qa(question=asked[0], context=one)["answer"] for one in contexts]
    assert qa([]) == [] and qa(question=[], context=CONTEXT) == []


def test_a_list_for_more_than_one_answer(qa):
    several = qa(question="what is red?", context=CONTEXT, top_k=3)
    assert len(several) == 3 and [entry["score"] for entry in several] == sorted(e["score"] for e in several)[::-1]
    assert isinstance(qa(question="who?", context="dog", top_k=3), dict)  # there is but one, and no list, as of old
    with pytest.warns(UserWarning, match=r"`topk` is the older name of `top_k`: pass top_k\.$"):
        assert qa(question="what is red?", context=CONTEXT, topk=3) == several
    with pytest.warns(UserWarning, match="It is not looked at"):
        assert qa(question="what is red?", context=CONTEXT, topk=9, top_k=3) == several


def test_no_answer_of_a_model_that_never_learnt_it(always, qa):
    with pytest.warns(UserWarning, match="trained on questions that all have an answer"):
        found = always(question="what is red?", context=CONTEXT, handle_impossible_answer=True, top_k=1000)
    assert [entry["answer"] for entry in found].count("") == 1
    assert "" not in [entry["answer"] for entry in qa(question="what is red?", context=CONTEXT, top_k=1000)]


def test_a_question_that_is_too_long_is_cut_with_a_warning(qa):
    asked = "what is the very old and very big red house by the tree"
    with pytest.warns(UserWarning, match=r"1 of 1 questions are longer than max_query_length=6 tokens"):
        found = qa(question=asked, context="the dog is red")
    assert found == qa(question="what is the very old and", context="the dog is red")
    with pytest.warns(UserWarning, match=r"longer than max_query_length=2 tokens"):
        qa(question="what is red?", context="the dog is red", max_question_len=2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"padding": True}, r"`padding` must be left out.*padded to the longest of their batch"),
        ({"num_workers": 2}, r"`num_workers` must be left out.*TensorFlow's own threads"),
        ({"null_threshold": 0.5}, r"`null_threshold` must be left out.*Call bk.load\(DIR\) without as_pipeline"),
        ({"max_answer_length": 3}, r"`max_answer_length` must be left out.*Did you mean 'max_answer_len'"),
        ({"top_k": 1.5}, "`top_k` must be an integer"),
        ({"align_to_words": "yes"}, "`align_to_words` must be True or False"),
        ({"handle_impossible_answer": 1}, "`handle_impossible_answer` must be True or False"),
    ],
)
def test_arguments_that_cannot_be_are_refused_with_what_takes_their_place(qa, options, words):
    with pytest.raises(TypeError, match=words):
        qa(question="who?", context="a dog", **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"top_k": 0}, "`top_k` must be at least 1"),
        ({"max_answer_len": 0}, "`max_answer_len` must be at least 1"),
        ({"batch_size": 0}, "`batch_size` must be at least 1"),
        ({"max_seq_len": 65}, r"`seq_length` must be between 3 and 64"),
        ({"doc_stride": 18, "max_question_len": 6}, r"`doc_stride` must be below 15, the room that max_seq_len=24"),
        ({"doc_stride": 20}, r"`doc_stride` must be between 0 and 19"),
        ({"max_question_len": 20}, r"`max_question_len` must be between 1 and 19"),
    ],
)
def test_numbers_out_of_range(qa, options, words):
    with pytest.raises(ValueError, match=words):
        qa(question="who?", context="a dog", **options)


@pytest.mark.parametrize(
    ("inputs", "options", "error", "words"),
    [
        ((), {}, ValueError, r"`inputs` must be given as question=… and context=…, or as dicts"),
        ((), {"question": "who?"}, ValueError, r"`inputs` must be given as question=… and context=…"),
        (({"question": "a", "context": "b"},), {"question": "a", "context": "b"}, ValueError, "`inputs` must be given"),
        (({"question": "who?"},), {}, ValueError, r"`inputs` must have the field 'context'.*number 0"),
        (({"data": []},), {}, ValueError, r"must have the field 'question'.*bk.evaluate and bk.write_predictions"),
        (("who?",), {}, TypeError, r"`inputs` must be a dict with question and context, or a list of them"),
        ((["who?", "a"],), {}, TypeError, r"`inputs` must be dicts with question and context.*number 0"),
        ((7,), {}, TypeError, r"`inputs` must be a dict"),
        ((), {"question": "who?", "context": " "}, ValueError, "`context` must have a visible character"),
        ((), {"question": "who?", "context": 7}, TypeError, "`context` must be a str or a list of them"),
        (({"question": 7, "context": "a"},), {}, TypeError, "`question` must be str"),
        ((), {"question": ["a"] * 2, "context": ["b"] * 3}, ValueError, "`context` must have as many entries"),
    ],
)
def test_what_is_no_question(qa, inputs, options, error, words):
    with pytest.raises(error, match=words):
        qa(*inputs, **options)


def test_it_is_made_of_a_predictor():
    with pytest.raises(TypeError, match=r"`predictor` must be a QuestionPredictor, as bk.load gives it"):
        QuestionPipeline("runs/squad")
