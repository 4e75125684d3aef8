"""`TagPredictor`: texts and words to entities that are cut out of the text as it was given."""

import numpy as np
import pytest
import tagging
import tensorflow as tf
import tuned

from bert_keras.metrics.entities import entities
from bert_keras.running.export import export
from bert_keras.running.load import load

TEXTS = [
    "The new DOG, playing in the cat's house. \U0001f600 Is it the b\u00f6\u00f6k?",
    "",
    " ".join(f"the cat number {n} played, one tree was not very new." for n in range(9)),
    "\u200b",
    "cat dog\u2026film tree \u5317\u4eac",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("tag predictor")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def predictor(place, encoder):
    return load(tagging.write_model(place / "model", encoder), batch_size=4)


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


def test_plain_tags_give_one_for_each_word(place, encoder):
    tags = ("NN", "VB", "X")
    plain = load(tagging.write_model(place / "plain", encoder, tags, scheme="plain"))
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


def test_a_model_that_is_served_gives_the_same(predictor, place):
    """In this process; another one that knows no bert_keras is asked in `test_tag_finetuning.py`."""

    served = tf.saved_model.load(export(predictor, place / "served"))
    for texts in (TEXTS, [""], [], TEXTS[2:3]):
        found = {
            name: value.numpy()
            for name, value in served.signatures["serving_default"](text=tf.constant(texts, tf.string)).items()
        }
        assert found["count"].shape == (len(texts),)
        for row, given in enumerate(predictor(texts)):
            assert found["count"][row] == len(given)
            for place_of, one in enumerate(given):
                got = {name: found[name][row, place_of] for name in ("label", "entity", "start", "end")}
                assert got == {
                    "label": one.label.encode(),
                    "entity": one.text.encode(),
                    "start": one.start,
                    "end": one.end,
                }
                assert found["score"][row, place_of] == pytest.approx(one.score, abs=1e-5)
            assert not found["label"][row, len(given) :].any() and not found["end"][row, len(given) :].any()
    names = served.signatures["label_names"]()["label_names"].numpy()
    assert [name.decode() for name in names] == list(predictor.labels)
    words = served.signatures["words"](text=tf.constant(TEXTS[:1]))
    tags = [names[number].decode() for number in words["label_id"].numpy()[0]]
    assert tags == predictor.tags(predictor._words(TEXTS[:1])[1])[0] and words["count"].numpy() == len(tags)
