"""The graph of ONNX: outputs are the model's, for each kind, form of GELU and version of the operators."""

import collections

import choices
import encoders
import numpy as np
import pytest
import questions

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.kinds import KINDS
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.token_classification.token_classifier import TokenClassifier

onnx = pytest.importorskip("onnx", reason="onnx is not here: pip install onnx onnxruntime")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not here: pip install onnx onnxruntime")
from bert_keras.running.exporting.onnx_graph import OnnxGraph  # noqa: E402  where onnx is

MODELS = {
    "text": lambda encoder: TextClassifier(encoder, 3, seed=1),
    "multi": lambda encoder: TextClassifier(encoder, 3, "multi_label_classification", seed=1),
    "regression": lambda encoder: TextClassifier(encoder, 1, "regression", seed=1),
    "questions": questions.with_random_head,
    "tags": lambda encoder: TokenClassifier(encoder, 4, seed=1),
    "choices": lambda encoder: choices.with_random_head(encoder, 3),
    "masked": lambda encoder: MaskedLM(encoder, seed=1),
}


def encoder_of(gelu="erf", **options):
    sizes = {"num_layers": 2, "hidden_size": 12, "num_heads": 3, "intermediate_size": 20, "max_positions": 32}
    return BertEncoder(len(encoders.VOCABULARY), gelu=gelu, initializer_range=0.4, seed=2, **{**sizes, **options})


def graph_of(model, opset=17):
    head = KINDS[model.kind].portable(model, {"labels": list("abcd")})
    return OnnxGraph(PlainBert.of(model.encoder), head, opset).model(), head


def features_of(head, rows=4, length=9):
    random, shape = np.random.default_rng(3), (rows, 3, length) if head.choices else (rows, length)
    real = np.maximum(length - 2 * np.arange(rows), 1).reshape((rows,) + (1,) * (len(shape) - 1))
    return {
        "input_word_ids": random.integers(0, len(encoders.VOCABULARY), shape),
        "input_mask": (np.arange(length) < real).astype("int64") * np.ones(shape, "int64"),
        "input_type_ids": random.integers(0, 2, shape),
    }


def compare(model, opset=17):
    graph, head = graph_of(model, opset)
    onnx.checker.check_model(graph, full_check=True)
    session = runtime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    for rows, length in ((4, 9), (1, 2), (2, 32)):  # any batch, and any length up to the position table
        features = features_of(head, rows, length)
        found = dict(zip([out.name for out in session.get_outputs()], session.run(None, features), strict=True))
        wanted = model({name: values.astype("int32") for name, values in features.items()}, training=False)
        wanted = wanted if isinstance(wanted, dict) else {"logits": wanted}
        for name, values in wanted.items():
            np.testing.assert_allclose(found[name], np.asarray(values), rtol=0, atol=2e-5)
            assert found[name].shape == values.shape and (rows == 1 or np.ptp(found[name]) > 1e-3)
        yield found


@pytest.mark.parametrize("gelu", ["erf", "tanh"])
@pytest.mark.parametrize("kind", list(MODELS))
def test_outputs_are_the_models(kind, gelu):
    model = MODELS[kind](encoder_of(gelu))
    for found in compare(model):
        assert set(found) - {"probabilities"} == ({"start_logits", "end_logits"} if kind == "questions" else {"logits"})
        has_probabilities = kind in ("text", "multi", "tags", "choices")
        assert ("probabilities" in found) is has_probabilities
        if has_probabilities:
            logits = found["logits"].astype("float64")
            shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
            wanted = 1 / (1 + np.exp(-logits)) if kind == "multi" else shares
            np.testing.assert_allclose(found["probabilities"], wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("opset", [18, 19, 20, 21])
@pytest.mark.parametrize("gelu", ["erf", "tanh"])
def test_each_opset_gives_the_same(opset, gelu):
    model = MODELS["text"](encoder_of(gelu))
    assert len(list(compare(model, opset))) == 3
    graph, _ = graph_of(model, opset)
    assert [one.version for one in graph.opset_import] == [opset]
    assert ("Gelu" in {node.op_type for node in graph.graph.node}) is (opset >= 20)


def test_inputs_and_outputs_say_their_names_and_shapes():
    graph, _ = graph_of(MODELS["choices"](encoder_of()))
    shapes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.graph.input, *graph.graph.output)
    }
    three, two = ["batch", "choices", "length"], ["batch", "choices"]
    assert shapes == {
        **{name: three for name in ("input_word_ids", "input_mask", "input_type_ids")},
        **{name: two for name in ("logits", "probabilities")},
    }
    assert {value.type.tensor_type.elem_type for value in graph.graph.input} == {onnx.TensorProto.INT64}


def test_every_weight_stands_in_it_once():
    model = MODELS["masked"](encoder_of())
    graph, _ = graph_of(model)
    held = sum(len(one.raw_data) for one in graph.graph.initializer)
    weights = model.encoder.named_weights()
    read = [w for name, w in weights.items() if not name.startswith("pooler")] + list(model.head.weights)
    assert 0 <= held - 4 * sum(int(np.prod(w.shape)) for w in read) < 1000  # and numbers of the graph


def test_onnx_runtime_joins_what_belongs_together(tmp_path):
    graph, _ = graph_of(MODELS["tags"](encoder_of(num_layers=3)))
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "joined.onnx")
    runtime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    counts = collections.Counter(node.op_type for node in onnx.load(tmp_path / "joined.onnx").graph.node)
    assert counts["SkipLayerNormalization"] == 6 and counts["BiasGelu"] == 3
    assert counts["LayerNormalization"] == 1 and counts["Erf"] == 0


def test_onnx_runtimes_own_optimizer_finds_attention(tmp_path):
    pytest.importorskip("sympy", reason="sympy, which ONNX Runtime's optimizer wants, is not here: pip install sympy")
    from onnxruntime.transformers import optimizer

    graph, _ = graph_of(MODELS["text"](encoder_of(num_layers=3)))
    onnx.save(graph, tmp_path / "model.onnx")
    path = str(tmp_path / "model.onnx")
    joined = optimizer.optimize_model(path, model_type="bert", num_heads=3, hidden_size=12, opt_level=0)
    counts = collections.Counter(node.op_type for node in joined.model.graph.node)
    assert counts["Attention"] == 3 and counts["SkipLayerNormalization"] >= 5
