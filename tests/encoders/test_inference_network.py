"""The network that predicts with a published BERT's weights: its outputs, whose weights it reads, when it runs."""

import numpy as np
import pytest
import tensorflow as tf
import tiny
from encoders import write_no_bert

from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.inference_network import InferenceNetwork, gelu_of
from bert_keras.encoders.layers import layer_forward, traced_layer
from bert_keras.encoders.save_encoder import save_encoder

OUTPUTS = ("pooled_output", "sequence_output")


def features(rows=4, length=9):
    """With padding and both segments."""
    made = tiny.features(rows, length)
    made["input_mask"][:, 5:] = np.arange(rows)[:, None] % 2
    made["input_type_ids"][:, 3:] = 1
    return {name: tf.constant(values) for name, values in made.items()}


def in_graph(encoder):
    return tf.function(lambda features: encoder(features, training=False), autograph=False)


@pytest.mark.parametrize("dialect", ["dict", "list"])
def test_it_gives_what_model_gardens_graphs_do(dialect, request):
    encoder = HubEncoder(str(request.getfixturevalue(f"{dialect}_encoder")))
    wanted = encoder(features(), training=False)
    assert gelu_of(encoder) == "tanh"
    network = InferenceNetwork(encoder.named_weights(), encoder.config, "tanh")
    found = network(features())
    for name in OUTPUTS:
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-6)
    assert len(found["encoder_outputs"]) == 2
    for layer, same in zip(found["encoder_outputs"], wanted.get("encoder_outputs", []), strict=False):
        np.testing.assert_allclose(layer, same, atol=1e-6)
    alone = network(features(), pooled_only=True)
    assert set(alone) == {"pooled_output"}
    np.testing.assert_allclose(alone["pooled_output"], wanted["pooled_output"], atol=1e-6)


@pytest.mark.parametrize("change", ["relu", "epsilon"])
def test_another_network_with_the_same_weights_has_none(tmp_path, monkeypatch, change):
    with monkeypatch.context() as patch:
        if change == "relu":
            for module, name in ((layer_forward, "gelu"), (traced_layer, "fused_gelu")):
                patch.setattr(module, name, lambda values, form: tf.nn.relu(values))
            patch.setattr(traced_layer, "_graph", traced_layer._graph.__wrapped__)  # not what is traced already
        native = tiny.native_encoder(layer_norm_epsilon=0.1 if change == "epsilon" else 1e-12)
        folder = save_encoder(native, tmp_path / "encoder")
    assert gelu_of(HubEncoder(folder)) is None
    assert gelu_of(native) == (None if change == "epsilon" else "tanh")


def test_the_exact_gelu_and_what_is_no_bert(tmp_path):
    native = tiny.native_encoder(gelu="erf")
    assert gelu_of(native) == "erf" == gelu_of(HubEncoder(save_encoder(native, tmp_path / "encoder")))
    assert gelu_of(HubEncoder(str(write_no_bert(tmp_path / "none")))) is None


def test_weights_spread_over_devices_are_left_to_the_published_graph(dict_encoder):
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        encoder = HubEncoder(str(dict_encoder))
    assert gelu_of(encoder) is None


def test_graphs_without_training_run_it_and_nothing_else_does(dict_encoder, monkeypatch):
    encoder, ran = HubEncoder(str(dict_encoder)), []
    wanted = encoder(features(), training=False)
    encoder.infer_with("tanh")
    call = InferenceNetwork.__call__
    monkeypatch.setattr(InferenceNetwork, "__call__", lambda *args: ran.append(args) or call(*args))
    for name in OUTPUTS:  # eagerly, its own graph to the last bit
        np.testing.assert_array_equal(encoder(features(), training=False)[name], wanted[name])
    tf.function(lambda features: encoder(features, training=True))(features())
    assert not ran
    run = in_graph(encoder)
    for name in OUTPUTS:
        np.testing.assert_allclose(run(features())[name], wanted[name], atol=1e-6)
    assert len(ran) == 1


def test_it_reads_the_weights_at_each_call(dict_encoder):
    encoder = HubEncoder(str(dict_encoder))
    encoder.infer_with("tanh")
    run = in_graph(encoder)
    before = run(features())["pooled_output"].numpy()
    kernel = encoder.named_weights()["transformer/layer_0/output/kernel"]
    kernel.assign(2.0 * kernel)
    after = run(features())["pooled_output"].numpy()
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, encoder(features(), training=False)["pooled_output"], atol=1e-6)


def test_a_written_encoder_is_the_published_graph(dict_encoder, tmp_path):
    encoder = HubEncoder(str(dict_encoder))
    wanted = encoder(features(), training=False)
    encoder.infer_with("tanh")
    again = HubEncoder(save_encoder(encoder, tmp_path / "encoder"))
    assert again.inference is None and hasattr(again.saved_model, "mlm")
    np.testing.assert_array_equal(again(features(), training=False)["pooled_output"], wanted["pooled_output"])
