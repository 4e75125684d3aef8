"""SQuAD's scores: worked out by hand, and equal to the official scripts' as Model Garden carries them."""

import math
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bert_keras.metrics.squad import exact_match, f1, normalize_answer, squad_v1, squad_v2


def squad(**answers):
    """A `data` list of one paragraph; each keyword is an id with its answers' texts."""
    qas = [{"id": name, "answers": [{"text": text} for text in texts]} for name, texts in answers.items()]
    return [{"title": "Tea", "paragraphs": [{"context": "…", "qas": qas}]}]


# The texts


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("The  Nile's\tdelta.", "niles delta"),
        ("A theme, another an-chor", "theme another anchor"),
        ("the-end", "theend"),  # the hyphen goes first, so no article is left
        ("the–end of a—b", "–end of —b"),  # a Unicode dash stays, and bounds a word
        ("“The” $5.00", "“ ” 500"),
        ("İ ß ﬁ", "i̇ ß ﬁ"),  # lower case, not case folding
        ("the an A", ""),
        ("?!", ""),
        ("", ""),
        ("中文 the中", "中文 the中"),
    ],
)
def test_normalize_answer(text, normalized):
    assert normalize_answer(text) == normalized


def test_exact_match():
    assert exact_match("the Nile!", "nile")
    assert exact_match("the", "")
    assert not exact_match("Nile", "Niles")


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("The Blue Nile", "Nile", 2 / 3),  # precision 1/2, recall 1
        ("tea tea tea", "tea tea milk cake", 4 / 7),  # 2 words shared, 2/3 and 2/4
        ("tea", "tea tea", 2 / 3),
        ("milk", "tea", 0.0),
        ("", "tea", 0.0),
        ("tea", "the", 0.0),
        ("the", "?!", 1.0),
    ],
)
def test_f1(prediction, answer, expected):
    assert f1(prediction, answer) == pytest.approx(expected, abs=1e-15)


def test_f1_of_two_texts_that_normalise_to_nothing():
    assert f1("the", "?!", both_empty=0.0) == 0.0
    assert squad_v1({"q": "the"}, squad(q=["?!"])) == {"exact_match": 100.0, "f1": 0.0}
    assert squad_v2({"q": "the"}, squad(q=["?!"]))["f1"] == 100.0
    # 2.0 leaves such answers out where there is another; 1.1 does not
    assert squad_v1({"q": ""}, squad(q=["a", "tea"])) == {"exact_match": 100.0, "f1": 0.0}
    assert squad_v2({"q": ""}, squad(q=["a", "tea"]))["exact_match"] == 0.0


# The sets

FOUR = squad(q1=["the Blue Nile", "Nile"], q2=["tea"], n1=[], n2=[])
FOUR_TEXTS = {"q1": "White Nile", "q2": "Tea.", "n1": "", "n2": "milk"}
# q1: F1 with "blue nile" 1/2, with "nile" 2/3


def test_squad_v1_by_hand():
    scores = squad_v1({"q1": "White Nile", "q2": "Tea."}, squad(q1=["the Blue Nile", "Nile"], q2=["tea"]))
    assert scores == {"exact_match": 50.0, "f1": pytest.approx(100 * (2 / 3 + 1) / 2)}


def test_squad_v2_by_hand():
    assert squad_v2(FOUR_TEXTS, FOUR) == {
        "exact_match": 50.0,
        "f1": pytest.approx(100 * (2 / 3 + 1 + 1 + 0) / 4),
        "total": 4,
        "has_answer_exact_match": 50.0,
        "has_answer_f1": pytest.approx(100 * (2 / 3 + 1) / 2),
        "has_answer_total": 2,
        "no_answer_exact_match": 50.0,
        "no_answer_f1": 50.0,
        "no_answer_total": 2,
    }


def test_a_part_without_questions():
    scores = squad_v2({"q1": "tea"}, squad(q1=["tea"]))
    assert scores["no_answer_total"] == 0 and "no_answer_f1" not in scores
    scores = squad_v2({"n1": ""}, squad(n1=[]), {"n1": 0.5})
    assert scores["has_answer_total"] == 0 and "has_answer_f1" not in scores
    assert (scores["best_f1"], scores["best_f1_threshold"]) == (100.0, 0.0)


