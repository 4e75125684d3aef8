"""`top_losses`: the rows, losses and probabilities worked out apart, for every kind of label."""

import numpy as np
import pytest
import questions
import tiny
from tags import HOSTILE, Tags

from bert_keras.features import MULTI_LABEL, PROBLEM_TYPES, REGRESSION, SINGLE_LABEL
from bert_keras.inspection.top_losses import TopLoss, TopLosses, top_losses
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier


def made(problem_type, vocab_file):
    data = tiny.task_data(Tokenizer(vocab_file), problem_type)
    classes = len(tiny.LABELS[problem_type] or [0])
    model = TextClassifier(tiny.native_encoder(), classes, problem_type, seed=3)
    model.classifier.kernel.assign(np.random.default_rng(4).normal(size=model.classifier.kernel.shape))
    return model, data


def logits_one_by_one(model, data, vocab_file):
    """[rows, classes] of the validation part, each row alone."""
    encoder = model.encoder
    encoder.tokenizer = Tokenizer(vocab_file)
    make = encoder.preprocessor(16, padding="longest")
    return np.concatenate([model(make([text])).numpy() for text in data.split("validation").examples.texts[0]])


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_rows_losses_and_names(problem_type, vocab_file):
    model, data = made(problem_type, vocab_file)
    labels = data.split("validation").examples.labels
    logits = logits_one_by_one(model, data, vocab_file).astype("float64")
    names = tiny.LABELS[problem_type]
    if problem_type == SINGLE_LABEL:
        shares = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
        losses = -np.log(shares)
        label, predicted = [names[row] for row in labels], [names[row] for row in logits.argmax(axis=1)]
    elif problem_type == MULTI_LABEL:
        right = np.where(labels == 1, 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(logits)))
        losses, shares = -np.log(right).mean(axis=1), right.min(axis=1)
        label, predicted = ([tuple(np.array(names)[row]) for row in rows] for rows in (labels == 1, logits >= 0))
    else:
        losses, shares = (logits[:, 0] - labels) ** 2, None
        label, predicted = labels.tolist(), logits[:, 0].tolist()
    found = top_losses(model, data, k=5)
    assert len(found) == 5
    for place, item in enumerate(found):
        row = item.row
        assert losses[row] == pytest.approx(np.sort(losses)[::-1][place], rel=1e-4)
        assert item.loss == pytest.approx(losses[row], rel=1e-4)
        assert item.text == data.split("validation").examples.texts[0][row]
        assert item.label == (pytest.approx(label[row]) if problem_type == REGRESSION else label[row])
        assert item.predicted == (
            pytest.approx(predicted[row], abs=1e-4) if problem_type == REGRESSION else predicted[row]
        )
        assert item.probability == (None if shares is None else pytest.approx(shares[row], rel=1e-4))
    mean = model.evaluate(data.validation, verbose=0, return_dict=True)["loss"]
    assert np.mean([item.loss for item in top_losses(model, data, k=1000)]) == pytest.approx(mean, rel=1e-4)


def test_pairs_are_tuples(vocab_file):
    rows = tiny.examples(5)
    pairs = type(rows)((rows.texts[0], rows.texts[0][::-1]), rows.labels, rows.ids)
    task = tiny.text_task({"test": pairs}, name="tests/pairs", text_columns=("a", "b"), seq_length=32)
    data = task.load(Tokenizer(vocab_file))
    model = TextClassifier(tiny.native_encoder(), seed=1)
    assert top_losses(model, data, "test", k=1)[0].text in list(zip(*pairs.texts, strict=True))


def test_mistakes_are_named(vocab_file, tmp_path):
    model, data = made(SINGLE_LABEL, vocab_file)
    with pytest.raises(ValueError, match="`part` must name one split of this task"):
        top_losses(model, data, "test")
    with pytest.raises(ValueError, match="`k` must be at least 1"):
        top_losses(model, data, k=0)
    with pytest.raises(TypeError, match=r"`data` must be a bk\.TextData, of texts with labels"):
        top_losses(model, questions.question_data(questions.encoder(tmp_path)))
    with pytest.raises(ValueError, match="`model` must be for tests/small"):
        top_losses(TextClassifier(tiny.native_encoder(), 3), data)


def test_a_table_in_a_notebook_with_hostile_text_as_text():
    items = [
        TopLoss(7, HOSTILE, "<i>yes</i>", "no", 2.0, 0.125),
        TopLoss(1, ("a", "<b>"), (), ("x", "y"), 1.0, 0.5),
        TopLoss(2, "c", 1.5, 2.0, 0.25, None),
    ]
    found = Tags(TopLosses(items)._repr_html_())
    assert set(found.names) == {"table", "thead", "tbody", "tr", "th", "td"} and found.names.count("tr") == 4
    assert found.text == (
        f"rowtextlabelpredictedlossprobability7{HOSTILE}<i>yes</i>no2.0000.125"
        "1a ‖ <b>nonex, y1.0000.5002c1.5002.0000.250"
    )
