"""`layout_map`: which axis of which weight is split over the devices of a mesh. Imports no TensorFlow.

For `keras.distribution.ModelParallel`, which splits weights on the JAX backend alone. As in Megatron-LM (Shoeybi et
al., https://arxiv.org/abs/1909.08053): attention by its heads, feed-forward by its inner width, so that the devices add
up their parts of a product twice in a layer. The word table is split by its width and not by its rows: 30,522 of them
do not divide by 4, and JAX refuses uneven parts.
"""

import math
from typing import Any

import keras

from bert_keras import checks

_MODEL = "model"  # stands for the argument `model` of `layout_map`
# Ends of the variables' paths, each with the mesh's axis for every axis of the weight. What is not here, layer norms
# and biases of whole outputs, is whole on every device.
_SPLIT = {
    r"(word_embeddings|position_embedding|type_embeddings)\.embeddings": (None, _MODEL),
    r"layer_\d+[/_]self_attention\.(query|key|value)\.kernel": (None, _MODEL, None),
    r"layer_\d+[/_]self_attention\.(query|key|value)\.bias": (_MODEL, None),
    r"layer_\d+[/_]self_attention\.attention_output\.kernel": (_MODEL, None, None),
    r"layer_\d+[/_]intermediate\.kernel": (None, _MODEL),
    r"layer_\d+[/_]intermediate\.bias": (_MODEL,),
    r"layer_\d+[/_]output\.kernel": (_MODEL, None),
    r"embedding_projection\.kernel": (_MODEL, None),
    r"pooler_transform\.kernel": (None, _MODEL),
    r"pooler_transform\.bias": (_MODEL,),
    r"(classifier|span)[/_]kernel": (_MODEL, None),  # the heads, by the encoder's width
}
# An optimizer names its variables after the weights: `adamw/layer_0_intermediate.kernel_momentum`.
# Keras before 3.13 looks for a key anywhere in a path, so each says where it begins and ends.
_BEFORE, _SLOT = r"^(.*[/_])?", r"(_momentum|_velocity|_velocity_hat|_gradient_accumulator|_average)?$"
# What must divide by the parts: a size, and the path and axis of a weight that is split by it.
_SIZES = {
    "num_heads": ("layer_0/self_attention.query.kernel", 1),
    "intermediate_size": ("layer_0/intermediate.kernel", 1),
    "hidden_size": ("encoder/word_embeddings.embeddings", 1),
    "embedding_size": ("encoder/word_embeddings.embeddings", 1),
}


def layout_map(mesh: keras.distribution.DeviceMesh, batch: str = "batch", model: str = "model") -> Any:
    """How `bk.BertEncoder`, the heads of this library and an optimizer's moments are split over a mesh.

    >>> mesh = keras.distribution.DeviceMesh((1, 4), ("batch", "model"))
    >>> keras.distribution.set_distribution(keras.distribution.ModelParallel(layout_map=layout_map(mesh)))
    >>> encoder = bk.BertEncoder(num_layers=24, hidden_size=1024, num_heads=16)  # a quarter of it on each device

    `bk.shard(4)` is the first two lines. A weight that is none of these is whole on every device, and so are layer
    norms. More entries can be added to the map, for layers of one's own.

    Args:
        mesh: of two named axes, or of one that is `model`.
        batch: the axis that splits the rows of a batch.
        model: the axis that splits weights.

    Returns:
        A `keras.distribution.LayoutMap`.

    Raises:
        TypeError, ValueError: if `mesh` is no mesh with an axis `model`.
    """
    if not isinstance(mesh, keras.distribution.DeviceMesh):
        advice = 'E.g. keras.distribution.DeviceMesh((1, 4), ("batch", "model")).'
        raise TypeError(checks.message("mesh", "be a keras.distribution.DeviceMesh", mesh, advice))
    if model not in mesh.axis_names:
        raise ValueError(checks.message("mesh", f"have an axis '{model}'", list(mesh.axis_names)))
    layouts = keras.distribution.LayoutMap(mesh)
    for end, axes in _SPLIT.items():
        layouts[_BEFORE + end + _SLOT] = tuple(model if axis == _MODEL else axis for axis in axes)
    if batch in mesh.axis_names:  # the output of a layer, [batch * seq_length, hidden_size]
        layouts[_BEFORE + r"layer_\d+/output$"] = (batch, None)
    return layouts


def check_sizes(num_heads: int, hidden_size: int, intermediate_size: int, embedding_size: int | None = None) -> None:
    """Raises ValueError if an encoder of these sizes cannot be split as the distribution in force says."""
    distribution = keras.distribution.distribution()
    if not isinstance(distribution, keras.distribution.ModelParallel):
        return
    sizes = {"num_heads": num_heads, "intermediate_size": intermediate_size, "hidden_size": hidden_size}
    if embedding_size is not None:
        sizes["embedding_size"] = embedding_size
    for name, size in sizes.items():
        parts = _parts(distribution, *_SIZES[name])
        if size % parts:
            fitting = [n for n in range(1, min(sizes.values()) + 1) if all(value % n == 0 for value in sizes.values())]
            advice = f"This encoder splits in {', '.join(map(str, fitting))} parts: bk.shard({fitting[-1]})."
            raise ValueError(checks.message(name, f"divide by {parts}, the parts of the mesh", size, advice))


def _parts(distribution: Any, path: str, axis: int) -> int:
    """In how many parts an axis of the weight at `path` is split."""
    layout = distribution.get_tensor_layout(path)
    if layout is None or layout.axes[axis] is None:
        return 1
    mesh, names = distribution.device_mesh, layout.axes[axis]
    names = names if isinstance(names, tuple) else (names,)
    return math.prod(mesh.shape[mesh.axis_names.index(name)] for name in names)
