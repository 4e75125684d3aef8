"""`HubEncoder`: which SavedModels are encoders, and what is read from them; test_encoder.py has the rest."""

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
from encoders import VOCABULARY

from bert_keras.encoders.hub_encoder import HubEncoder

FEATURES = bert_reference.batch(len(VOCABULARY), length=6)
INTS = tf.TensorSpec([None, None], tf.int32)


def export(folder, function, *specs, **variables):
    """A SavedModel whose call is `function`."""
    module = tf.train.Checkpoint()
    module.__call__ = tf.function(function, input_signature=specs)
    module.variables = module.trainable_variables = list(variables.values())
    for name, variable in variables.items():
        setattr(module, name, variable)
    tf.saved_model.save(module, str(folder))
    return str(folder)


def dict_specs(names=bert_reference.FEATURES):
    return {name: tf.TensorSpec([None, None], tf.int32, name=name) for name in names}


def test_a_network_of_another_build_says_what_its_weights_tell(tmp_path):
    """An encoder need not be a BERT: one table, a mean, and outputs of the right shapes."""
    table = tf.Variable(np.random.default_rng(0).normal(size=(187, 6)).astype("float32"), name="token_table")

    def call(features):
        sequence = tf.gather(table, features["input_word_ids"])
        return {"pooled_output": tf.reduce_mean(sequence, 1), "sequence_output": sequence, "more": sequence}

    encoder = HubEncoder(export(tmp_path / "m", call, dict_specs(), table=table))
    assert encoder.dialect == "dict" and encoder.tokenizer is None
    assert encoder.config.hidden_size == 6 and encoder.config.parameters == 187 * 6
    assert encoder.config.num_layers is None and encoder.config.vocab_size is None
    outputs = encoder(FEATURES)
    assert set(outputs) == {"pooled_output", "sequence_output"}
    np.testing.assert_array_equal(outputs["sequence_output"], table.numpy()[FEATURES["input_word_ids"]])


@pytest.mark.parametrize(
    ("function", "specs", "match"),
    [
        (
            lambda text: tf.strings.length(text),
            [tf.TensorSpec([None], tf.string)],
            r"this SavedModel takes TensorSpec.*string",
        ),
        (
            lambda features: {"pooled_output": tf.zeros([1, 4])},
            [dict_specs()],
            r"An encoder takes input_word_ids, .*and returns \['pooled_output'\]",
        ),
        (
            lambda features: {"pooled_output": tf.zeros([1, 4]), "sequence_output": tf.zeros([1, 4])},
            [dict_specs()],
            r"`handle` must name a text encoder of TF-Hub",
        ),
        (
            lambda features: {"pooled_output": tf.zeros([1, 4]), "sequence_output": tf.zeros([1, 2, 4])},
            [dict_specs(("input_ids", "input_mask", "segment_ids"))],
            r"this SavedModel takes \{.*segment_ids",
        ),
        (lambda inputs: [tf.zeros([1, 2, 4]), tf.zeros([1, 4])], [[INTS] * 3], "must name a text encoder"),
        (lambda inputs: tf.zeros([1, 4]), [[INTS] * 3], "must name a text encoder"),
        (lambda inputs: [tf.zeros([1, 4]), tf.zeros([1, 2, 4])], [[INTS] * 2], "must name a text encoder"),
        (lambda: tf.zeros([1, 4]), [], "this SavedModel takes None and returns"),
    ],
)
def test_other_signatures_are_refused(tmp_path, function, specs, match):
    used = tf.Variable(1.0)
    folder = export(tmp_path / "m", function, *specs, used=used)
    with pytest.raises(ValueError, match=match):
        HubEncoder(folder, trainable=False)


def test_a_saved_model_without_a_call_is_refused(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path / "m"))
    with pytest.raises(ValueError, match="must name a SavedModel with a `__call__` function"):
        HubEncoder(str(tmp_path / "m"))


def test_the_mlm_head_is_there_and_not_counted(dict_encoder):
    encoder = HubEncoder(str(dict_encoder))
    positions = {"masked_lm_positions": np.zeros((4, 3), "int32")}
    tensors = {name: tf.constant(array) for name, array in {**FEATURES, **positions}.items()}
    assert encoder.saved_model.mlm(tensors, training=False)["mlm_logits"].shape == (4, 3, len(VOCABULARY))
    assert not [name for name in encoder.named_weights() if "mlm" in name or "predictions" in name]


def test_a_mixed_policy_changes_nothing_in_the_fixed_graph(dict_encoder):
    plain = HubEncoder(str(dict_encoder))(FEATURES)["pooled_output"]
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with pytest.warns(UserWarning, match="computes in float32, in spite of the dtype policy 'mixed_bfloat16'"):
            encoder = HubEncoder(str(dict_encoder))
        found = encoder({name: array.astype("float32") for name, array in FEATURES.items()})["pooled_output"]
    finally:
        keras.config.set_dtype_policy("float32")
    assert found.dtype == tf.float32 and {weight.dtype for weight in encoder.weights} == {"float32"}
    np.testing.assert_array_equal(found, plain)


def test_load_options_are_used_and_cannot_be_saved(dict_encoder):
    encoder = HubEncoder(str(dict_encoder), load_options=tf.saved_model.LoadOptions(experimental_io_device="/CPU:0"))
    assert encoder(FEATURES)["pooled_output"].shape == (4, 16)
    with pytest.raises(ValueError, match="`load_options` cannot be saved in a config"):
        encoder.get_config()