def test_null_odds_by_hand():
    odds = {"n2": -1.0, "q2": -3.0, "q1": 1.5, "n1": 4.0}
    scores = squad_v2(FOUR_TEXTS, FOUR, odds)
    # Over 1.0 the prediction counts as "": q1 is lost, n1 stays right
    assert scores["exact_match"] == 50.0 and scores["f1"] == 50.0
    assert scores["has_answer_f1"] == 50.0 and scores["no_answer_f1"] == 50.0
    # Upwards from everything "", 2 points: q2 +1 = 3, n2 -1 = 2, q1 + 0 or 2/3, n1 ± 0
    assert (scores["best_exact_match"], scores["best_exact_match_threshold"]) == (75.0, -3.0)
    assert (scores["best_f1"], scores["best_f1_threshold"]) == (75.0, -3.0)
    as_they_are = squad_v2(FOUR_TEXTS, FOUR, odds, null_threshold=None)
    assert as_they_are["f1"] == squad_v2(FOUR_TEXTS, FOUR)["f1"]
    assert as_they_are["best_f1"] == 75.0
    assert squad_v2(FOUR_TEXTS, FOUR, odds, null_threshold=-3.0)["exact_match"] == 75.0  # the best is reached
    assert squad_v2(FOUR_TEXTS, FOUR, odds, null_threshold=-3)["f1"] == 75.0
    assert squad_v2(FOUR_TEXTS, FOUR, odds, null_threshold=-3.1)["f1"] == 50.0


def test_numpy_odds():
    odds = {"q1": np.float32(0.5), "q2": np.int64(2), "n1": np.float64(3), "n2": 1}
    assert squad_v2(FOUR_TEXTS, FOUR, odds) == squad_v2(FOUR_TEXTS, FOUR, {"q1": 0.5, "q2": 2.0, "n1": 3.0, "n2": 1.0})


def test_every_question_counts():
    with pytest.warns(UserWarning, match=r"`predictions` lacks 1 of the set's 2 questions, the first 'q2': .* wrong"):
        assert squad_v1({"q1": "Nile"}, squad(q1=["Nile"], q2=["tea"])) == {"exact_match": 50.0, "f1": 50.0}
    texts = {"q1": "Nile", "n1": ""}
    with pytest.warns(UserWarning, match=r"lacks 2 of the set's 4 questions, the first 'q2'"):
        scores = squad_v2(texts, FOUR, {"q1": 0.1, "n1": 0.9})
    assert scores["total"] == 4 and scores["exact_match"] == 50.0
    assert scores["has_answer_f1"] == 50.0 and scores["no_answer_f1"] == 50.0
    assert (scores["best_f1"], scores["best_f1_threshold"]) == (50.0, 0.1)
    with pytest.raises(ValueError, match=r"must hold every question of the set. Without .* 2 .* the first 'q2'"):
        squad_v2(texts, FOUR, missing="error")
    with pytest.raises(ValueError, match="`missing` must be one of 'count_as_wrong', 'error'"):
        squad_v1({"q1": ""}, squad(q1=["a"]), missing="ignore")


# Against the official scripts

WORDS = (
    "the The a an AN A's nile blue – — ‐ - ... ?! the-end a–b 'a' İ ß ﬁ É É 3.5 $5 (the) “the” naïve a.n ʼa an_the _a "
    "\u200bthe 中文 中 the中 א\u200fב ते tea tea tea x² Ⅷ \U0001f375 \x1f \x85"
).split(" ")
SPACES = [" ", " ", "  ", "\t", "\u00a0", "\u2028", " \r\n", ""]


def hard_set(count):
    """Questions, predictions, and the odds of half of them equal in pairs and more."""
    rng = random.Random(20160616)

    def text():
        words = rng.choices(WORDS, k=rng.choice([0, 1, 1, 2, 2, 3, 4, 9]))
        return "".join(word + rng.choice(SPACES) for word in words)

    data, predictions, odds = [], {}, {}
    for row in range(count):
        answers = [text() for _ in range(rng.choice([1, 1, 2, 3]))]
        name = f"q{row}"
        predictions[name] = rng.choice([text(), rng.choice(answers), rng.choice(answers).upper() + " the", ""])
        odds[name] = rng.choice([rng.gauss(0, 2), float(rng.randrange(-4, 4))])
        data += squad(**{name: answers})
    order = list(odds)
    rng.shuffle(order)
    return data, predictions, {name: odds[name] for name in order}


@pytest.fixture(scope="module")
def hard():
    return hard_set(100_000)


@pytest.fixture(scope="module")
def official():
    reason = "Model Garden, which carries the official scripts, is not here: pip install tf-models-official"
    v1 = pytest.importorskip("official.nlp.tools.squad_evaluate_v1_1", reason=reason)
    return v1, pytest.importorskip("official.nlp.tools.squad_evaluate_v2_0", reason=reason)


