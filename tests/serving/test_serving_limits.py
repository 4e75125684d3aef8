"""Limits out of range are said by name."""

import pytest

from bert_keras.serving.serving_limits import ServingLimits


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("batch_rows", 0, "`batch_rows` must be at least 1"),
        ("batch_wait_ms", -1.0, "`batch_wait_ms` must be a finite number between 0 and 10000"),
        ("queue_rows", 127, "`queue_rows` must be at least 128"),
        ("request_rows", 0, "`request_rows` must be at least 1"),
        ("request_bytes", 1 << 24, "`request_bytes` must be between 64 and 8388608"),
        ("text_characters", 0, "`text_characters` must be at least 1"),
        ("body_seconds", 0.0, "`body_seconds` must be a finite number of at least 0.1"),
        ("stop_seconds", 0, "`stop_seconds` must be at least 1"),
    ],
)
def test_out_of_range(name, value, said):
    with pytest.raises(ValueError, match=said):
        ServingLimits(**{name: value})


def test_a_queue_takes_the_largest_request():
    assert ServingLimits(request_rows=8, queue_rows=8).queue_rows == 8
