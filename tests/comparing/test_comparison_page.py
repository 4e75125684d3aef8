"""`comparison_page`: what stands in it, and that texts of a user's are texts."""

from comparisons import comparison
from tags import HOSTILE, Tags

from bert_keras.comparing.comparison_page import comparison_page

SETTINGS = {
    "low": {"encoder": "sample", "recipe": {"epochs": 3, "learning_rate": 2e-5}, "strategy": "auto"},
    "high": {"encoder": "sample", "recipe": {"epochs": 3, "learning_rate": 1e-4}, "strategy": "auto"},
}


def test_it_says_what_is_known():
    found = comparison({"low": [0.70, 0.72, 0.71], "high": [0.80, 0.83, 0.81]}, unlearned=[("low", 1)])
    page = comparison_page(found, SETTINGS)
    tags = Tags(page)
    assert "Comparison" in tags.text and "The best is high." in tags.text
    assert "high – low" in tags.text and "1 of 3 runs of low learned nothing" in tags.text
    assert tags.names.count("section") == 5 and tags.names.count("svg") >= 2
    differing = tags.text[tags.text.index("Settings") :]
    assert "2e-05" in differing and "What they have alike" in differing
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")


def test_many_differences_are_several_pictures():
    scores = {name: [0.5 + 0.1 * place, 0.52 + 0.1 * place] for place, name in enumerate("abcde")}
    settings = {name: SETTINGS["low"] for name in scores}
    page = comparison_page(comparison(scores), settings)
    assert page.count("difference of accuracy:") == 2  # ten, of which six stand in the first
    one = comparison_page(comparison({"a": [None, 0.1], "b": [0.2, None]}), settings)
    assert "have no seed of which both have a score" in one


def test_names_are_texts():
    settings = {HOSTILE: SETTINGS["low"], "b": SETTINGS["low"]}
    page = comparison_page(comparison({HOSTILE: [0.1, 0.2], "b": [0.1, 0.3]}), settings)
    assert HOSTILE not in page and HOSTILE in Tags(page).text
