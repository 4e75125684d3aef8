"""`TagPredictor`: texts and words to entities that are cut out of the text as it was given."""

import json

import numpy as np
import pytest
import tagging
import tuned
from tagging import TEXTS

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.metrics.entities import entities
from bert_keras.token_classification.kind import TOKEN_CLASSIFICATION
from bert_keras.token_classification.load_tagging import load_tagging
from bert_keras.token_classification.tag_predictor import Entity, TaggedText


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return load_encoder(tuned.write_encoder(tmp_path_factory.mktemp("tag predictor") / "encoder"))


@pytest.fixture(scope="module")
def predictor(encoder):
    return tagging.predictor(encoder)


def test_entities_are_the_tags_of_the_words_cut_out_of_the_text(predictor):
    found = predictor(TEXTS)
    assert [len(entities) > 0 for entities in found] == [True, False, True, False, True]
    for text, given in zip(TEXTS, found, strict=True):
        assert all(text[one.start : one.end] == one.text != "" and 0 < one.score <= 1 for one in given)
        _, [words], [places] = predictor._words([text])
        expected = entities(predictor.tags([words])[0]) if words else []
        assert [(one.label, *one.words) for one in given] == expected
        assert [(places[a][0], places[b - 1][1]) for _, a, b in expected] == [(one.start, one.end) for one in given]


def test_one_text_several_and_words_give_the_same(predictor):
    assert predictor(TEXTS[0]) == predictor(TEXTS)[0] and predictor(TEXTS[2]) == predictor(tuple(TEXTS))[2]
    words = "The new dog is in the house".split()
    [spoken], [given] = predictor([" ".join(words)]), predictor([words])
    assert spoken == given != []
    assert given[0].text == " ".join(words[slice(*given[0].words)])
    assert predictor([]) == []


def test_the_score_is_the_mean_of_the_words(predictor):
    [one] = [entity for entity in predictor(TEXTS[2]) if np.subtract(*entity.words) < -1][:1]
    _, [words], _ = predictor._words([TEXTS[2]])
    _, scores = predictor.reader([words])
    assert one.score == pytest.approx(scores[slice(*one.words)].mean(), rel=1e-6)


def test_plain_tags_give_one_for_each_word(encoder):
    tags = ("NN", "VB", "X")
    plain = tagging.predictor(encoder, tags, scheme="plain")
    assert [one.text for one in plain("the dog, good.")] == ["the", "dog", ",", "good", "."]
    assert {one.label for one in plain(TEXTS[2])} <= set(tags)


def test_a_notebook_shows_marks_and_escapes(predictor):
    shown = predictor("<b>the cat & dog</b>")._repr_html_()
    assert "&lt;" in shown and "&amp;" in shown and "<b>" not in shown and "<mark" in shown


@pytest.mark.parametrize(
    "given, error, words",
    [
        (3, TypeError, "`texts` must be a str, a list of them, or lists of words"),
        (b"x", TypeError, "`texts` must be a str"),
        (["a", 3], TypeError, "hold strings only, and row 1 is none"),
        (["a", ["b"]], TypeError, "row 1 is none"),
        ([3], TypeError, "be str, or lists of words.*number 0"),
        ([["a"], []], ValueError, "a word in every sentence.*sentence 1"),
        ([["a", ""]], ValueError, "a visible character in each word"),
        (["\ud83d"], ValueError, "UTF-8 can express"),
    ],
)
def test_what_is_no_text_is_refused(predictor, given, error, words):
    with pytest.raises(error, match=words):
        predictor(given)


def test_lines_hold_plain_values(predictor):
    lines = list(predictor.lines(TEXTS))
    assert json.loads(json.dumps(lines)) == lines and [line["text"] for line in lines] == TEXTS
    names = ("label", "text", "start", "end", "score")
    for line, text in zip(lines, predictor(TEXTS), strict=True):
        assert line["entities"] == [{name: getattr(one, name) for name in names} for one in text]
    assert (predictor.columns, predictor.options) == (1, ())


def test_data_for_the_model_are_made_as_in_training(encoder, tmp_path):
    predictor = tagging.predictor(encoder, kind=TOKEN_CLASSIFICATION, label_pieces="all", repair=True)
    settings = {"seq_length": 16, "label_pieces": "all", "tag_column": -1, "repair": True}
    assert predictor.data_options() == {**settings, "label_names": tagging.TAGS}
    path = tmp_path / "other.conll"
    path.write_text("the O\ndog B-ANIMAL\n\nnew I-THING\nfilm I-THING\n", encoding="utf-8")
    data = predictor.task_data("test", path)
    assert list(data.splits) == ["test"] and data.label_names == tagging.TAGS and data.settings == settings
    assert data.split("test").sentences.tags == [["O", "B-ANIMAL"], ["B-THING", "I-THING"]]  # mended, as in training
    rows = [(["the", "dog"], ["O", "B-ANIMAL"]), (["new", "film"], ["B-THING", "I-THING"])]
    assert predictor.task_data("test", rows).split("test").labels.to_list() == data.split("test").labels.to_list()
    path.write_text("dog B-COLOUR\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"be the labels of the model: O, B-ANIMAL.*B-COLOUR.*line 1 of other.conll"):
        predictor.task_data("test", path)
    with pytest.raises(ValueError, match=r"`task` must be given.*--task FILE"):
        predictor.task_data("test")
    with pytest.raises(
        ValueError, match=r"`task` must be of the kind token_classification.*ends in \.conll, \.conllu, "
    ):
        predictor.task_data("test", "other.json")


def test_another_file_is_read_with_the_columns_of_the_files_trained_on(encoder, tmp_path):
    path = tmp_path / "three.conll"
    path.write_text("dog B-ANIMAL x\nnot O x\n", encoding="utf-8")
    reading = {"tag_column": "kind", "columns": ["word", "kind", "more"]}
    options = {"validation_share": 0, "label_names": tagging.TAGS, "seq_length": 16}
    config = load_tagging(path, encoder, **options, **reading).config()
    predictor = tagging.predictor(encoder, kind=TOKEN_CLASSIFICATION, **config)
    assert predictor.task_data("test", path).split("test").sentences.tags == [["B-ANIMAL", "O"]]


def test_results_are_plain_values_and_lists():
    one = Entity("PER", "Ann", 0, 3, 0.5, (0, 1))
    text = TaggedText("Ann sings", [one])
    assert text == [one] and text.text == "Ann sings" and repr(one).endswith("score=0.5)")
