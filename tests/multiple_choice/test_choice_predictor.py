"""`ChoicePredictor`: softmax over each pair alone, for any number of choices; lines and notebooks."""

import choices
import numpy as np
import pytest
from tags import HOSTILE, Tags

from bert_keras.multiple_choice.choice_predictor import Choice


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    return choices.predictor(tmp_path_factory.mktemp("encoder"), batch_size=4)


def by_hand(predictor, prompt, texts):
    """Softmax over the scores of each pair alone."""
    model, make = predictor.model, predictor.model.encoder.preprocessor(24)
    kernel, bias = (weight.numpy() for weight in model.scorer.weights)
    pooled = [model.encoder(make([prompt], [text]))["pooled_output"].numpy()[0] for text in texts]
    logits = (np.array(pooled) @ kernel + bias)[:, 0]
    return np.exp(logits) / np.exp(logits).sum()


def test_answers_are_softmax_over_each_pair_alone_for_any_number_of_choices(predictor):
    rows = [(prompt, texts[: 2 + place % 2]) for place, (prompt, texts, _) in enumerate(choices.rows(7))]
    rows.append(("the dog", [f"the {noun}" for noun in choices.NOUNS]))
    together = predictor([prompt for prompt, _ in rows], [texts for _, texts in rows])
    for (prompt, texts), answer in zip(rows, together, strict=True):
        wanted = by_hand(predictor, prompt, texts)
        np.testing.assert_allclose(answer.probabilities, wanted, atol=1e-5)
        assert answer.index == wanted.argmax() and answer.choice == texts[answer.index]
        assert answer.score == answer.probabilities[answer.index]
        assert predictor(prompt, texts).probabilities == pytest.approx(answer.probabilities, abs=1e-6)
    assert predictor([], []) == []


def test_lines_hold_the_prompt_and_all_that_the_answer_says(predictor):
    rows = [("the dog", "was good", "is bad", "a tree"), ["a cat", "b", "c"]]
    lines = list(predictor.lines(rows))
    for row, line in zip(rows, lines, strict=True):
        assert list(line) == ["prompt", "choice", "index", "score", "probabilities"] and line["prompt"] == row[0]
        np.testing.assert_allclose(line["probabilities"], by_hand(predictor, row[0], row[1:]), atol=1e-5)
        assert line["choice"] == row[1 + line["index"]]
    assert predictor.columns == 0 and predictor.options == ()


def test_mistakes_in_prompts_and_choices_are_named(predictor):
    with pytest.raises(ValueError, match="`choices` must be 2 or more"):
        predictor("a", ["b"])
    with pytest.raises(TypeError, match=r"`choices` must be str. Received: choices=3. It is number 1"):
        predictor(["a", "a"], [["b", "c"], ["b", 3]])
    with pytest.raises(ValueError, match="`choices` must be a list of lists of str, one for each of 2 prompts"):
        predictor(["a", "b"], [["c", "d"]])
    with pytest.raises(TypeError, match="`choices` must be a list of str"):
        predictor("a", "bc")
    with pytest.raises(TypeError, match="`prompt` must be str"):
        predictor([None], [["b", "c"]])


def test_a_notebook_shows_the_choice_as_text():
    shown = Tags(Choice(HOSTILE, 1, 0.75, (0.25, 0.75))._repr_html_())
    assert shown.text == f"{HOSTILE}0 0.2501 0.750" and "script" not in shown.names
