"""An encoder as arrays, whatever it was: native, adapted, published; and what is none."""

import dataclasses

import encoders
import numpy as np
import pytest
import tiny

from bert_keras.encoders.inference_network import InferenceNetwork
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.noted_encoder import NOTE
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.encoders.save_encoder import save_encoder


def outputs(plain):
    network = InferenceNetwork(plain.weights, plain.config, plain.gelu, plain.epsilon)
    return network({name: np.asarray(column) for name, column in tiny.features(4).items()})["sequence_output"].numpy()


@pytest.mark.parametrize("gelu", ["tanh", "erf"])
def test_of_a_native_encoder(gelu):
    native = tiny.native_encoder(num_layers=2, gelu=gelu, layer_norm_epsilon=1e-3, dropout=0.3)
    plain = PlainBert.of(native)
    assert (plain.gelu, plain.epsilon, plain.dropout, plain.attention_dropout) == (gelu, 1e-3, 0.3, 0.3)
    assert plain.config == native.config and set(plain.weights) == set(native.named_weights())
    wanted = native(tiny.features(4))["sequence_output"].numpy()
    np.testing.assert_allclose(outputs(plain), wanted, rtol=0, atol=1e-5)
    other = outputs(dataclasses.replace(plain, epsilon=1.0))
    assert np.abs(other - wanted).max() > 0.01


def test_adapters_are_in_it():
    native = tiny.native_encoder()
    before = PlainBert.of(native)
    native.add_lora(rank=2)
    for weight in native.lora_weights().values():
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    plain = PlainBert.of(native)
    np.testing.assert_allclose(outputs(plain), native(tiny.features(4))["sequence_output"].numpy(), rtol=0, atol=1e-5)
    changed = {name for name, values in plain.weights.items() if (values != before.weights[name]).any()}
    assert changed == {f"transformer/layer_0/self_attention/{name}/kernel" for name in ("query", "value")}


def test_of_a_published_graph(dict_encoder):
    published = load_encoder(dict_encoder)
    wanted = published({name: column for name, column in tiny.features(4).items()})["sequence_output"].numpy()
    plain = PlainBert.of(published)
    np.testing.assert_allclose(outputs(plain), wanted, rtol=0, atol=1e-5)
    published.infer_with(plain.gelu)  # as bk.load does: no outputs are compared again
    assert PlainBert.of(published).gelu == plain.gelu
    assert {values.dtype.name for values in plain.weights.values()} == {"float32"}


def test_a_saved_model_with_another_epsilon_says_it(tmp_path):
    native = tiny.native_encoder(num_layers=2, gelu="erf", layer_norm_epsilon=1e-2)
    published = load_encoder(save_encoder(native, tmp_path / "encoder"))
    plain = PlainBert.of(published)
    assert (plain.gelu, plain.epsilon) == ("erf", 1e-2)
    wanted = published(tiny.features(4))["sequence_output"].numpy()
    np.testing.assert_allclose(outputs(plain), wanted, rtol=0, atol=1e-5)
    note = tmp_path / "encoder" / NOTE
    for said in ("[]", '{"network": {"layer_norm_epsilon": "much"}}', '{"network": {"layer_norm_epsilon": 0.5}}', "{"):
        note.write_text(said)  # what it says is compared with outputs, and does not fit them
        with pytest.raises(ValueError, match="Its outputs are not BERT's"):
            PlainBert.of(published)


def test_training_on_does_not_change_it():
    native = tiny.native_encoder()
    plain = PlainBert.of(native)
    before = outputs(plain)
    native.word_table.assign(native.word_table.numpy() + 1.0)
    np.testing.assert_array_equal(outputs(plain), before)


def test_another_network_is_refused(tmp_path, vocab_file):
    encoders.write_no_bert(tmp_path / "other")
    other = load_encoder(tmp_path / "other", vocab_file=vocab_file, lower_case=True)
    match = (
        r"`encoder` must be BERT as published.*other'. Its weights do not tell num_layers.*Export it as a SavedModel"
    )
    with pytest.raises(ValueError, match=match):
        PlainBert.of(other)
    with pytest.raises(ValueError, match=r"`encoder` must be BERT as published.*Export it as a SavedModel"):
        PlainBert.of(tiny.SumEncoder())
