"""What evaluators share: the part that is measured, the model that must fit, rows in their order."""

import keras
import numpy as np
import pytest
import tf_keras
import tiny

from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.tuned.evaluator import Evaluator, check_model, logits_of


@pytest.fixture(scope="module")
def data(vocab_file):
    return tiny.task_data(Tokenizer(vocab_file))


@pytest.fixture(scope="module")
def model():
    return TextClassifier(tiny.native_encoder(), 2, seed=1)


class TestEvaluator:
    def test_it_keeps_what_it_measures_and_has_no_scores_of_its_own(self, model, data, tmp_path):
        measure = Evaluator(model, data, "train")
        assert (measure.model, measure.data, measure.part) == (model, data, "train")
        assert (measure.submitted, measure.options, measure.settings({"f1": 1.0})) == ("test", (), {})
        assert measure.write(tmp_path, {}) is None and list(tmp_path.iterdir()) == []
        with pytest.raises(NotImplementedError):
            measure()

    def test_a_part_that_is_not_there(self, model, data):
        words = r"`part` must be a part of this task\. Received: part='test'\. There are: \['train', 'validation'\]\."
        with pytest.raises(ValueError, match=words):
            Evaluator(model, data, "test")

    def test_a_kind_without_vectors_of_texts(self, model, data):
        with pytest.raises(ValueError, match="`false_alarms` must be None but for classifiers of texts"):
            Evaluator(model, data, "train").vectors()

    def test_a_task_without_a_format_for_predictions(self, model, data, tmp_path):
        with pytest.raises(ValueError, match=r"`data` must be a task with a file format for predictions.*tests/small"):
            Evaluator(model, data, "train").write_predictions(tmp_path / "new" / "folder")
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match="Predictions were not written"):
            Evaluator(model, data, "train").write_predictions(tmp_path / "file")


class TestCheckModel:
    def test_a_model_that_fits(self, model, data):
        assert check_model(model, TextClassifier, data) is None
        assert check_model(model, TextClassifier, data, "problem_type", "num_classes") is None

    def test_a_model_of_another_class(self, model, data):
        with pytest.raises(TypeError, match=r"`model` must be a bk\.SpanLabeler\. Received"):
            check_model(model, SpanLabeler, data)
        with pytest.raises(TypeError, match=r"`model` must be a bk\.TextClassifier"):
            check_model(keras.Sequential(), TextClassifier, data)
        with pytest.raises(TypeError, match=r"Keras 3 \(`import keras`\), not of tf_keras"):
            check_model(tf_keras.Sequential(), TextClassifier, data)

    def test_a_model_of_other_sizes(self, data):
        other = TextClassifier(tiny.native_encoder(), 3, seed=1)
        words = (
            r"^`model` must be for tests/small, with problem_type='single_label_classification', num_classes=2\. "
            r"Received: model=\{'problem_type': 'single_label_classification', 'num_classes': 3\}\.$"
        )
        with pytest.raises(ValueError, match=words):
            check_model(other, TextClassifier, data, "problem_type", "num_classes")
        assert check_model(other, TextClassifier, data, "problem_type") is None


@pytest.mark.parametrize("static_shapes", [False, True])
def test_rows_come_out_in_their_order(model, vocab_file, static_shapes):
    encoder = model.encoder
    encoder.tokenizer = Tokenizer(vocab_file)
    split = tiny.task_data(encoder, static_shapes=static_shapes).split("validation")
    make = encoder.preprocessor(16, padding="longest")
    alone = np.concatenate([model(make([text])).numpy() for text in split.examples.texts[0]])
    for batch_size in (1, 4, 32):
        np.testing.assert_allclose(logits_of(model, split, batch_size), alone, atol=1e-5)
