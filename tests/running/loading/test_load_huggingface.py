"""What transformers tuned: logits on strings equal its own, and model folders and exports are of the same model."""

import numpy as np
import pytest
from huggingface_folders import HEADS, TEXTS, edit_json, write_folder

import bert_keras as bk
from bert_keras.running.loading.load_huggingface import load_huggingface


def wanted(name):
    return np.array(HEADS[name]["logits"], "float32")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("hf")
    return {name: write_folder(place, name) for name in HEADS}


@pytest.mark.parametrize("name", ["classes", "labels", "number"])
def test_texts_have_their_logits(folders, name, tmp_path):
    predictor = load_huggingface(folders[name])
    np.testing.assert_allclose(predictor.logits(TEXTS), wanted(name), atol=1e-5)
    assert predictor.config["seq_length"] == 30  # model_max_length
    if name == "classes":
        assert predictor("a good film").label == f"LABEL_{wanted(name)[0].argmax()}"
        bk.save(predictor.model, tmp_path / "run")
        again = bk.load(tmp_path / "run")
        np.testing.assert_allclose(again.logits(TEXTS), wanted(name), atol=1e-5)
        assert again.model.encoder.tokenizer.settings == predictor.model.encoder.tokenizer.settings
        bk.export(predictor, tmp_path / "back", to="huggingface")
        np.testing.assert_allclose(load_huggingface(tmp_path / "back").logits(TEXTS), wanted(name), atol=1e-5)


@pytest.mark.parametrize("name", ["roberta", "electra", "distilbert"])
def test_heads_of_two_layers_have_their_logits(folders, name, tmp_path):
    """The first of the two becomes the pooler, which these families have not or do not read."""
    predictor = load_huggingface(folders[name])
    np.testing.assert_allclose(predictor.logits(TEXTS), wanted(name), atol=1e-5)
    bends = {"roberta": "tanh", "electra": "gelu", "distilbert": "relu"}
    assert predictor.model.encoder.pooler_activation == bends[name]
    bk.save(predictor.model, tmp_path / "run")
    for native in (False, True):
        np.testing.assert_allclose(bk.load(tmp_path / "run", native=native).logits(TEXTS), wanted(name), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda weights: weights.pop("pre_classifier.bias"), r"There are missing: pre_classifier\.bias"),
        (
            lambda weights: weights.update({"pre_classifier.weight": np.zeros((8, 6), "float32")}),
            r"hold 'pre_classifier\.weight' of \[8, 8\].*It is \[8, 6\]",
        ),
    ],
)
def test_a_first_layer_that_is_not_there_or_misshapen(tmp_path, change, match):
    with pytest.raises(ValueError, match=match):
        load_huggingface(write_folder(tmp_path, "distilbert", change))


def test_tags_questions_and_choices_have_their_logits(folders):
    tags = load_huggingface(folders["tags"])
    assert tags.labels == ("O", "B-X", "I-X") and tags.config["scheme"] == "bio"
    found = tags.model(tags.model.encoder.preprocessor(30, padding="longest")(TEXTS))
    for row, logits in zip(found, HEADS["tags"]["logits"], strict=True):
        np.testing.assert_allclose(row[: len(logits)], logits, atol=1e-5)
    questions = load_huggingface(folders["questions"])
    features = questions.model.encoder.preprocessor(30, padding="longest")(["who ?"], [TEXTS[0]])
    found = questions.model(features)
    start, end = HEADS["questions"]["logits"][0]
    np.testing.assert_allclose(found["start_logits"][0], start, atol=1e-5)
    np.testing.assert_allclose(found["end_logits"][0], end, atol=1e-5)
    assert questions(question="who ?", context=TEXTS[0]).answer in TEXTS[0]
    choices = load_huggingface(folders["choices"])
    logits = np.exp(wanted("choices")[1])
    found = choices(TEXTS[1], ["good", "bad"]).probabilities
    np.testing.assert_allclose(found, logits / logits.sum(), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "config", "options", "match"),
    [
        ("words", {}, {}, r"architecture ends in ForSequenceClassification.*says \['BertForMaskedLM'\]"),
        ("classes", {"id2label": {"0": "A", "1": "A", "2": "B"}}, {}, "id2label has 3 different names, of 0 to 2"),
        ("classes", {"problem_type": "ranking"}, {}, "problem_type is one of single_label_classification"),
        ("classes", {"problem_type": "regression"}, {}, r"head of 1 column, as regression.*It has 3"),
        ("questions", {}, {"pairs": True}, "`pairs` must be False for a model of question_answering"),
        (
            "classes",
            {"architectures": ["BertForQuestionAnswering"]},
            {},
            "missing: qa_outputs.weight.*also: classifier",
        ),
    ],
)
def test_what_is_no_such_model_is_named(tmp_path, name, config, options, match):
    with pytest.raises(ValueError, match=match):
        load_huggingface(write_folder(tmp_path, name, **config), **options)


def test_pairs_and_what_an_export_kept(folders, tmp_path):
    pairs = load_huggingface(folders["classes"], pairs=True, seq_length=20)
    assert pairs.columns == 2 and pairs.config["seq_length"] == 20
    folder = write_folder(tmp_path, "classes", bert_keras={"seq_length": "long"})
    with pytest.raises(ValueError, match=r"'seq_length' is a whole number of 1 or more"):
        load_huggingface(folder)
    edit_json(folder / "config.json", lambda config: config.update(bert_keras={"text_columns": ["one", "other"]}))
    assert load_huggingface(folder).columns == 2
