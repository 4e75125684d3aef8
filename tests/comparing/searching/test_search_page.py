"""`search_page` and what `SearchResult` says: what stands in them, and that texts of a user's are texts."""

import math

from comparisons import record
from tags import HOSTILE, Tags

import bert_keras as bk
from bert_keras.comparing.searching.search_page import search_page
from bert_keras.comparing.searching.search_result import SearchResult
from bert_keras.comparing.searching.search_space import space_of
from bert_keras.comparing.searching.trial_record import ENDED, FAILED, STOPPED, TrialRecord
from bert_keras.optimization.recipe import Recipe


def made(encoder="sample", source="my reviews.csv", honest=0.75):
    space = space_of({"learning_rate": (1e-5, 1e-3)}, bk.load_task("samples/reviews"), encoder, Recipe(native=True))
    trials = (
        TrialRecord(0, {"learning_rate": 1e-4}, ENDED, (0.7,), run=record("trial-0", 0, 0.7)),
        TrialRecord(1, {"learning_rate": 3e-4}, ENDED, (0.8,), run=record("trial-1", 0, 0.8)),
        TrialRecord(2, {"learning_rate": 9e-4}, FAILED, why=f"The loss became nan {HOSTILE}."),
        TrialRecord(3, {"learning_rate": 1e-5}, STOPPED, (0.5,)),
    )
    settings = {**space.settings(), "strategy": "auto", "prune": True, "search_seed": 0}
    return SearchResult("reviews", source, "accuracy", space, trials, honest, None, "runs/x"), settings


def test_the_page():
    page = search_page(*made())
    tags = Tags(page)
    assert "The best of 2 trials is trial-1: accuracy 0.8000." in tags.text
    assert "scored on the others it is 0.7500" in tags.text and "Stopped early" in tags.text
    assert "trial-2 failed: The loss became nan" in tags.text and HOSTILE not in page and HOSTILE in tags.text
    assert tags.names.count("section") == 4 and "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_what_trains_with_the_best_settings():
    found, _ = made()
    assert found.code == (
        "bk.finetune('my reviews.csv', 'sample', \"runs/best\", recipe=bk.Recipe(learning_rate=0.0003, native=True))"
    )
    assert found.command == (
        "bert-keras finetune 'my reviews.csv' --encoder sample --learning-rate 0.0003 --native --out runs/best"
    )
    fresh, _ = made({"num_layers": 2, "hidden_size": 8, "num_heads": 2, "vocab_file": "vocab.txt"}, None, math.nan)
    assert fresh.command is None and fresh.code.startswith("bk.finetune(task, {'num_layers': 2")
    assert "how much more is not known" in " ".join(fresh.verdict) and fresh.lines() == [fresh.code]
    assert "trial-1" in found._repr_html_() and HOSTILE not in found._repr_html_()
    assert found.to_frame()["accuracy"].tolist()[:2] == [0.7, 0.8] and repr(found).startswith(
        "<SearchResult of reviews"
    )
