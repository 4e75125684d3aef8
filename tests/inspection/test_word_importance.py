"""Word importance: each number by finite differences of the NumPy reference, the sum, words and characters."""

import bert_reference
import numpy as np
import pytest
import tiny
import tuned
from tags import HOSTILE, Tags

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.features import REGRESSION, SINGLE_LABEL
from bert_keras.inspection.word_importance import WordImportance, WordScore, word_importance
from bert_keras.running.loading.load import load
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_predictor import TextPredictor

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "dog", "##s", "run", "cat", "##ning", "1", "⁄", "2", "not"]


def predictor_of(native, columns=("text",), problem_type=SINGLE_LABEL):
    labels = None if problem_type == REGRESSION else ["no", "yes"]
    model = TextClassifier(native, len(labels or [0]), problem_type, seed=1)
    model.classifier.kernel.assign(np.random.default_rng(2).normal(size=model.classifier.kernel.shape))
    return TextPredictor(
        model, {"labels": labels, "text_columns": list(columns), "seq_length": 16, "task": "tests/words"}
    )


@pytest.fixture(scope="module")
def weights():
    return bert_reference.random_weights()


@pytest.fixture(scope="module")
def native(weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    made = from_huggingface(bert_reference.write_checkpoint(folder / "checkpoint", weights))
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    made.tokenizer = Tokenizer(folder / "vocab.txt")
    return made


def by_differences(predictor, weights, ids, types, label, blank, points=400):
    """The integral of each token's gradient, by the midpoint rule over central differences in float64."""
    table = weights["embeddings.word_embeddings.weight"].astype("float64")
    ids = np.array(ids)
    ends = table[ids]
    starts = table[np.where(np.isin(ids, [2, 3]), ids, blank)]
    kernel, bias = (weight.numpy().astype("float64") for weight in predictor.model.classifier.weights)
    shares, step = (np.arange(points) + 0.5) / points, 1e-4

    def logits(vectors):  # [rows, tokens, width]
        rows, tokens, width = vectors.shape
        changed = weights | {"embeddings.word_embeddings.weight": vectors.reshape(-1, width)}
        features = {
            "input_word_ids": np.arange(rows * tokens).reshape(rows, tokens),
            "input_mask": np.ones((rows, tokens), int),
            "input_type_ids": np.tile(types, (rows, 1)),
        }
        return bert_reference.forward(changed, features)[0] @ kernel + bias

    at = starts + shares[:, None, None] * (ends - starts)
    found = []
    for token in range(len(ids)):
        moved = np.zeros_like(at)
        moved[:, token] = step * (ends - starts)[token]
        found.append(((logits(at + moved) - logits(at - moved))[:, label] / (2 * step)).mean())
    return np.array(found), logits(ends[None])[0, label], logits(starts[None])[0, label]


@pytest.mark.parametrize("baseline", ["mask", "pad"])
def test_every_number_is_that_of_finite_differences(native, weights, baseline):
    predictor = predictor_of(native, ("first", "second"))
    found = word_importance(predictor, ("A  dogs", "cat running"), "yes", baseline=baseline)
    ids, types = [2, 5, 6, 7, 3, 9, 8, 10, 3], [0, 0, 0, 0, 0, 1, 1, 1, 1]
    scores, logit, blank = by_differences(predictor, weights, ids, types, 1, 4 if baseline == "mask" else 0)
    wanted = [scores[1], scores[2] + scores[3], scores[5], scores[6] + scores[7]]
    assert [word[:3] + word[4:] for word in found.words] == [
        ("A", 0, 1, 0),
        ("dogs", 3, 7, 0),
        ("cat", 0, 3, 1),
        ("running", 4, 11, 1),
    ]
    difference = abs(logit - blank)
    np.testing.assert_allclose([word.score for word in found.words], wanted, atol=0.01 * difference)
    assert (found.label, found.logit, found.baseline_logit) == pytest.approx(("yes", logit, blank), abs=1e-4)
    assert scores[[0, 4, 8]] == pytest.approx(0, abs=1e-9)
    assert abs(sum(word.score for word in found.words) - (logit - blank)) <= 0.01 * difference
    assert found.gap == pytest.approx(sum(word.score for word in found.words) - (found.logit - found.baseline_logit))


def test_without_a_label_it_is_the_one_that_is_answered(native):
    predictor = predictor_of(native)
    for text in ("a dog", "not a cat"):
        assert word_importance(predictor, text).label == predictor(text).label
    number = predictor_of(native, problem_type=REGRESSION)
    found = word_importance(number, "a dog")
    assert found.label is None and found.logit == pytest.approx(number("a dog").score, abs=1e-5)


def test_the_steps_that_are_asked_for_are_taken_and_a_gap_is_told(native):
    predictor = predictor_of(native)
    enough = word_importance(predictor, "a dog not running")
    assert enough.steps in (16, 32, 64, 128, 256, 512, 1024)
    assert abs(enough.gap) <= 0.01 * abs(enough.logit - enough.baseline_logit)
    with pytest.warns(UserWarning, match=r"misses the difference of the logits by .* in 1 steps. Pass more steps"):
        assert word_importance(predictor, "a dog not running", steps=1).steps == 1


def test_what_was_cut_is_not_there_and_a_character_of_several_words_is_one(native):
    predictor = predictor_of(native)
    assert len(word_importance(predictor, "a dog " * 20).words) == 14  # of 16 tokens, two are special
    assert word_importance(predictor, "").words == ()
    assert [word[:3] for word in word_importance(predictor, "½ dog").words] == [("½", 0, 1), ("dog", 2, 5)]


@pytest.mark.filterwarnings("ignore:The words' sum misses")  # whether it does is not the subject here
def test_a_folder_with_a_hub_encoder_gives_the_same_as_its_native_form(tmp_path):
    folder = tuned.write_model(tmp_path / "model", tuned.write_encoder(tmp_path / "encoder"))
    hub, native = (word_importance(load(folder, native=native), "the dog was good") for native in (False, True))
    assert load(folder, native=True).model.encoder.num_layers == 1
    assert [word.score for word in hub.words] == pytest.approx([word.score for word in native.words], abs=1e-6)


def test_mistakes_are_named(native):
    predictor = predictor_of(native)
    with pytest.raises(ValueError, match="`label` must be one of 'no', 'yes'"):
        word_importance(predictor, "a dog", "yess")
    with pytest.raises(ValueError, match="`baseline` must be one of 'mask', 'pad'"):
        word_importance(predictor, "a dog", baseline="zero")
    with pytest.raises(ValueError, match=r"`texts` must be 1 text \(text\)"):
        word_importance(predictor, ("a", "dog"))
    with pytest.raises(TypeError, match=r"`predictor` must be a classifier of bk\.load"):
        word_importance(tiny.native_encoder(), "a dog")
    config = {**predictor.config, "long_text": "windows", "max_windows": 4}
    with pytest.raises(ValueError, match="`text` must fit one window of 16 tokens"):
        word_importance(TextPredictor(predictor.model, config), "a dog " * 20)
    with pytest.raises(ValueError, match="`label` must be None for a model that gives a number"):
        word_importance(predictor_of(native, problem_type=REGRESSION), "a dog", "yes")


def test_hostile_text_stays_text_in_a_notebook():
    text = HOSTILE
    words = (WordScore(text[:8], 0, 8, 0.5), WordScore('"x"', text.index('"x"'), text.index('"x"') + 3, -2.0))
    found = Tags(WordImportance(words, "<b>&", 1.0, 0.0, 16, 0.0, (text,))._repr_html_())
    assert found.text.endswith(text) and found.text.startswith("<b>& logit 1.00")
    assert found.names == ["div", "b", "small", "br", "span", "span", "span"]
    assert all(set(attributes) <= {"dir", "style", "title"} for _, attributes in found.tags)
    assert [attributes["title"] for _, attributes in found.tags[-2:]] == ["<script> +0.500", '"x" -2.000']
    assert "rgba(31, 119, 180, 0.250)" in found.tags[-2][1]["style"] and "255, 127, 14" in found.tags[-1][1]["style"]