def test_v1_equals_the_official_script(hard, official):
    data, predictions, _ = hard
    ours, theirs = squad_v1(predictions, data), official[0].evaluate(data, predictions)
    assert 20 < ours["f1"] < 80
    assert ours["exact_match"] == pytest.approx(100 * theirs["exact_match"], abs=1e-9)
    assert ours["f1"] == pytest.approx(100 * theirs["final_f1"], abs=1e-9)


@pytest.mark.parametrize(("count", "with_odds"), [(20_000, False), (100_000, True)])
def test_v2_equals_the_official_script(hard, official, count, with_odds):
    data, predictions, odds = hard
    data = [
        squad(**{entry["id"]: [] if row % 5 < 2 else [answer["text"] for answer in entry["answers"]]})[0]
        for row, entry in enumerate(article["paragraphs"][0]["qas"][0] for article in data)
    ]
    if count < len(data):
        data, predictions = data[:count], dict(list(predictions.items())[:count])
    ours = squad_v2(predictions, data, odds if with_odds else None)
    theirs = official[1].evaluate(data, predictions, odds if with_odds else None)
    names = {"exact": "exact_match", "f1": "f1", "total": "total"}
    pairs = {names[name]: theirs[name] for name in names}
    pairs |= {f"has_answer_{names[name]}": theirs[f"HasAns_{name}"] for name in names}
    pairs |= {f"no_answer_{names[name]}": theirs[f"NoAns_{name}"] for name in names}
    if with_odds:
        for name in ("exact", "f1"):
            pairs[f"best_{names[name]}"] = theirs[f"final_{name}"]
            pairs[f"best_{names[name]}_threshold"] = theirs[f"final_{name}_thresh"]
        assert ours["best_f1_threshold"] != 0.0
    assert ours == {name: pytest.approx(value, abs=1e-9) for name, value in pairs.items()}


@pytest.mark.parametrize("seed", range(30))
def test_thresholds_among_equal_odds(official, seed):
    rng = random.Random(seed)
    answers = {f"q{row}": rng.choice([["tea"], ["tea milk"], []]) for row in range(12)}
    predictions = {name: rng.choice(["tea", "", "the", "milk tea"]) for name in answers}
    odds = {name: rng.choice([-1, 0, 2.5]) for name in rng.sample(list(answers), 12)}
    theirs = official[1].evaluate(squad(**answers), predictions, odds)
    ours = squad_v2(predictions, squad(**answers), odds)
    assert ours["best_f1"] == pytest.approx(theirs["final_f1"], abs=1e-9)
    assert ours["best_f1_threshold"] == theirs["final_f1_thresh"]
    assert ours["best_exact_match_threshold"] == theirs["final_exact_thresh"]


@settings(deadline=None, max_examples=300)
@given(st.text(), st.text())
@example("the–a", "the a")
def test_any_two_texts(official, prediction, answer):
    assert normalize_answer(prediction) == official[1]._normalize_answer(prediction)
    assert f1(prediction, answer) == pytest.approx(official[1]._compute_f1(answer, prediction), abs=1e-12)
    assert f1(prediction, answer, both_empty=0.0) == pytest.approx(official[0]._f1_score(prediction, answer), abs=1e-12)
    assert exact_match(prediction, answer) == official[0]._exact_match_score(prediction, answer)


# What is refused


@pytest.mark.parametrize("function", [squad_v1, squad_v2])
def test_predictions_that_are_refused(function):
    data = squad(q1=["tea"], q2=["milk"])
    match = r"Received: 2 unknown ids of 3, the first 'q7'. The set has 2 questions, the first 'q1'"
    with pytest.raises(ValueError, match=match):
        function({"q1": "", "q7": "tea", "q8": ""}, data)
    with pytest.raises(TypeError, match=r"`predictions` must be strings. Received: .*None. .* prediction for 'q2'"):
        function({"q1": "", "q2": None}, data)
    with pytest.raises(
        TypeError, match=r"`predictions` must be a dict by question id. Received: predictions=\['tea'\]"
    ):
        function(["tea"], data)


D, P, Q = "data[1].paragraphs", "data[1].paragraphs[0].qas", "data[1].paragraphs[0].qas[0]"
ANSWER = {"text": "tea"}


