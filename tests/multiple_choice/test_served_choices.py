"""`ServedChoices`: strings in, the predictor's answers out, for any number of choices."""

import choices
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.multiple_choice.served_choices import ServedChoices


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    return choices.predictor(tmp_path_factory.mktemp("encoder"), batch_size=4)


@pytest.fixture(scope="module")
def served(predictor):
    return ServedChoices(predictor).signatures()["serving_default"]


@pytest.mark.parametrize("count", [2, 3, 5])
def test_answers_are_the_predictors(predictor, served, count):
    prompts, texts, _ = zip(*choices.rows(4, count, seed=count), strict=True)
    texts = [[f"{text} {number}" for number, text in enumerate(row)] for row in texts]  # no two alike
    outputs = served(prompt=tf.constant(prompts), choices=tf.constant(texts))
    answers = predictor(prompts, texts)
    assert outputs["choice_id"].numpy().tolist() == [answer.index for answer in answers]
    assert [text.decode() for text in outputs["choice"].numpy()] == [answer.choice for answer in answers]
    np.testing.assert_allclose(outputs["probabilities"], [answer.probabilities for answer in answers], atol=1e-5)


def test_no_prompts_and_too_few_lists_of_choices(served):
    nothing = served(prompt=tf.constant([], tf.string), choices=tf.zeros([0, 3], tf.string))
    assert nothing["probabilities"].shape == (0, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="`choices` must have a row for each prompt"):
        served(prompt=tf.constant(["a", "b"]), choices=tf.constant([["c", "d"]]))
