"""Encoders from form to form: no tensor changes by a bit on any way, the head for masked words among them."""

import pathlib

import bert_reference
import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf
from google_files import google_tensors, random_head, write_google
from real_data import needs_sample

import bert_keras as bk
from bert_keras.encoders.sample_encoder import _package_folder

WEIGHTS = bert_reference.random_weights()
TENSORS = {**google_tensors(WEIGHTS), **random_head(50, 12)}
FEATURES = bert_reference.batch()


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    return write_google(tmp_path_factory.mktemp("google"), TENSORS)


@pytest.fixture(scope="module")
def hub(google, tmp_path_factory):
    out = tmp_path_factory.mktemp("hub") / "encoder"
    assert bk.convert(google, out, lower_case=True) == str(out)
    return out


def tf1_tensors(folder):
    reader = tf.train.load_checkpoint(str(folder / "bert_model.ckpt"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def check_equal(found, wanted):
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


def test_google_to_tf_hub_and_back(google, hub, tmp_path):
    """The SavedModel has its own outputs for the reference's, and TF-Hub's `mlm`."""
    pooled, layers = bert_reference.forward(WEIGHTS, FEATURES, gelu="tanh")
    published = tf.saved_model.load(str(hub))
    outputs = published({name: tf.constant(values) for name, values in FEATURES.items()}, training=False)
    np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    np.testing.assert_allclose(outputs["sequence_output"], layers[-1], atol=1e-5)
    assert {"transform/dense/kernel", "output_bias/bias"} < {
        variable.name.removeprefix("cls/predictions/").split(":")[0] for variable in published.mlm.variables
    }
    assert published.do_lower_case.numpy()
    bk.convert(hub, tmp_path / "back", to="tf1")
    check_equal(tf1_tensors(tmp_path / "back"), TENSORS)
    for name in ("vocab.txt", "bert_config.json"):
        assert (tmp_path / "back" / name).stat().st_size
    assert (tmp_path / "back" / "vocab.txt").read_text() == (google / "vocab.txt").read_text()
    bk.convert(tmp_path / "back", tmp_path / "cased", to="tf1", lower_case=False)


def test_to_hugging_face(hub, tmp_path):
    """Under transformers' names the weights are those that Google's were made of, and the head has its place."""
    bk.convert(hub, tmp_path / "hf", to="huggingface")
    found = safetensors.numpy.load_file(tmp_path / "hf" / "model.safetensors")
    begin, head = "cls.predictions", random_head(50, 12)
    wanted = {f"bert.{name}": values for name, values in WEIGHTS.items()} | {
        f"{begin}.bias": head["cls/predictions/output_bias"],
        f"{begin}.transform.dense.weight": head["cls/predictions/transform/dense/kernel"].T,
        f"{begin}.transform.dense.bias": head["cls/predictions/transform/dense/bias"],
        f"{begin}.transform.LayerNorm.weight": head["cls/predictions/transform/LayerNorm/gamma"],
        f"{begin}.transform.LayerNorm.bias": head["cls/predictions/transform/LayerNorm/beta"],
    }
    check_equal(found, wanted)
    config = (tmp_path / "hf" / "config.json").read_text()
    assert '"BertForMaskedLM"' in config and '"hidden_act": "gelu_new"' in config
    assert bk.verify(tmp_path / "hf") == {}
    bk.convert(tmp_path / "hf", tmp_path / "tf1", to="tf1")
    check_equal(tf1_tensors(tmp_path / "tf1"), TENSORS)


@needs_sample
@pytest.mark.filterwarnings("ignore:The encoder has GELU by 'erf'")
def test_the_sample_encoder_through_every_way_and_back(tmp_path):
    """Hugging Face's files were made a SavedModel; on to Hugging Face, Google's and TF-Hub's form, and each back."""
    source = safetensors.numpy.load_file(_package_folder() / "model.safetensors")
    source.pop("embeddings.position_ids", None)  # numbers that are counted up, and no weight
    encoder = bk.load_encoder("sample", native=True)
    features = encoder.preprocessor(seq_length=32)(["It works.", "What came in one form leaves in another, as it was."])
    wanted = encoder(features)
    bk.convert("sample", tmp_path / "hf", to="huggingface")
    bk.convert("sample", tmp_path / "tf1", to="tf1")
    bk.convert(tmp_path / "tf1", tmp_path / "hub", lower_case=True)
    bk.convert(tmp_path / "hub", tmp_path / "hf_again", to="huggingface")
    for name in ("hf", "hf_again"):
        check_equal(safetensors.numpy.load_file(tmp_path / name / "model.safetensors"), source)
    for name, options in {"tf1": {"lower_case": True}, "hub": {"native": True}}.items():
        found = bk.load_encoder(tmp_path / name, **options)(features)
        for output in ("pooled_output", "sequence_output"):
            np.testing.assert_allclose(found[output].numpy(), wanted[output].numpy(), atol=1e-6)
    assert '"BertModel"' in (tmp_path / "hf" / "config.json").read_text()


def test_a_checkpoint_is_trained_as_it_lies_there(google, tmp_path):
    """`bk.finetune` takes a checkpoint for its encoder, and the model folder needs it no more."""
    write = (google / "vocab.txt").read_text().splitlines()
    rows = [{"text": f"{write[6 + number]} {write[7 + number]}", "label": "ab"[number % 2]} for number in range(8)]
    encoder = {"handle": str(google), "lower_case": False}
    recipe = bk.Recipe(epochs=1, batch_size=4)
    task = bk.load_task(rows, label="label", seq_length=16, validation_share=0.25)
    bk.finetune(task, encoder, tmp_path / "run", recipe=recipe, say=lambda line: None)
    assert bk.load(tmp_path / "run")(["w1 w2"])


def test_bad_input_has_a_message(google, hub, tmp_path):
    with pytest.raises(ValueError, match=r"`to` must be one of 'savedmodel', 'huggingface', 'tf1'.*to='tf2'"):
        bk.convert(google, tmp_path / "out", to="tf2")
    with pytest.raises(FileExistsError, match=r"`out` must be new or empty.*Nothing was written"):
        bk.convert(google, google, lower_case=True)
    with pytest.raises(ValueError, match=r"`lower_case` must be given, as .* does not say"):
        bk.convert(google, tmp_path / "out")
    with pytest.raises(ValueError, match="nowhere"):
        bk.convert(tmp_path / "nowhere", tmp_path / "out")
    bare = write_google(tmp_path / "bare", TENSORS, pieces=None)
    with pytest.raises(ValueError, match=r"`vocab_file` must be given, as '.*bare' has none.*Pass the vocab.txt"):
        bk.convert(bare, tmp_path / "out")
    bk.convert(bare, tmp_path / "with", to="tf1", vocab_file=pathlib.Path(google) / "vocab.txt", lower_case=True)
    assert not (tmp_path / "out").exists()
    with pytest.raises(TypeError, match=r"`do_lower_case` must be left out.*The keyword is lower_case"):
        bk.convert(google, tmp_path / "out", do_lower_case=True)
    (tmp_path / "with" / "vocab.txt").write_text("[PAD]\n")
    with pytest.raises(ValueError, match=r"hold the files that were written, and 'vocab.txt' has changed"):
        bk.convert(tmp_path / "with", tmp_path / "out", lower_case=True)


def test_a_tf1_checkpoint_of_ours_says_whether_text_is_lower_cased(hub, tmp_path):
    bk.convert(hub, tmp_path / "tf1", to="tf1")
    found = bk.load_encoder(tmp_path / "tf1")
    assert found.tokenizer.lower_case is bk.load_encoder(hub).tokenizer.lower_case
