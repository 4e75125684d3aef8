"""`SavedEncoder`: what it reads of a SavedModel is what `HubEncoder` reads."""

import bert_reference
import numpy as np
import pytest

from bert_keras.encoders.from_hub_encoder import from_hub_encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.saved_encoder import SavedEncoder


@pytest.mark.parametrize("dialect", ["dict", "list"])
def test_weights_sizes_and_outputs_are_those_of_the_hub_encoder(dialect, request):
    folder = str(request.getfixturevalue(f"{dialect}_encoder"))
    found, hub = SavedEncoder(folder), HubEncoder(folder)
    assert found.config == hub.config and found.dialect == hub.dialect == dialect and found.handle == folder
    wanted = hub.named_weights()
    assert set(found.named_weights()) == set(wanted)
    for name, weight in found.named_weights().items():
        np.testing.assert_array_equal(weight.numpy(), wanted[name].numpy(), err_msg=name)
    features = bert_reference.batch(vocab_size=187, length=12)
    outputs, expected = found(features), hub(features, training=False)
    for name in ("pooled_output", "sequence_output"):
        np.testing.assert_allclose(outputs[name], expected[name], atol=1e-6)


def test_the_native_encoder_takes_its_weights(list_encoder):
    saved = SavedEncoder(str(list_encoder))
    saved.tokenizer = "a tokenizer"
    native = from_hub_encoder(saved, trainable=True)
    features = bert_reference.batch(vocab_size=187, length=12)
    np.testing.assert_allclose(native(features)["pooled_output"], saved(features)["pooled_output"], atol=1e-5)
    assert native.tokenizer == "a tokenizer" and native.source == str(list_encoder)


def test_a_folder_that_is_no_encoder(tmp_path):
    with pytest.raises(ValueError, match=r"`handle` must name a folder that holds saved_model.pb.* is empty"):
        SavedEncoder(str(tmp_path))
