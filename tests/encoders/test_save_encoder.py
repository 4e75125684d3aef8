"""`save_encoder`: what TF-Hub's own loaders make of the written SavedModels, and what lies on the disk."""

import json
import pathlib
import subprocess
import sys

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
from encoders import VOCABULARY, write_vocabulary

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import copy_encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.hub.read_saved_model import read_saved_model
from bert_keras.text.tokenizer import Tokenizer

FEATURES = bert_reference.batch(len(VOCABULARY), length=12)
SIZES = {"vocab_size": len(VOCABULARY), "num_layers": 2, "hidden_size": 16, "num_heads": 2, "max_positions": 64}


def train(encoder):
    """One large step, so that the weights are no longer those of the file; dropout has been drawn before."""
    encoder(FEATURES, training=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(encoder(FEATURES, training=False)["pooled_output"])
    for weight, gradient in zip(encoder.weights, tape.gradient(loss, [w.value for w in encoder.weights]), strict=True):
        weight.assign_sub(0.01 * tf.convert_to_tensor(gradient))
    return encoder


@pytest.fixture(scope="module")
def trained(dict_encoder, list_encoder):
    """Encoders that have been trained, by kind; the last one is frozen, in bfloat16 and with erf GELU."""
    odd = {"gelu": "erf", "initializer_range": 0.2, "seed": 4}
    return {
        "dict": train(load_encoder(dict_encoder)),
        "list": train(load_encoder(list_encoder)),
        "native": train(load_encoder(dict_encoder, native=True)),
        "frozen": BertEncoder(**SIZES, **odd, trainable=False, dtype="mixed_bfloat16"),
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """An encoder with a vocabulary that is quick to write."""
    encoder = BertEncoder(len(VOCABULARY), num_layers=1, hidden_size=4, num_heads=1, max_positions=16, seed=1)
    encoder.tokenizer = Tokenizer(write_vocabulary(tmp_path_factory.mktemp("small")), lower_case=True)
    return encoder


@pytest.fixture(scope="module")
def folders(trained, tmp_path_factory):
    root = tmp_path_factory.mktemp("saved")
    return {kind: save_encoder(encoder, root / "new" / kind) for kind, encoder in trained.items()}


REFERENCE = """
import json, sys
import numpy as np, tensorflow as tf, tensorflow_hub as hub, tf_keras
from official.nlp.tasks import utils
folders, data, out = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
features = {name: tf.constant(array) for name, array in np.load(data).items()}
results, facts = {}, {}
for kind, folder in folders.items():
    inputs = list(features.values()) if kind == "list" else features
    layer = hub.KerasLayer(folder, trainable=True)
    def pooled(**kwargs):
        outputs = layer(inputs, **kwargs)
        return (outputs[0] if kind == "list" else outputs["pooled_output"]).numpy()
    outputs = layer(inputs, training=False)
    names = ["pooled_output", "sequence_output"]
    for name, output in zip(names, outputs) if kind == "list" else ((name, outputs[name]) for name in names):
        results[f"{kind}/hub/{name}"] = output.numpy()
    first, second = pooled(training=True), pooled(training=True)
    module = layer.resolved_object
    facts[kind] = {
        "variables": [variable.name for variable in layer.trainable_variables],
        "not_trainable": [variable.name for variable in layer.non_trainable_variables],
        "dropout": [float(abs(first - second).max()), float(abs(first - results[f"{kind}/hub/pooled_output"]).max())],
        "vocabulary": module.vocab_file.asset_path.numpy().decode() if hasattr(module, "vocab_file") else None,
        "lower_case": bool(module.do_lower_case.numpy()) if hasattr(module, "do_lower_case") else None,
        "outputs": None if kind == "list" else sorted(outputs),
        "losses": len(layer.losses),
    }
    if kind != "list":  # Model Garden calls encoders with a dict
        found = utils.get_encoder_from_hub(folder)(features)
        for name in names:
            results[f"{kind}/garden/{name}"] = found[name].numpy()
    if hasattr(module, "mlm"):
        positions = {"masked_lm_positions": tf.zeros([4, 1], tf.int32)}
        results[f"{kind}/mlm"] = module.mlm({**features, **positions}, training=False)["mlm_logits"].numpy()
np.savez(out, **results)
print(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def reference(folders, tmp_path_factory):
    """What tensorflow_hub.KerasLayer under tf_keras and Model Garden make of all four, in a process of their own."""
    pytest.importorskip("official.nlp.tasks", reason="Model Garden (the extra `test`) is not here")
    root = tmp_path_factory.mktemp("reference")
    (root / "reference.py").write_text(REFERENCE)
    np.savez(root / "features.npz", **FEATURES)
    paths = [str(root / name) for name in ("reference.py", "features.npz", "out.npz")]
    command = [sys.executable, paths[0], json.dumps(folders), *paths[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(np.load(paths[2])), json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", ["dict", "list", "native"])
def test_hub_and_model_garden_give_equal_outputs(trained, reference, kind):
    outputs = trained[kind](FEATURES, training=False)
    for loader in ("hub", "garden") if kind != "list" else ("hub",):
        for name in ("pooled_output", "sequence_output"):
            np.testing.assert_allclose(reference[0][f"{kind}/{loader}/{name}"], outputs[name], atol=1e-6)


def test_a_frozen_bfloat16_encoder_is_written_in_float32(trained, reference):
    outputs = trained["frozen"](FEATURES, training=False)
    found = reference[0]["frozen/hub/sequence_output"]
    assert found.dtype == "float32" and outputs["sequence_output"].dtype == tf.bfloat16
    difference = np.abs(found - tf.cast(outputs["sequence_output"], tf.float32))
    assert 1e-4 < difference.max() < 0.2
    float32 = BertEncoder.from_config({**trained["frozen"].get_config(), "dtype": "float32"})
    np.testing.assert_allclose(found, float32(FEATURES)["sequence_output"], atol=1e-6)  # of the same seed


@pytest.mark.parametrize("kind", ["dict", "list", "native", "frozen"])
def test_dropout_runs_in_training_and_differs_from_call_to_call(reference, kind):
    assert min(reference[1][kind]["dropout"]) > 1e-3


@pytest.mark.parametrize("kind", ["dict", "list"])
def test_a_published_graph_draws_as_it_was_published(folders, request, kind):
    """Whatever training ran in its place: TF-Hub's own loaders call it without a seed."""

    def random_operations(folder):
        functions = read_saved_model(folder, folder).meta_graphs[0].graph_def.library.function
        return sorted(node.op for function in functions for node in function.node_def if "Random" in node.op)

    written = random_operations(folders[kind])
    assert set(written) == {"RandomUniform"}
    assert written == random_operations(request.getfixturevalue(f"{kind}_encoder"))


def test_variables_have_tf_hubs_names(reference):
    facts = reference[1]
    assert facts["native"]["variables"] == facts["frozen"]["variables"] == facts["dict"]["variables"]
    assert facts["native"]["variables"][:2] == ["word_embeddings/embeddings:0", "position_embedding/embeddings:0"]
    assert facts["native"]["variables"][-1] == "pooler_transform/bias:0" and len(facts["native"]["variables"]) == 39
    assert facts["native"]["losses"] == 0


def test_outputs_are_those_of_tf_hub(reference):
    assert reference[1]["native"]["outputs"] == reference[1]["dict"]["outputs"]
    assert reference[1]["native"]["outputs"] == ["default", "encoder_outputs", "pooled_output", "sequence_output"]


def test_vocabulary_and_casing_are_kept(folders, reference):
    for kind in ("dict", "list", "native"):
        facts = reference[1][kind]
        assert pathlib.Path(facts["vocabulary"]) == pathlib.Path(folders[kind], "assets", "vocab.txt")
        assert pathlib.Path(facts["vocabulary"]).read_text().splitlines() == VOCABULARY
        assert facts["lower_case"] is True
    assert reference[1]["frozen"]["vocabulary"] is reference[1]["frozen"]["lower_case"] is None


def test_the_mlm_head_is_kept_with_the_trained_weights(trained, reference):
    tensors = {name: tf.constant(array) for name, array in FEATURES.items()}
    tensors["masked_lm_positions"] = tf.zeros([4, 1], tf.int32)
    wanted = trained["dict"].saved_model.mlm(tensors, training=False)["mlm_logits"]
    np.testing.assert_allclose(reference[0]["dict/mlm"], wanted, atol=1e-6)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("kind", ["dict", "list", "native"])
def test_reloaded_encoders_are_equal(trained, folders, kind, native):
    encoder = load_encoder(folders[kind], native=native)
    assert encoder.tokenizer.vocabulary == VOCABULARY
    found, wanted = encoder(FEATURES), trained[kind](FEATURES, training=False)
    for name in ("pooled_output", "sequence_output"):
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-5 if native else 1e-6)


@pytest.mark.parametrize("native", [False, True])
def test_saved_loaded_trained_and_saved_again(folders, tmp_path, native):
    encoder = train(load_encoder(folders["native"], native=native))
    wanted = encoder(FEATURES)["pooled_output"].numpy()
    first = load_encoder(folders["native"])(FEATURES)["pooled_output"].numpy()
    assert np.abs(wanted - first).max() > 1e-3
    again = load_encoder(save_encoder(encoder, tmp_path / "again"))
    np.testing.assert_allclose(again(FEATURES)["pooled_output"], wanted, atol=1e-6)
    assert again.tokenizer.vocabulary == VOCABULARY


def test_a_written_encoder_is_trained_by_our_layer(folders):
    """Its graph is a stateless scope over variables: all of them must get their gradients."""
    encoder = load_encoder(folders["native"])
    before = {name: weight.numpy() for name, weight in encoder.named_weights().items()}
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in FEATURES}
    model = keras.Model(inputs, keras.layers.Dense(1)(encoder(inputs)["pooled_output"]))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    model.fit(FEATURES, np.arange(4.0), verbose=0)
    still = {name for name, weight in encoder.named_weights().items() if np.array_equal(before[name], weight.numpy())}
    assert {name for name in still if "key/bias" not in name} == set()


