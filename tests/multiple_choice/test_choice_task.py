"""`ChoiceTask`: prompts and choices as rows of ids, and what is checked before that."""

import choices
import numpy as np
import pytest

from bert_keras.data.task import reader_of
from bert_keras.multiple_choice.choice_task import ChoiceTask
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_a_batch_holds_each_pair_as_the_preprocessor_makes_it(tokenizer):
    prompts = choices.rows(7)
    data = load_choices(prompts, tokenizer, validation_share=0, batch_size=3, seq_length=24)
    pair, seen = Preprocessor(tokenizer, 24, padding="longest"), []
    for rows, (features, labels) in zip(data.order.batches(0), data.train, strict=True):
        longest = 0
        for place, row in enumerate(rows):
            prompt, texts, label = prompts[row]
            assert labels[place] == label
            for number, text in enumerate(texts):
                for name, wanted in pair([prompt], [text]).items():
                    length = wanted.shape[1]
                    longest = max(longest, length)
                    got = features[name][place, number].numpy()
                    np.testing.assert_array_equal(got[:length], wanted[0])
                    assert not got[length:].any()
        assert features["input_mask"].shape == (len(rows), 3, longest)
        seen += rows.tolist()
    assert sorted(seen) == list(range(7)) and data.num_choices == 3


def test_static_shapes(tokenizer):
    data = load_choices(choices.rows(11), tokenizer, validation_share=0, batch_size=4, static_shapes=True)
    shapes = {tuple(features["input_mask"].shape) for features, _, _ in data.train}
    assert all(shape[:2] == (4, 3) and shape[2] in data.ladder for shape in shapes)
    assert sum(int(counted.numpy().sum()) for _, _, counted in data.train) == 11


def test_fields_that_are_not_said(tokenizer):
    data = load_choices(choices.rows(20), tokenizer)
    assert (data.batch_size, data.seq_length, data.order.seed) == (16, 128, 0)
    assert ChoiceTask.kind == data.kind == "multiple_choice" and ChoiceTask.stored == ("seq_length",)


def test_rows_and_lengths_that_do_not_fit_are_named(tokenizer):
    good = ("a", ["b", "c"], 0)
    with pytest.raises(ValueError, match=r"`labels` must lie between 0 and 1, the classes.*Row 1 of train of choices"):
        load_choices([good, ("a", ["b", "c"], 2)], tokenizer, validation_share=0)
    with pytest.raises(ValueError, match="`labels` must be there to train on validation of choices"):
        load_choices({"train": [good], "validation": [good[:2]]}, tokenizer)
    assert load_choices({"train": [good], "test": [good[:2]]}, tokenizer, validation_share=0).test is not None
    with pytest.raises(ValueError, match="`choices` must be as many in each part"):
        load_choices({"train": [good], "validation": [("a", ["b", "c", "d"], 0)]}, tokenizer)
    with pytest.raises(ValueError, match="`seq_length` must be at least 5"):
        ChoiceTask(name="choices", read=reader_of({}), parts=("train",), seq_length=4)
