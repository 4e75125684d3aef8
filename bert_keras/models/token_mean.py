"""`token_mean`: the mean of a text's tokens; `levelled_mean`, of one length; `mean_output`, that of an encoder."""

from typing import Any

from keras import ops

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES, MASK, PLACES, SEQUENCE_OUTPUT

_SHORTEST = 1e-12  # of a vector that is divided by its length


def token_mean(tokens: Any, mask: Any) -> Any:
    """float32 [batch, size] of tokens [batch, seq_length, size]: their mean where the mask is not 0.

    A row whose mask is 0 everywhere, as a window that is none, gives zeros.
    """
    weights = ops.cast(mask, "float32")[..., None]
    return ops.sum(ops.cast(tokens, "float32") * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)


def levelled_mean(tokens: Any, mask: Any) -> Any:
    """As `token_mean`, each vector with the length sqrt(size): its direction alone says something.

    The length of a mean goes with that of the text, which misleads a head that was fitted to few rows.
    """
    mean = token_mean(tokens, mask)
    length = ops.maximum(ops.norm(mean, axis=1, keepdims=True), _SHORTEST)
    return mean * (mean.shape[-1] ** 0.5 / length)


def mean_output(encoder: Any, inputs: Any, training: bool | None = False) -> Any:
    """float32 [batch, hidden_size]: the levelled mean of the last layer's vectors over all tokens, padding left out.

    Raises:
        ValueError: for an encoder that gives no vectors of tokens, and for texts that are to be packed.
    """
    if isinstance(inputs, dict) and PLACES in inputs:
        advice = "Leave packed out: the mean is over the tokens of a row, which packed texts share."
        raise ValueError(checks.message("pooling", "be 'pooled' for texts that are packed", "mean", advice))
    outputs = encoder(inputs, training=training)
    if SEQUENCE_OUTPUT not in outputs:
        must = f"have the output '{SEQUENCE_OUTPUT}' for pooling='mean'"
        source = getattr(encoder, "source", None) or encoder.name
        raise ValueError(checks.message("encoder", must, source, f"It gives {', '.join(sorted(outputs))}."))
    features = dict(zip(FEATURE_NAMES, inputs, strict=True)) if isinstance(inputs, (list, tuple)) else inputs
    return levelled_mean(outputs[SEQUENCE_OUTPUT], features[MASK])
