"""`native_form`: by its weights, which network of the native encoder's a SavedModel is."""

import re
from typing import Any

import numpy as np

_MOBILE = (  # names of Model Garden's MobileBERT, and what they are here
    (r"^.*?mobile_bert_embedding(?:_\d+)?/", ""),
    (r"^word_embedding/", "word_embeddings/"),
    (r"^type_embedding/", "type_embeddings/"),
    (r"^embedding_norm/", "embeddings/layer_norm/"),
    (r"^.*?transformer_layer_(\d+)/", r"transformer/layer_\1/"),
    (r"/attention/norm/", "/self_attention_layer_norm/"),
    (r"/attention/", "/self_attention/"),
    (r"/kq_shared_bottleneck/", "/bottleneck_shared/"),
    (r"/(bottleneck_\w+)/dense/", r"/\1/"),
    (r"/(bottleneck_\w+)/norm/", r"/\1_layer_norm/"),
    (r"/ffn_layer_(\d+)/norm/", r"/ffn_\1/output_layer_norm/"),
    (r"/ffn_layer_(\d+)/(intermediate|output)_dense/", r"/ffn_\1/\2/"),
    (r"^pooler/", "pooler_transform/"),
)
_BOTTLENECK = "transformer/layer_0/bottleneck_output/kernel"


def native_form(weights: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The arguments of `BertEncoder`, none for BERT itself, that weights by TF-Hub's names tell beside its sizes.

    ALBERT's and ELECTRA's tables have a width of their own, ALBERT's layers one name, and MobileBERT's weights other
    names than BERT's. What the weights do not tell, comparing outputs finds out.

    Returns:
        The arguments, and the weights under `BertEncoder`'s names.
    """
    if any("kq_shared_bottleneck/" in name for name in weights):
        return _mobile_form(weights)
    form: dict[str, Any] = {}
    if "embedding_projection/kernel" in weights:
        form["embedding_size"] = weights["embedding_projection/kernel"].shape[0]
    if "transformer/self_attention/query/kernel" in weights:
        form["share_layers"] = True
    return form, weights


def _mobile_form(weights: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    named = {}
    for name, values in weights.items():
        for theirs, ours in _MOBILE:
            name = re.sub(theirs, ours, name)
        named[name] = values
    last = max((int(match[1]) for name in named if (match := re.search(r"/ffn_(\d+)/", name))), default=0)
    named = {name.replace(f"/ffn_{last}/", "/"): values for name, values in named.items()}  # it has BERT's names here
    form = {"activation": "relu", "pooler": "pooler_transform/kernel" in named}
    if _BOTTLENECK in named and named.get("word_embeddings/embeddings", np.zeros(0)).ndim == 2:
        form["embedding_size"] = named["word_embeddings/embeddings"].shape[1]
        form["mobile"] = {"bottleneck": named[_BOTTLENECK].shape[0], "feed_forwards": last + 1}
    return form, named