# The vocabulary --------------------------------------------------------------------------------------------------


def test_a_vocabulary_that_was_given_goes_into_the_saved_model(small, tmp_path):
    """Else a model folder could not make features from text."""
    save_encoder(copy_encoder(small), tmp_path / "bare")
    assert load_encoder(tmp_path / "bare").tokenizer is None
    vocabulary = tmp_path / "other.txt"
    vocabulary.write_text("\n".join(reversed(VOCABULARY)) + "\n")
    encoder = load_encoder(tmp_path / "bare", vocab_file=vocabulary, lower_case=False)
    again = load_encoder(save_encoder(encoder, tmp_path / "whole"))
    assert again.tokenizer.vocabulary == VOCABULARY[::-1] and again.tokenizer.lower_case is False


def test_a_vocabulary_that_was_replaced_replaces_the_assets(small, tmp_path):
    vocabulary = tmp_path / "other.txt"
    vocabulary.write_text("\n".join(reversed(VOCABULARY)) + "\n")
    encoder = load_encoder(save_encoder(small, tmp_path / "first"))
    encoder.tokenizer = Tokenizer(vocabulary, lower_case=False)
    again = load_encoder(save_encoder(encoder, tmp_path / "again"))
    assert again.tokenizer.vocabulary == VOCABULARY[::-1] and again.tokenizer.lower_case is False
    assert [path.name for path in (tmp_path / "again" / "assets").iterdir()] == ["other.txt"]


