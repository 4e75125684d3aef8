"""What is said of few labelled rows a class: when, and in which words."""

import keras
import pytest
import tuned

import bert_keras as bk
from bert_keras.running.training_run.few_rows import few_rows


def data(encoder, counts, **options):
    texts = [f"the {name} was good" for name, count in counts.items() for _ in range(count)]
    labels = [name for name, count in counts.items() for _ in range(count)]
    rows = {"text": texts, "label": labels}
    parts = {"train": rows, "validation": rows}
    task = bk.load_files(parts, text="text", label="label", seq_length=16, **options)
    return task.load(encoder, parts=("train",))


@pytest.fixture(scope="module")
def loaded(encoder):
    return bk.load_encoder(encoder)


def test_a_few_a_class(loaded):
    found = few_rows(data(loaded, {"night": 20, "dog": 12}))
    assert found == [
        "32 training rows of 2 classes are few: with an encoder of sentences, bk.fit_few (bert-keras fit-few) was "
        "better in our trials"
    ]


@pytest.mark.parametrize("counts", [(64, 64), (100, 28), (64,) * 3, (10, 100, 82), (40,) * 32])
def test_as_far_as_it_was_measured(counts, loaded):
    assert len(few_rows(data(loaded, {f"class {number}": count for number, count in enumerate(counts)}))) == 1


CASES = {
    "more": ({"night": 65, "dog": 64}, {}),
    "more than 64 of three classes": ({"night": 65, "dog": 64, "house": 64}, {}),
    "more than 1,280 of 32 classes": ({f"class {number}": 40 + (number == 3) for number in range(32)}, {}),
    "a class that bk.fit_few would refuse": ({"night": 5, "dog": 1}, {}),
    "windows, which it does not read": ({"night": 4, "dog": 4}, {"long_text": "windows"}),
    "several labels": ({"night dog": 4, "dog": 4}, {"label_separator": " "}),
}


@pytest.mark.parametrize("case", CASES)
def test_elsewhere_nothing_is_said(case, loaded):
    counts, options = CASES[case]
    assert few_rows(data(loaded, counts, **options)) == []


class Enough(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise RuntimeError("enough")


def test_a_run_says_it(encoder, tmp_path):
    said = []
    texts = {"text": ["good", "bad"] * 4, "label": ["a", "b"] * 4}
    task = bk.load_files({"train": texts, "validation": texts}, text="text", label="label", seq_length=16)
    with pytest.raises(RuntimeError, match="enough"):
        bk.finetune(task, encoder, tmp_path / "out", recipe=tuned.RECIPE, callbacks=[Enough()], say=said.append)
    assert sum("8 training rows of 2 classes are few: " in line for line in said) == 1
