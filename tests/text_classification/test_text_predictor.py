"""`TextPredictor`: strings in, answers out, in every form that a user passes, and in bounded time and memory."""

import dataclasses
import functools
import itertools

import keras
import numpy as np
import pytest
import tiny
import tuned
from tags import HOSTILE, Tags

import bert_keras as bk
from bert_keras.running.loading.load import load
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text_classification.text_prediction import TextPrediction
from bert_keras.text_classification.text_predictor import TextPredictor
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors


@pytest.fixture(scope="module")
def predictors(tmp_path_factory):
    """By kind, each loaded once."""
    place = tmp_path_factory.mktemp("models")
    encoder = tuned.write_encoder(place / "encoder")
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = load(tuned.write_model(place / kind, encoder, kind), batch_size=8)
        return made[kind]

    return get


@functools.cache
def padded(predictor):
    """Preprocessing to the full length, whatever the batch."""
    return Preprocessor(predictor.model.encoder.tokenizer, 24)


def by_hand(predictor, *texts):
    """The probabilities of one input from the model's parts: features padded to the full length, softmax in NumPy."""
    features = padded(predictor)(*([text] for text in texts))
    logits = predictor.model(features).numpy()[0].astype("float64")
    return np.exp(logits) / np.exp(logits).sum()


def test_one_text(predictors):
    predictor = predictors("single")
    answer, wanted = predictor("a very good film"), by_hand(predictor, "a very good film")
    assert isinstance(answer, TextPrediction)
    assert list(answer.probabilities) == ["negative", "positive"]
    np.testing.assert_allclose(list(answer.probabilities.values()), wanted, atol=1e-6)
    assert (
        answer.label == ["negative", "positive"][wanted.argmax()] and answer.score == answer.probabilities[answer.label]
    )
    assert type(answer.score) is float


def test_a_batch_of_any_lengths_keeps_its_order_and_equals_one_by_one(predictors):
    predictor = predictors("single")
    words = ["good", "bad", "film", "not", "very", "room", "story", "never"]
    texts = [" ".join(itertools.islice(itertools.cycle(words[place % 8 :]), (place * 7) % 31)) for place in range(50)]
    together = predictor(texts)
    assert isinstance(together, list) and len(together) == 50
    for text, answer in zip(texts, together, strict=True):
        np.testing.assert_allclose(list(answer.probabilities.values()), by_hand(predictor, text), atol=1e-6)
    assert len({answer.score for answer in together}) > 25  # the comparison above can fail
    assert predictor.probabilities(texts).shape == predictor.logits(texts).shape == (50, 2)


@pytest.mark.parametrize("texts", [[], iter([]), np.array([], str)])
def test_no_texts_no_answers(predictors, texts):
    assert predictors("single")(texts) == []


def test_arrays_and_generators(predictors):
    predictor, texts = predictors("single"), ["good", "bad film"]
    assert predictor(np.array(texts)) == predictor(text for text in texts) == predictor(texts)


def test_an_empty_text_is_two_special_tokens(predictors):
    predictor = predictors("single")
    empty = predictor("")
    np.testing.assert_allclose(list(empty.probabilities.values()), by_hand(predictor, ""), atol=5e-6)
    for same in predictor([" ", "\t\n", "\u200b"]):  # a batch's products are summed in another order
        np.testing.assert_allclose(list(same.probabilities.values()), list(empty.probabilities.values()), atol=2e-6)
    pair = predictors("pairs")
    np.testing.assert_allclose(list(pair("", "").probabilities.values()), by_hand(pair, "", ""), atol=5e-6)


def test_a_long_text_is_cut_as_in_training(predictors):
    predictor = predictors("single")
    cut = predictor(" ".join(["good"] * 22))  # and the two special tokens
    assert predictor("good " * 100_000) == cut
    assert predictor("good " * 21) != cut