# The disk --------------------------------------------------------------------------------------------------------


def test_an_empty_folder_is_filled_and_another_is_refused(small, tmp_path):
    (tmp_path / "empty").mkdir()
    assert save_encoder(small, tmp_path / "empty") == str(tmp_path / "empty")
    assert (tmp_path / "empty" / "saved_model.pb").is_file()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        with pytest.raises(FileExistsError, match=r"`folder` must be new or empty. .*Nothing was written"):
            save_encoder(small, tmp_path / name)
    assert (tmp_path / "full" / "notes.txt").read_text() == (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full"]


@pytest.mark.parametrize("kind", ["dict", "native"])
def test_nothing_is_left_when_saving_fails(trained, tmp_path, monkeypatch, kind):
    def fail(module, folder, **options):
        pathlib.Path(folder, "variables").mkdir(parents=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", fail)
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        with pytest.raises(OSError, match="No space left on device"):
            save_encoder(trained[kind], tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert list((tmp_path / "empty").iterdir()) == []


def test_home_is_understood(small, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save_encoder(small, "~/encoder") == str(tmp_path / "encoder")


def test_what_is_no_encoder(tmp_path):
    with pytest.raises(TypeError, match=r"`encoder` must be an encoder of bk.load_encoder or bk.BertEncoder"):
        save_encoder(keras.layers.Dense(1), tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_the_graph_is_traced_once_with_dropout_and_once_without(small, tmp_path, monkeypatch):
    """TensorFlow traces again what was not traced for saving."""
    traced, call = [], BertEncoder.call

    def noted(self, inputs, training=None):
        traced.append(training)
        return call(self, inputs, training=training)

    monkeypatch.setattr(BertEncoder, "call", noted)
    save_encoder(small, tmp_path / "small")
    assert sorted(traced) == [False, True]
