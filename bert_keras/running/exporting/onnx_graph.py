"""`OnnxGraph`: BERT and a head as nodes of ONNX, written from the weights' arrays.

The nodes of a layer are those in which ONNX Runtime finds GELU with its bias and a sum with its layer norm, of which it
makes one operation each when it loads a model, and in which its `transformers.optimizer` finds attention.
"""

import math
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, shape_inference

from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.features import FEATURE_NAMES, MASK, POOLED_OUTPUT, TYPE_IDS, WORD_IDS
from bert_keras.tuned.portable_head import PortableHead

GELU_OPSET = 20  # the first with GELU as one operation
PROBABILITIES = "probabilities"
_HIDDEN = -10_000.0  # added to the scores of padding, of which the softmax then is 0


class OnnxGraph:
    """The model of an encoder and a head.

    Args:
        bert: the encoder.
        head: the head.
        opset: of ONNX.
    """

    def __init__(self, bert: PlainBert, head: PortableHead, opset: int) -> None:
        self.bert = bert
        self.head = head
        self.opset = opset
        self.width = bert.config.hidden_size
        self.nodes: list[Any] = []
        self.arrays: dict[str, np.ndarray] = {}

    def model(self) -> Any:
        """An `onnx.ModelProto`: the three features int64 [batch, length] to the head's outputs.

        Of choices, the features are [batch, choices, length]. Where logits have probabilities, these are one more
        output.
        """
        shape = ["batch", "choices", "length"] if self.head.choices else ["batch", "length"]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in FEATURE_NAMES]
        features = {name: self._rows(name) for name in FEATURE_NAMES}
        hidden = self._embedded(features)
        scores = self._hidden_scores(features[MASK])
        for layer in range(self.bert.config.num_layers):
            hidden = self._layer(hidden, scores, layer)
        outputs = self._outputs(hidden, features[MASK])
        arrays = [_tensor(name, values) for name, values in self.arrays.items()]
        graph = helper.make_graph(self.nodes, "bert", inputs, outputs, arrays)
        imports = [helper.make_opsetid("", self.opset)]
        made = helper.make_model(graph, producer_name="bert_keras", opset_imports=imports)
        made.ir_version = helper.find_min_ir_version_for(imports)
        return shape_inference.infer_shapes(made, strict_mode=True)  # ONNX Runtime joins sums and norms of known shapes

    def _rows(self, name: str) -> str:
        """A feature as [rows, length]."""
        if not self.head.choices:
            return name
        length = self._node("Shape", [name], start=2, end=3)
        return self._node("Reshape", [name, self._node("Concat", [self._whole([-1]), length], axis=0)])

    def _embedded(self, features: dict[str, str]) -> str:
        tables = ("word_embeddings/embeddings", "type_embeddings/embeddings", "position_embedding/embeddings")
        words, types, positions = (self._weight(name) for name in tables)
        length = self._node("Shape", [features[WORD_IDS]], start=1, end=2)
        placed = self._node("Slice", [positions, self._whole([0]), length, self._whole([0])])
        summed = self._node("Add", [self._node("Gather", [words, features[WORD_IDS]]), placed])
        summed = self._node("Add", [summed, self._node("Gather", [types, features[TYPE_IDS]])])
        return self._norm(summed, "embeddings/layer_norm")

    def _hidden_scores(self, mask: str) -> str:
        """What padding adds to scores, [rows, 1, 1, length]."""
        wide = self._node("Unsqueeze", [self._node("Unsqueeze", [mask, self._whole([1])]), self._whole([2])])
        wide = self._node("Cast", [wide], to=TensorProto.FLOAT)
        return self._node("Mul", [self._node("Sub", [self._number(1.0), wide]), self._number(_HIDDEN)])

    def _layer(self, hidden: str, scores: str, layer: int) -> str:
        begin = f"transformer/layer_{layer}"
        heads, depth = self.bert.config.num_heads, self.width // self.bert.config.num_heads
        split = self._whole([0, 0, heads, depth])

        def part(name: str, order: list[int]) -> str:
            rows = self._node("Reshape", [self._dense(hidden, f"{begin}/self_attention/{name}"), split])
            return self._node("Transpose", [rows], perm=order)

        query, key = part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1])
        values = part("value", [0, 2, 1, 3])
        looks = self._node("Div", [self._node("MatMul", [query, key]), self._number(math.sqrt(depth))])
        looks = self._node("Softmax", [self._node("Add", [looks, scores])], axis=-1)
        context = self._node("Transpose", [self._node("MatMul", [looks, values])], perm=[0, 2, 1, 3])
        context = self._node("Reshape", [context, self._whole([0, 0, self.width])])
        attended = self._dense(context, f"{begin}/self_attention/attention_output")
        hidden = self._norm(self._node("Add", [attended, hidden]), f"{begin}/self_attention_layer_norm")
        if self.head.reads == POOLED_OUTPUT and layer == self.bert.config.num_layers - 1:
            hidden = self._node("Gather", [hidden, self._whole(0)], axis=1)  # [CLS], all that is looked at
        inner = self._gelu(self._dense(hidden, f"{begin}/intermediate"))
        outer = self._dense(inner, f"{begin}/output")
        return self._norm(self._node("Add", [outer, hidden]), f"{begin}/output_layer_norm")

    def _outputs(self, hidden: str, mask: str) -> list[Any]:
        """The head, and what the graph gives."""
        head, classes = self.head, len(self.head.bias)
        if head.reads == POOLED_OUTPUT:
            hidden = self._node("Tanh", [self._dense(hidden, "pooler_transform")])
        if head.transform is not None:
            own = head.transform
            rows = self._product(hidden, "transform", own.kernel, own.bias)
            hidden = self._normed(self._gelu(rows), "transform/layer_norm", own.gamma, own.beta, own.epsilon)
        if head.kernel is None:
            kernel = self._node("Transpose", [self._weight("word_embeddings/embeddings")], perm=[1, 0])
        else:
            kernel = self._array("head/kernel", head.kernel)
        logits = self._node("MatMul", [hidden, kernel])
        shape: list[Any] = ["batch"] if head.reads == POOLED_OUTPUT else ["batch", "length"]
        if head.hides_padding:
            logits = self._node("Add", [logits, self._array("head/bias", head.bias)])
            real = self._node("Cast", [mask], to=TensorProto.FLOAT)
            added = self._node("Mul", [self._node("Sub", [self._number(1.0), real]), self._number(_HIDDEN)])
            logits = self._node("Add", [logits, self._node("Unsqueeze", [added, self._whole([2])])])
            for column, name in enumerate(head.outputs):
                self._node("Gather", [logits, self._whole(column)], name, axis=-1)
            return [_output(name, shape) for name in head.outputs]
        [name] = head.outputs
        biased = "" if head.choices else name
        logits = self._node("Add", [logits, self._array("head/bias", head.bias)], biased)
        if head.choices:
            both = self._node("Shape", [WORD_IDS], start=0, end=2)
            logits, shape, classes = self._node("Reshape", [logits, both], name), ["batch"], "choices"
        outputs = [_output(name, [*shape, classes])]
        if head.activation is not None:
            axis = {"axis": -1} if head.activation == "softmax" else {}
            self._node(head.activation.capitalize(), [logits], PROBABILITIES, **axis)
            outputs.append(_output(PROBABILITIES, [*shape, classes]))
        return outputs

    def _gelu(self, rows: str) -> str:
        tanh = self.bert.gelu == "tanh"
        if self.opset >= GELU_OPSET:
            return self._node("Gelu", [rows], approximate="tanh" if tanh else "none")
        if not tanh:
            inner = self._node("Erf", [self._node("Div", [rows, self._number(math.sqrt(2.0))])])
            inner = self._node("Mul", [rows, self._node("Add", [inner, self._number(1.0)])])
            return self._node("Mul", [inner, self._number(0.5)])
        cube = self._node("Mul", [self._node("Pow", [rows, self._number(3.0)]), self._number(0.044715)])
        inner = self._node("Mul", [self._node("Add", [rows, cube]), self._number(math.sqrt(2.0 / math.pi))])
        inner = self._node("Add", [self._node("Tanh", [inner]), self._number(1.0)])
        return self._node("Mul", [self._node("Mul", [rows, self._number(0.5)]), inner])

    def _dense(self, rows: str, name: str) -> str:
        """Of a layer of the encoder; heads and their depth are one axis."""
        kernel, bias = (self.bert.weights[f"{name}/{part}"] for part in ("kernel", "bias"))
        if name.endswith("attention_output"):
            kernel = kernel.reshape(-1, self.width)
        return self._product(rows, name, kernel.reshape(kernel.shape[0], -1), bias.reshape(-1))

    def _product(self, rows: str, name: str, kernel: np.ndarray, bias: np.ndarray) -> str:
        product = self._node("MatMul", [rows, self._array(f"{name}/kernel", kernel)])
        return self._node("Add", [product, self._array(f"{name}/bias", bias)])

    def _norm(self, rows: str, name: str) -> str:
        gamma, beta = (self.bert.weights[f"{name}/{part}"] for part in ("gamma", "beta"))
        return self._normed(rows, name, gamma, beta, self.bert.epsilon)

    def _normed(self, rows: str, name: str, gamma: np.ndarray, beta: np.ndarray, epsilon: float) -> str:
        both = [self._array(f"{name}/gamma", gamma), self._array(f"{name}/beta", beta)]
        return self._node("LayerNormalization", [rows, *both], axis=-1, epsilon=epsilon)

    def _node(self, operator: str, inputs: list[str], name: str = "", **attributes: Any) -> str:
        """Adds a node, and returns what its output is called."""
        name = name or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=f"node/{name}", **attributes))
        return name

    def _weight(self, name: str) -> str:
        return self._array(name, self.bert.weights[name])

    def _number(self, value: float) -> str:
        return self._array(f"number/{value:.9g}", np.array(value, "float32"))

    def _whole(self, values: Any) -> str:
        return self._array(f"whole/{values}", np.array(values, "int64"))

    def _array(self, name: str, values: np.ndarray) -> str:
        self.arrays[name] = values
        return name


def _tensor(name: str, values: np.ndarray) -> Any:
    return numpy_helper.from_array(np.asarray(values, order="C"), name)


def _output(name: str, shape: list[Any]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