def test_pairs_in_all_forms(predictors):
    predictor = predictors("pairs")
    one, other = predictor("a good film", "bad food"), predictor("the cat", "a dog")
    np.testing.assert_allclose(
        list(one.probabilities.values()), by_hand(predictor, "a good film", "bad food"), atol=1e-6
    )
    assert one != predictor("bad food", "a good film")
    assert predictor(("a good film", "bad food")) == one
    assert predictor([("a good film", "bad food")]) == predictor([["a good film", "bad food"]]) == [one]
    both = [one, other]
    for answers in (
        predictor([("a good film", "bad food"), ("the cat", "a dog")]),
        predictor(["a good film", "the cat"], ["bad food", "a dog"]),
        predictor(zip(["a good film", "the cat"], ["bad food", "a dog"], strict=True)),
    ):
        assert [answer.label for answer in answers] == [answer.label for answer in both]
        for answer, wanted in zip(answers, both, strict=True):
            assert answer.score == pytest.approx(wanted.score, abs=1e-6)


def test_regression(predictors):
    predictor = predictors("regression")
    answer = predictor("a good film", "a good film")
    features = padded(predictor)(["a good film"], ["a good film"])
    assert answer == TextPrediction(None, pytest.approx(float(predictor.model(features)[0, 0]), abs=1e-6), None)


def test_several_labels(predictors):
    predictor = predictors("multi")
    features = padded(predictor)(["good food and a bad room", "day"])
    wanted = 1.0 / (1.0 + np.exp(-predictor.model(features).numpy().astype("float64")))
    for answer, row in zip(predictor(["good food and a bad room", "day"]), wanted, strict=True):
        assert answer.score is None
        np.testing.assert_allclose(list(answer.probabilities.values()), row, atol=1e-6)
        assert answer.label == tuple(n for n, p in zip(["food", "room", "staff"], row, strict=True) if p >= 0.5)
    assert 0.0 < (wanted >= 0.5).mean() < 1.0


@pytest.mark.parametrize("value", [None, 3, 2.5, b"bytes", float("nan"), ("a", None)])
@pytest.mark.parametrize("kind", ["single", "pairs"])
def test_what_is_no_text_is_named_with_its_place(predictors, kind, value):
    good = "fine" if kind == "single" else ("fine", "fine")
    with pytest.raises(TypeError, match=r"`texts` must be str\. Received: texts=.*\. It is number 2\."):
        predictors(kind)([good, good, value])


@pytest.mark.parametrize("value", [None, 3, b"bytes"])
def test_what_is_no_list_of_texts(predictors, value):
    with pytest.raises(TypeError, match="`texts` must be a str or a list of them"):
        predictors("single")(value)
    with pytest.raises(TypeError, match=r"`texts` must be str|`text_pairs` must be a str or a list of them"):
        predictors("pairs")("a", 3)


def test_a_dict_is_a_table_of_columns(predictors):
    with pytest.raises(ValueError, match=r"`rows` must have the columns that the model reads.*\['a'\]"):
        predictors("single")({"a": ["a text"]})
    with pytest.raises((TypeError, ValueError), match="`rows` must have a list of values in the column 'a'"):
        predictors("single")({"a": 1})


def test_the_wrong_number_of_texts(predictors):
    single, pairs = predictors("single"), predictors("pairs")
    for call in (lambda: single("a", "b"), lambda: single(("a", "b")), lambda: single([("a", "b")])):
        with pytest.raises(ValueError, match=r"must be 1 text \(sentence\) for samples/reviews.*It is number 0"):
            call()
    with pytest.raises(ValueError, match=r"must be 1 text .*It is number 1"):
        single(["a", ("a", "b")])
    for call in (lambda: pairs("a"), lambda: pairs(["a", "b"]), lambda: pairs([("a", "b", "c")]), lambda: pairs([()])):
        with pytest.raises(ValueError, match=r"must be 2 texts \(sentence1, sentence2\) for glue/mrpc.*It is number 0"):
            call()
    with pytest.raises(
        ValueError, match=r"`text_pairs` must have as many entries as `texts`, which has 2.*text_pairs=1"
    ):
        pairs(["a", "b"], ["c"])


