"""`check_packing`: batches that cannot be packed are refused before a row is tokenized."""

import types

import pytest
import tiny

from bert_keras.data.check_packing import check_packing
from bert_keras.data.task import Task


def test_what_can_be_packed_passes():
    for encoder in (types.SimpleNamespace(takes_packed=True), object()):  # a tokenizer says nothing of it
        check_packing(encoder, parts=4, batch_size=8, static_shapes=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encoder": types.SimpleNamespace(takes_packed=False)}, r"`packed` must be off but for the native encoder"),
        (
            {"encoder": types.SimpleNamespace(takes_packed=True, mobile={"bottleneck": 8})},
            r"`packed` must be off for MobileBERT, whose answers would be others",
        ),
        (
            {"static_shapes": False},
            r"`static_shapes` must be True where rows are packed. Received: static_shapes=False",
        ),
        ({"parts": 3}, r"`packed` must divide batch_size=8. Received: packed=3"),
    ],
)
def test_what_cannot_is_refused(change, said):
    known = {"encoder": types.SimpleNamespace(takes_packed=True), "parts": 2, "batch_size": 8, "static_shapes": True}
    with pytest.raises(ValueError, match=said):
        check_packing(**{**known, **change})


def test_tasks_say_whether_they_can_be_packed():
    tiny.task().check_packed()
    with pytest.raises(ValueError, match=r"`packed` must be off for long_text='windows'.*long_text='truncate'"):
        tiny.task(long_text="windows").check_packed()
    with pytest.raises(ValueError, match=r"`packed` must be off for x: texts and pairs .* and not of_words"):
        type("Words", (Task,), {"kind": "of_words"})(name="x", read=dict, parts=("train",)).check_packed()
