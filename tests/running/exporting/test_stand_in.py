"""An exported model in the place of its own: scores and outputs are those of what is called."""

import choices
import encoders
import numpy as np
import pytest
import questions
import tagging
import tiny

from bert_keras.features import FEATURE_NAMES
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.running.evaluate import evaluate
from bert_keras.running.exporting.stand_in import stand_in
from bert_keras.running.kinds import KINDS
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    native = tiny.native_encoder()
    native.tokenizer = Tokenizer(encoders.write_vocabulary(tmp_path_factory.mktemp("stand_in")))
    return native


def made(kind, encoder, tmp_path):
    """A model and its data."""
    if kind == "questions":
        return questions.with_random_head(encoder), questions.question_data(encoder, impossible=0)
    if kind == "tags":
        return tagging.with_random_head(encoder), tagging.tagging_data(encoder)
    if kind == "choices":
        files = {
            name: choices.write_swag(tmp_path / f"{name}.csv", choices.rows(seed=seed))
            for seed, name in enumerate(("train", "validation"))
        }
        return choices.with_random_head(encoder), load_choices(files, encoder, seq_length=24)
    if kind == "masked":
        texts = tiny.sentences(40)
        data = load_masked({"train": texts[:20], "validation": texts[20:]}, encoder, seq_length=16)
        return MaskedLM(encoder, seed=1), data
    return TextClassifier(encoder, 2, seed=1), tiny.task_data(encoder)


@pytest.mark.parametrize("kind", ["texts", "questions", "tags", "choices", "masked"])
def test_scores_are_those_of_what_is_called(encoder, tmp_path, kind):
    model, data = made(kind, encoder, tmp_path)
    head, calls = KINDS[model.kind].portable(model, {"labels": ["no", "yes"]}), []

    def run(features):
        calls.append({name: column.shape for name, column in features.items()})
        columns = {name: column.reshape(-1, column.shape[-1]) for name, column in features.items()}
        outputs = model(columns, training=False)
        outputs = outputs if isinstance(outputs, dict) else {"logits": outputs}
        found = {name: np.asarray(values) for name, values in outputs.items()}
        return {"logits": found["logits"].reshape(features["input_mask"].shape[:2])} if head.choices else found

    other = stand_in(model, head, run)
    wanted = evaluate(model, data)
    assert evaluate(other, data) == pytest.approx(dict(wanted)) and wanted
    assert calls and all(set(shapes) == set(FEATURE_NAMES) for shapes in calls)
    assert {len(shape) for shapes in calls for shape in shapes.values()} == {3 if head.choices else 2}


def test_what_is_called_decides_the_outputs(encoder):
    model = TextClassifier(encoder, 2, seed=1)
    head = KINDS[model.kind].portable(model, {"labels": ["no", "yes"]})
    other = stand_in(model, head, lambda features: {"logits": np.full((len(features["input_mask"]), 2), [3.0, -1.0])})
    found = other.predict(encoder.preprocessor(8)(["good", "bad", "film"]), verbose=0)
    np.testing.assert_array_equal(found, [[3.0, -1.0]] * 3)
    assert isinstance(other, TextClassifier) and other.encoder is encoder
