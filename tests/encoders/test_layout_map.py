"""`layout_map`: which axis of which weight goes to which axis of the mesh, for weights as they are named."""

import keras
import pytest
import tiny

from bert_keras.encoders.layout_map import layout_map
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier

LAYER = {
    "self_attention.query.kernel": (None, "model", None),  # [width, heads, depth]
    "self_attention.query.bias": ("model", None),
    "self_attention.key.kernel": (None, "model", None),
    "self_attention.key.bias": ("model", None),
    "self_attention.value.kernel": (None, "model", None),
    "self_attention.value.bias": ("model", None),
    "self_attention.attention_output.kernel": ("model", None, None),  # [heads, depth, width]
    "self_attention.attention_output.bias": None,
    "self_attention_layer_norm.gamma": None,
    "self_attention_layer_norm.beta": None,
    "intermediate.kernel": (None, "model"),  # [width, inner]
    "intermediate.bias": ("model",),
    "output.kernel": ("model", None),  # [inner, width]
    "output.bias": None,
    "output_layer_norm.gamma": None,
    "output_layer_norm.beta": None,
}
ENCODER = {
    "word_embeddings.embeddings": (None, "model"),
    "position_embedding.embeddings": (None, "model"),
    "type_embeddings.embeddings": (None, "model"),
    "embeddings.layer_norm.gamma": None,
    "embeddings.layer_norm.beta": None,
    "pooler_transform.kernel": (None, "model"),
    "pooler_transform.bias": ("model",),
}


def mesh(shape=(1, 4), names=("batch", "model")):
    count = shape[0] * shape[-1] if len(shape) > 1 else shape[0]
    return keras.distribution.DeviceMesh(shape, names, [f"cpu:{number}" for number in range(count)])


def axes(made, path):
    layout = made[path]
    return None if layout is None else tuple(layout.axes)


@pytest.fixture(scope="module")
def made():
    return layout_map(mesh())


def test_every_weight_of_a_native_encoder(made):
    encoder = tiny.native_encoder(num_layers=2)
    own = {f"{encoder.name}/{name}": wanted for name, wanted in ENCODER.items()}
    layers = {f"layer_{number}/{name}": wanted for number in range(2) for name, wanted in LAYER.items()}
    assert {weight.path: axes(made, weight.path) for weight in encoder.weights} == own | layers


@pytest.mark.parametrize(("model", "head"), [(TextClassifier, "classifier"), (SpanLabeler, "span")])
def test_heads(made, model, head):
    weights = {weight.path: weight for weight in model(tiny.native_encoder()).weights if weight.path.startswith(head)}
    assert set(weights) == {f"{head}/kernel", f"{head}/bias"}
    assert axes(made, f"{head}/kernel") == ("model", None) and axes(made, f"{head}/bias") is None


@pytest.mark.parametrize(
    "optimizer",
    [
        build_optimizer(),
        keras.optimizers.AdamW(amsgrad=True),
        keras.optimizers.SGD(momentum=0.9),
        keras.optimizers.Adam(gradient_accumulation_steps=2, use_ema=True),
    ],
    ids=["recipe", "amsgrad", "momentum", "accumulating"],
)
def test_what_an_optimizer_keeps_of_a_weight_lies_as_the_weight(made, optimizer):
    model = TextClassifier(tiny.native_encoder(num_layers=2))
    optimizer.build(model.trainable_variables)
    seen = 0
    for weight in model.trainable_variables:
        stem = f"/{weight.path.replace('/', '_')}_"
        kept = [variable for variable in optimizer.variables if stem in variable.path]
        assert kept and {axes(made, variable.path) for variable in kept} == {axes(made, weight.path)}
        seen += len(kept)
    assert seen >= len(model.trainable_variables)


def test_rows_of_a_batch_and_other_names_of_axes():
    made = layout_map(mesh((2, 2), ("rows", "parts")), batch="rows", model="parts")
    assert axes(made, "text_classifier/bert_encoder/layer_11/output") == ("rows", None)
    assert axes(made, "layer_3/self_attention.key.bias") == ("parts", None)
    alone = layout_map(mesh((4,), ("model",)))
    assert axes(alone, "layer_0/output") is None and axes(alone, "layer_0/output.kernel") == ("model", None)


def test_layers_of_ones_own_can_be_added(made):
    made["my_layer/kernel"] = (None, "model")
    assert axes(made, "my_layer/kernel") == (None, "model") and axes(made, "my_layer/bias") is None


def test_a_mesh_that_is_none():
    with pytest.raises(TypeError, match=r"`mesh` must be a keras.distribution.DeviceMesh. Received: mesh=4"):
        layout_map(4)
    with pytest.raises(ValueError, match=r"`mesh` must have an axis 'model'. Received: mesh=\['batch', 'other'\]"):
        layout_map(mesh((1, 4), ("batch", "other")))
