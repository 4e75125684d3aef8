"""`Comparison`: who is named the best, and who is not."""

import dataclasses
import json
import math

import pytest
from comparisons import comparison

FAR = {"low": [0.70, 0.72, 0.71, 0.73], "high": [0.80, 0.83, 0.81, 0.84]}
NEAR = {"low": [0.70, 0.75, 0.71, 0.73], "high": [0.72, 0.73, 0.74, 0.72]}


def test_the_better_one_is_named_where_the_interval_leaves_zero_out():
    found = comparison(FAR)
    assert found.winner == "high"
    assert found.verdict[0].startswith("high is better than low: +0.1050 accuracy, interval +0.0")
    assert found.verdict[1] == "The best is high."
    assert comparison(dict(reversed(FAR.items()))).winner == "high"


def test_nobody_is_named_where_it_holds_zero():
    found = comparison(NEAR)
    assert found.winner is None and found.verdict[1] == "No winner is named."
    assert found.verdict[0].startswith("Whether high or low is better cannot be said: +0.0050 accuracy")
    assert "no winner" in repr(found)


def test_of_three_the_best_must_beat_both():
    assert comparison({**FAR, "middle": [0.75, 0.77, 0.76, 0.78]}).winner == "high"
    assert comparison({**FAR, "also high": [0.81, 0.82, 0.82, 0.83]}).winner is None


def test_with_a_baseline_each_other_is_compared_with_it_alone():
    found = comparison({**FAR, "also high": [0.81, 0.82, 0.82, 0.83]}, baseline="low")
    assert [(own.name, own.against) for own in found.differences] == [("high", "low"), ("also high", "low")]
    assert found.winner is None and "No winner is named." not in found.verdict
    assert all("is better than low" in sentence for sentence in found.verdict)


def test_one_that_has_runs_without_a_score_is_not_named():
    found = comparison({"low": FAR["low"], "high": [0.80, 0.83, None, 0.84]}, unlearned=[("high", 2)])
    assert found.differences[0].low > 0 and found.winner is None
    assert found.verdict[-2] == "1 of 4 runs of high learned nothing: Seed 2: It failed."
    assert found.verdict[-1] == "high has runs without a score, which are in no difference: it is not named the best."


def test_no_seed_of_which_both_have_a_score():
    found = comparison({"low": [0.7, None], "high": [None, 0.8]})
    assert found.verdict[0] == "high and low have no seed of which both have a score." and found.winner is None


def test_what_would_be_so_on_these_rows_alone_is_told():
    found = comparison(FAR)
    wide = dataclasses.replace(found.differences[0], wide_low=-0.01, wide_high=0.22)
    told = dataclasses.replace(found, differences=(wide,))
    assert told.winner == "high"
    assert told.verdict[0].endswith("with 4 pairs of runs; for other rows, too, -0.0100 to +0.2200.")
    assert told.verdict[2] == "Whether it would be on other rows, too, cannot be said: the wider interval holds zero."
    sure = dataclasses.replace(found, differences=(dataclasses.replace(wide, wide_low=0.01),))
    assert sure.verdict[1:] == ["The best is high."]


def test_its_table():
    found = comparison(FAR, unlearned=[("low", 1)], notes=["A note."])
    lines = str(found).splitlines()
    assert lines[0] == "samples/reviews, 4 seeds"
    assert lines[2].split() == "low 0.7150 0.7000 to 0.7300 1 12 s 1.00 GiB".split()
    assert lines[-1] == "A note."
    assert repr(found) == (
        "<Comparison of samples/reviews, accuracy: low 0.7150, high 0.8200 (4 seeds; the best is high)>"
    )
    assert "<td" in found._repr_html_() and "The best is high." in found._repr_html_()


def test_its_frame_has_a_row_for_each_run():
    pytest.importorskip("pandas")
    frame = comparison(FAR).to_frame()
    assert list(frame[frame.name == "low"].accuracy) == FAR["low"] and list(frame.seed) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert {"f1", "seconds", "memory", "unlearned", "best_epoch", "folder"} <= set(frame.columns)


def test_its_json_has_no_number_that_json_has_not():
    found = comparison({"low": [0.7, None], "high": [0.8, None]})
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["differences"][0]["low"] is None and told["differences"][0]["holds_zero"] is True
    assert told["winner"] is None and told["summary"][1]["mean"] == 0.8
    none = comparison({"low": [None, None], "high": [0.8, 0.9]})
    assert math.isnan(none.summary()[0]["mean"]) and none.to_dict()["summary"][0]["mean"] is None
    assert "– to –" in str(none) and "low –, high 0.8500" in repr(none)
