"""ModernBERT's layers: which of them look at all tokens, how far the others look, and what cannot go with them."""

import numpy as np
import pytest
import tiny

from bert_keras.encoders.layers.modern_forward import ModernForm
from bert_keras.encoders.layers.modern_layers import modern_form


def encoder_of(modern, **options):
    return tiny.native_encoder(**{"num_layers": 2, "type_vocab_size": 0, "modern": modern, **options})


def test_one_of_n_layers_is_global():
    modern = encoder_of({"global_every": 2, "window": 5}).modern
    assert modern == {"window": 5, "global_every": 2, "global_base": 160000.0, "local_base": 10000.0}
    forms = [modern_form(modern, index) for index in range(3)]
    assert forms == [ModernForm(1.6e5, None, True), ModernForm(1e4, 5, False), ModernForm(1.6e5, None, False)]


def test_a_local_layer_looks_as_far_as_its_window_and_a_global_one_at_all():
    encoder, features = encoder_of({"global_every": 2, "window": 2}), tiny.features(1)
    looks, words = [], encoder.word_table.numpy()[features["input_word_ids"][0]]
    encoder.encode_words(words, features, attention=looks)
    whole, local = (np.asarray(one)[0] for one in looks)
    distances = np.abs(np.arange(9)[:, None] - np.arange(9))
    assert (whole > 0).all() and (local[:, distances <= 2] > 0).all() and (local[:, distances > 2] == 0).all()
    np.testing.assert_allclose(local.sum(-1), 1.0, rtol=1e-5)


def test_attention_depends_on_distances_alone():
    """The same tokens two places later have the same vectors, as no layer knows where a text begins."""
    encoder, features = encoder_of({"global_every": 1}), tiny.features(1)
    later = {name: np.concatenate([np.zeros((1, 2), "int32"), values], 1) for name, values in features.items()}
    one, other = (encoder(inputs)["sequence_output"].numpy() for inputs in (features, later))
    np.testing.assert_allclose(other[:, 2:], one, atol=1e-5)


@pytest.mark.parametrize(
    ("modern", "options", "error", "match"),
    [
        (
            {"windows": 3},
            {},
            ValueError,
            r"`modern` must be a dict of some of window, global_every, global_base",
        ),
        (64, {}, ValueError, r"`modern` must be a dict of some of .*Received: modern=64"),
        ({"window": 0}, {}, ValueError, "`window` must be at least 1"),
        ({"global_every": 1.5}, {}, TypeError, "`global_every` must be an integer"),
        ({"local_base": float("inf")}, {}, ValueError, "`local_base` must be a finite number"),
        ({}, {"type_vocab_size": 2}, ValueError, "`type_vocab_size` must be 0 with ModernBERT's layers"),
        ({}, {"share_layers": True}, ValueError, "`share_layers` must be False with ModernBERT's layers"),
        ({}, {"position_offset": 2}, ValueError, "`position_offset` must be 0 with ModernBERT's layers"),
        ({}, {"embedding_size": 8}, ValueError, "`embedding_size` must be None with ModernBERT's layers"),
    ],
)
def test_what_cannot_be(modern, options, error, match):
    with pytest.raises(error, match=match):
        encoder_of(modern, **options)
