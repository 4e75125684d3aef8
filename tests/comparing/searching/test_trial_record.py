"""`TrialRecord`: from JSON it is what it was."""

import json
import math

from comparisons import record

from bert_keras.comparing.searching.trial_record import ENDED, TrialRecord


def test_it_comes_back_from_json():
    made = TrialRecord(3, {"epochs": 2}, ENDED, (0.5, 0.75), run=record("trial-3", 0, 0.75))
    assert made.name == "trial-3"
    assert TrialRecord.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_a_score_that_is_no_number():
    told = json.dumps(TrialRecord(0, {}, epochs=(math.nan, 0.5)).to_dict(), allow_nan=False)
    first, second = TrialRecord.from_dict(json.loads(told)).epochs
    assert math.isnan(first) and second == 0.5
