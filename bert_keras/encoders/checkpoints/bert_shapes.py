"""`bert_shapes`: the names and shapes of a BERT's tensors, from its sizes alone."""

from collections.abc import Callable, Container, Mapping

HEAD = "cls/predictions/"  # how the names of the masked-word head begin


def bert_shapes(sizes: Mapping[str, int], with_head: bool = False) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor by its TF-Hub name.

    Args:
        sizes: `vocab_size`, `num_layers`, `hidden_size`, `num_heads`, `intermediate_size`, `max_positions` and
            `type_vocab_size`, of which `num_heads` divides `hidden_size`.
        with_head: whether the five tensors of the masked-word head are among them.
    """
    width, inner, heads = sizes["hidden_size"], sizes["intermediate_size"], sizes["num_heads"]
    shapes = {
        "word_embeddings/embeddings": (sizes["vocab_size"], width),
        "position_embedding/embeddings": (sizes["max_positions"], width),
        "type_embeddings/embeddings": (sizes["type_vocab_size"], width),
        **_norm("embeddings/layer_norm", width),
    }
    for number in range(sizes["num_layers"]):
        shapes |= _layer(f"transformer/layer_{number}", width, inner, heads)
    shapes |= _dense("pooler_transform", (width,), (width,))
    if with_head:
        shapes |= _dense(f"{HEAD}transform/dense", (width,), (width,))
        shapes |= _norm(f"{HEAD}transform/LayerNorm", width)
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