def test_half_a_surrogate_pair_is_named_with_its_place(predictors):
    texts = ["fine"] * 5000 + ["ab\ud83d"]
    with pytest.raises(ValueError, match=r"text that UTF-8 can express.*Number 5000 has half .* at character 2"):
        predictors("single")(texts)


def test_ten_thousand_texts_of_all_lengths_are_traced_once(predictors):
    predictor = predictors("single")
    texts = ["good " * (place % 23) for place in range(10_000)]
    predictor.batch_size = 512
    labels = predictor.logits(texts).argmax(axis=-1)
    predictor.batch_size = 8
    predictor(["a", "good film"]), predictor("who was it?"), predictor(["not"] * 9)
    assert predictor._batches.run.experimental_get_tracing_count() == 1
    np.testing.assert_array_equal(labels[:4600], np.tile(labels[:23], 200))  # across the 4096 that are sorted together


def test_answers_outside_the_graph_are_those_inside(predictors, monkeypatch):
    """On another backend the network stands outside TensorFlow's graph, and is run on batches of few lengths."""
    model, config = predictors("single").model, predictors("single").config
    texts = tiny.sentences(37)
    wanted = TextPredictor(model, config, batch_size=8).logits(texts)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    predictor, lengths = TextPredictor(model, config, batch_size=8), []
    predict = model.predict_on_batch
    monkeypatch.setattr(
        model, "predict_on_batch", lambda batch: (lengths.append(batch["input_mask"].shape), predict(batch))[1]
    )
    np.testing.assert_allclose(predictor.logits(texts), wanted, atol=1e-5)
    assert set(lengths) == {(8, 24), (5, 24)} and wanted.std() > 0.1


def test_distances_outside_the_graph_are_those_inside(predictors, monkeypatch):
    model, config = predictors("single").model, predictors("single").config
    texts = tiny.sentences(37)
    wanted = tuned.with_unlike(TextPredictor(model, config, batch_size=8), texts)(texts)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    found = tuned.with_unlike(TextPredictor(model, config, batch_size=8), texts)(texts)
    for one, other in zip(found, wanted, strict=True):
        assert one.distance == pytest.approx(other.distance, abs=1e-3)
        assert one.score == pytest.approx(other.score, abs=1e-5)
    assert len({answer.unlike for answer in wanted}) == 2


def test_a_model_of_numbers_tells_nothing_of_unlike_texts(predictors):
    with pytest.raises(ValueError, match="`unlike_above` must be null for a model of numbers"):
        predictors("regression").know_ordinary(OrdinaryVectors(np.zeros((1, 8), "float32"), np.eye(8, dtype="float32")))


def test_answers_as_lines(predictors):
    (line,) = predictors("single").lines(["a good film"])
    answer = predictors("single")("a good film")
    told = dataclasses.asdict(answer)
    of_some = {name: told.pop(name) for name in ("unsure", "unlike", "distance")}  # where it may abstain
    assert line == {"text": "a good film", **told}
    assert of_some == {"unsure": (), "unlike": False, "distance": None}
    lines = list(predictors("pairs").lines([("a", "b"), ("c", "d")]))
    assert [(line["text"], line["text_pair"]) for line in lines] == [("a", "b"), ("c", "d")]
    assert [predictors(kind).columns for kind in ("single", "pairs")] == [1, 2]
    assert predictors("single").options == ("abstain_below",)


def test_a_batch_size_that_is_none(tmp_path):
    with pytest.raises(ValueError, match="`batch_size` must be at least 1"):
        load(tmp_path / "nowhere", batch_size=0)


