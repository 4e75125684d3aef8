"""`lay_layer_rates`: tells an optimizer with a `layer_decay` what of the rate each weight of an encoder has."""

from typing import Any

from bert_keras import checks
from bert_keras.optimization.loss_scale import inner_optimizer


def lay_layer_rates(optimizer: Any, encoder: Any) -> None:
    """Gives the weights of layer k of L the share `layer_decay ** (L - k)`, the embeddings that with L + 1, others 1.

    So BEiT does it (https://arxiv.org/abs/2106.08254). ELECTRA has L + 1 - k for layer k, and L + 2 for embeddings.
    An optimizer without a `layer_decay` below 1 is left as it is.

    Raises:
        ValueError: for an encoder that does not say which of its weights lies in which layer.
    """
    optimizer = inner_optimizer(optimizer)
    decay = getattr(optimizer, "layer_decay", 1.0)
    if decay == 1.0:
        return
    if not hasattr(encoder, "layer_depths"):
        must = "be 1 with an encoder that does not say which of its weights lies in which layer"
        raise ValueError(checks.message("layer_decay", must, decay, "bk.load_encoder(handle) makes one that does."))
    depths, weights = encoder.layer_depths(), encoder.tunable_weights()
    top = encoder.config.num_layers + 1
    shares = {id(weights[name]): decay ** (top - depth) for name, depth in depths.items()}
    optimizer.lay_shares(lambda variable: shares.get(id(variable), 1.0))