@pytest.mark.parametrize(
    ("article", "path", "problem"),
    [
        ("Tea", "data[1]", "be an object (a dict). Received: data[1]='Tea'"),
        ({"title": "Tea"}, "data[1]", "have the field 'paragraphs'. Received: data[1]=['title']"),
        ({"paragraphs": {"qas": []}}, D, "be a list. Received: data[1].paragraphs=\"an object with the keys ['qas']\""),
        ({"paragraphs": [{"qa": []}]}, D + "[0]", "have the field 'qas'. Received: data[1].paragraphs[0]=['qa']. Did"),
        ({"paragraphs": [{"qas": 3}]}, P, "be a list"),
        ({"paragraphs": [{"qas": [{"answers": []}]}]}, Q, "have the field 'id'"),
        (
            {"paragraphs": [{"qas": [{"id": 7, "answers": []}]}]},
            Q + ".id",
            f'be a string. Received: {Q}.id=7. Write "7"',
        ),
        (
            {"paragraphs": [{"qas": [{"id": "q1", "answers": []}]}]},
            Q + ".id",
            "be unique, and data[0].paragraphs[0].qas",
        ),
        ({"paragraphs": [{"qas": [{"id": "q2"}]}]}, Q, "have the field 'answers'"),
        ({"paragraphs": [{"qas": [{"id": "q2", "answers": {"text": ["tea"]}}]}]}, Q + ".answers", "be a list"),
        ({"paragraphs": [{"qas": [{"id": "q2", "answers": ["tea"]}]}]}, Q + ".answers[0]", "be an object (a dict)"),
        (
            {"paragraphs": [{"qas": [{"id": "q2", "answers": [ANSWER, {"text": 5}]}]}]},
            Q + ".answers[1].text",
            f'be a string. Received: {Q}.answers[1].text=5. Write "5"',
        ),
    ],
)
def test_references_that_are_malformed(article, path, problem):
    data = [*squad(q1=["tea"]), article]
    for function in (squad_v1, squad_v2):
        with pytest.raises(ValueError, match=r"^`data\[1\]") as caught:
            function({"q1": ""}, data)
        assert str(caught.value).startswith(f"`{path}` must {problem}")


def test_references_that_are_something_else():
    for whole in ({"version": "1.1", "data": squad(q=["tea"])}, "dev.json", None):
        with pytest.raises(TypeError, match=r"`references` must be the list under 'data' .* Pass squad\['data'\]"):
            squad_v1({"q": "tea"}, whole)
    for empty in ([], [{"paragraphs": [{"qas": []}]}]):
        with pytest.raises(ValueError, match="`references` must hold at least one question"):
            squad_v2({}, empty)
    with pytest.raises(ValueError, match=r"qas\[1\].answers` must hold at least one answer. .* is 'n1'. .*squad_v2"):
        squad_v1({"q": "tea", "n1": ""}, squad(q=["tea"], n1=[]))


def test_null_odds_that_are_refused():
    data, texts = squad(q1=["tea"], n1=[]), {"q1": "tea", "n1": ""}
    for value in ("0.5", None, True):
        with pytest.raises(TypeError, match=r"`null_odds` must be numbers. Received: .* They are those of 'n1'"):
            squad_v2(texts, data, {"q1": 0.5, "n1": value})
    for value in (math.nan, math.inf, np.float32("nan")):
        with pytest.raises(ValueError, match=r"`null_odds` must be finite numbers. Received: .* those of 'n1'"):
            squad_v2(texts, data, {"q1": 0.5, "n1": value})
    with pytest.raises(
        ValueError, match=r"`null_odds` must hold every question .* Without odds: 1 of 2, the first 'n1'"
    ):
        squad_v2(texts, data, {"q1": 0.5})
    with pytest.raises(ValueError, match=r"`null_odds` must be for questions of the set. .* 1 unknown ids of 3"):
        squad_v2(texts, data, {"q1": 0.5, "n1": 0.5, "q9": 0.5})
    with pytest.raises(TypeError, match="`null_odds` must be a dict by question id"):
        squad_v2(texts, data, [0.5, 0.5])


def test_null_threshold_that_is_refused():
    data, texts, odds = squad(q1=["tea"]), {"q1": "tea"}, {"q1": 0.5}
    with pytest.raises(TypeError, match=r"`null_threshold` must be a number. Received: null_threshold='low'"):
        squad_v2(texts, data, odds, null_threshold="low")
    with pytest.raises(ValueError, match="`null_threshold` must be a finite number"):
        squad_v2(texts, data, odds, null_threshold=math.nan)
    with pytest.raises(ValueError, match="`null_threshold` must come with null_odds"):
        squad_v2(texts, data, null_threshold=0.0)