def test_a_notebook_shows_bars_and_names_that_stay_text():
    named = TextPrediction("<b>", 0.75, {"<b>": 0.75, HOSTILE: 0.25})
    found = Tags(named._repr_html_())
    assert found.text == f"<b><b> 0.750{HOSTILE} 0.250"
    assert set(found.names) == {"div", "b", "table", "tbody", "tr", "td", "span"}
    widths = [attributes["style"].split("width: ")[1] for name, attributes in found.tags if name == "span"]
    assert [float(width.split("em")[0]) for width in widths] == [9.0, 3.0]
    assert Tags(TextPrediction(("a", "<i>"), None, {"a": 0.5, "<i>": 0.5})._repr_html_()).text.startswith("a, <i>")
    assert Tags(TextPrediction(None, 2.5, None)._repr_html_()).text == "2.500"


class TestFilesOfAnotherMaker:
    """A model that was tuned on a published task is scored on a table of one's own, whose form it was not told."""

    FIRST = tuple(f"a film number {n}" for n in range(30))
    SECOND = tuple(f"it was said {n} times" for n in range(30))

    def labels(self, predictor):
        return [predictor.labels[n % len(predictor.labels)] for n in range(30)]

    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("single", ("sentence",)),
            ("single", ("Text",)),
            ("single", ("review",)),
            ("pairs", ("sentence1", "sentence2")),
            ("pairs", ("question", "sentence")),
            ("mnli", ("premise", "hypothesis")),  # whose classes are not in the order of the alphabet
            ("mnli", ("text", "text_pair")),
        ],
    )
    def test_the_scores_are_those_of_its_answers(self, predictors, kind, names):
        predictor = predictors(kind)
        texts = [list(self.FIRST), list(self.SECOND)][: len(names)]
        rows = dict(zip(names, texts, strict=True)) | {"label": self.labels(predictor)}
        found = bk.evaluate(predictor, {"other": ["x"] * 30, **rows})
        answers = predictor(texts[0] if len(texts) == 1 else list(zip(*texts, strict=True)))
        right = np.mean([answer.label == label for answer, label in zip(answers, rows["label"], strict=True)])
        assert found["accuracy"] == pytest.approx(right) and found.rows == 30

    def test_a_model_of_single_texts_reads_one_of_two(self, predictors):
        predictor = predictors("single")
        rows = {"question": self.FIRST, "sentence": self.SECOND, "label": self.labels(predictor)}
        alone = {name: rows[name] for name in ("sentence", "label")}
        assert bk.evaluate(predictor, rows) == bk.evaluate(predictor, alone)

    def test_what_does_not_fit_is_refused(self, predictors):
        single, pairs = predictors("single"), predictors("pairs")
        two = {"question": self.FIRST, "passage": self.SECOND}
        with pytest.raises(ValueError, match=r"`task` must have 1 text a row, .*\['question', 'passage'\]\..*text='…'"):
            bk.evaluate(single, two | {"label": self.labels(single)})
        with pytest.raises(ValueError, match=r"`task` must have 2 texts a row, .*\['sentence'\]"):
            bk.evaluate(pairs, {"sentence": self.FIRST, "label": self.labels(pairs)})
        rows = {"text": self.FIRST, "label": ["positive", "bad"] * 15}
        for part in ("train", "validation"):
            with pytest.raises(ValueError, match=r"row 1: `label` must be one of the classes that are given, .*'bad'"):
                bk.evaluate(single, rows, part)
        names = ["negative", "positive"]
        known = bk.load_files({"validation": rows}, label_names=names, unknown_labels="leave_out")
        alone = {"text": self.FIRST[::2], "label": ["positive"] * 15}
        assert bk.evaluate(single, known) == bk.evaluate(single, alone)
        table = bk.load_files(two | {"label": self.labels(pairs)}, validation_share=0.5)
        with pytest.raises(
            ValueError, match=r"`task` must have the labels of the model.*label_names=\['not_equivalent', "
        ):
            bk.evaluate(pairs, table)
