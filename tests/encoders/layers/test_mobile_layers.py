"""MobileBERT's layers: what their fields may be, what cannot go with them, and whom the tables look at."""

import numpy as np
import pytest
import tiny

from bert_keras.encoders.bert_encoder import BertEncoder

MOBILE = {"bottleneck": 8, "feed_forwards": 2}


def encoder_of(mobile=MOBILE, **options):
    return tiny.native_encoder(**{"num_layers": 1, "embedding_size": 8, "mobile": mobile, **options})


def test_fields_have_the_published_values():
    encoder = BertEncoder(vocab_size=9, num_layers=1, hidden_size=512, num_heads=4, embedding_size=128, mobile={})
    assert encoder.mobile == {"bottleneck": 128, "feed_forwards": 4}
    names = {name.split("/")[2] for name in encoder.named_weights() if name.startswith("transformer/")}
    assert {"ffn_0", "ffn_2", "intermediate", "bottleneck_output"} <= names and "ffn_3" not in names


@pytest.mark.parametrize(
    ("mobile", "options", "match"),
    [
        ({"narrow": 3}, {}, "`mobile` must be a dict of some of bottleneck, feed_forwards"),
        (True, {}, "`mobile` must be a dict of some of"),
        ({"feed_forwards": 0}, {}, "`feed_forwards` must be .*1"),
        ({"feed_forwards": 17}, {}, "`feed_forwards` must be .*16"),
        ({"bottleneck": 9}, {}, "`num_heads` must divide bottleneck=9"),
        (MOBILE, {"embedding_size": None}, "`embedding_size` must be the width of the word table"),
        (MOBILE, {"share_layers": True}, "`share_layers` must be False with MobileBERT's layers"),
        (MOBILE, {"position_offset": 2}, "`position_offset` must be 0 with MobileBERT's layers"),
    ],
)
def test_what_cannot_be(mobile, options, match):
    with pytest.raises(ValueError, match=match):
        encoder_of(mobile, **options)


def test_modern_layers_have_no_bottlenecks():
    with pytest.raises(ValueError, match="`embedding_size` must be None with ModernBERT's layers"):
        encoder_of(modern={}, type_vocab_size=0)


def test_a_token_is_given_its_neighbours_rows():
    """By hand: the table's rows are their numbers, and the dense layer adds next, own and previous with weights."""
    encoder = tiny.native_encoder(num_layers=1, embedding_size=1, mobile=MOBILE, type_vocab_size=0, dropout=0.0)
    weights = encoder.named_weights()
    rows = weights["word_embeddings/embeddings"]
    rows.assign(np.arange(rows.shape[0], dtype="float32")[:, None])
    kernel = np.zeros((3, encoder.hidden_size), "float32")
    kernel[:, 0] = 100, 10, 1
    weights["embedding_projection/kernel"].assign(kernel)
    for name in ("embedding_projection/bias", "position_embedding/embeddings"):
        weights[name].assign(np.zeros(weights[name].shape))
    ids = np.array([[7, 8, 9]], "int32")
    mask = np.ones_like(ids)

    def first_number(positions=None):
        words = np.asarray(rows)[ids[0]]
        return np.asarray(encoder.tables.embed(words, mask, mask * 0, positions, 3, False))[:, 0]

    np.testing.assert_array_equal(first_number(), [870, 987, 98])
    mask[0, 2] = 0  # padding's row is looked at, as published, where rows are not packed
    np.testing.assert_array_equal(first_number(), [870, 987, 98])
    mask[0, 2] = 1
    np.testing.assert_array_equal(first_number(np.array([[0, 0, 1]])), [70, 980, 98])
