"""`bert_shapes`: the names and shapes of the tensors of a BERT, ALBERT or ELECTRA, from its sizes alone."""

from collections.abc import Callable, Container, Mapping
from typing import Any

HEAD = "cls/predictions/"  # how the names of the masked-word head begin


def bert_shapes(sizes: Mapping[str, Any], with_head: bool = False) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor by its TF-Hub name.

    Args:
        sizes: `vocab_size`, `num_layers`, `hidden_size`, `num_heads`, `intermediate_size`, `max_positions` and
            `type_vocab_size`, of which `num_heads` divides `hidden_size`; and where they are other than BERT's,
            `embedding_size`, `share_layers` and `pooler`.
        with_head: whether the five tensors of the masked-word head are among them.
    """
    width, inner, heads = sizes["hidden_size"], sizes["intermediate_size"], sizes["num_heads"]
    table = sizes.get("embedding_size") or width
    shapes = {
        "word_embeddings/embeddings": (sizes["vocab_size"], table),
        "position_embedding/embeddings": (sizes["max_positions"], table),
        "type_embeddings/embeddings": (sizes["type_vocab_size"], table),
        **_norm("embeddings/layer_norm", table),
    }
    if sizes.get("embedding_size"):
        shapes |= _dense("embedding_projection", (table,), (width,))
    numbered = [f"transformer/layer_{number}" for number in range(sizes["num_layers"])]
    for layer in ["transformer"] if sizes.get("share_layers") else numbered:
        shapes |= _layer(layer, width, inner, heads)
    if sizes.get("pooler", True):
        shapes |= _dense("pooler_transform", (width,), (width,))
    if with_head:
        shapes |= _dense(f"{HEAD}transform/dense", (width,), (table,))
        shapes |= _norm(f"{HEAD}transform/LayerNorm", table)
        shapes[f"{HEAD}output_bias/bias"] = (sizes["vocab_size"],)
    return shapes


def layers_among(names: Container[str], name_of: Callable[[str], str]) -> int:
    """How many layers, counted from the first, have any of their tensors among some names.

    Args:
        names: in whatever form.
        name_of: from a TF-Hub name to one of that form.
    """
    number = 0
    while any(name_of(name) in names for name in _layer(f"transformer/layer_{number}", 1, 1, 1)):
        number += 1
    return number


def _layer(layer: str, width: int, inner: int, heads: int) -> dict[str, tuple[int, ...]]:
    each, shapes = (heads, width // heads), {}
    for name in ("query", "key", "value"):
        shapes |= _dense(f"{layer}/self_attention/{name}", (width,), each)
    shapes |= _dense(f"{layer}/self_attention/attention_output", each, (width,))
    shapes |= _norm(f"{layer}/self_attention_layer_norm", width)
    shapes |= _dense(f"{layer}/intermediate", (width,), (inner,))
    shapes |= _dense(f"{layer}/output", (inner,), (width,))
    return shapes | _norm(f"{layer}/output_layer_norm", width)


def _dense(name: str, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    return {f"{name}/kernel": (*inputs, *outputs), f"{name}/bias": outputs}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}/gamma": (width,), f"{name}/beta": (width,)}
