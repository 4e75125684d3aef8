"""`BertEncoder`: BERT in plain Keras layers, written with `keras.ops` alone so that it runs on every Keras backend.

Post-norm BERT as published by Devlin et al. (2018, https://arxiv.org/abs/1810.04805), with TF-Hub's variable names.
This file imports no TensorFlow.
"""

import functools
import math
from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.dropout import dropout
from bert_keras.encoders.encoder import INITIALIZER_RANGE, SIZES, Encoder, EncoderConfig
from bert_keras.encoders.gather_rows import gather_rows
from bert_keras.encoders.guard_ids import guard_ids
from bert_keras.encoders.hidden_tokens import hidden_tokens
from bert_keras.encoders.layer_forward import BLOCK_FIELDS, layer_norm
from bert_keras.encoders.layout_map import check_sizes
from bert_keras.encoders.lora_adapter import adapter_weights, add_adapters, check_matrices, merged_kernels
from bert_keras.encoders.transformer_block import TransformerBlock, fresh_normal
from bert_keras.features import ENCODER_OUTPUTS, MASK, POOLED_OUTPUT, POSITION_IDS, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS
from bert_keras.replica_seeds import ReplicaSeeds


@keras.saving.register_keras_serializable(package="bert_keras")
class BertEncoder(Encoder):
    """BERT with random weights; `bk.load_encoder(handle, native=True)` gives it the weights of a published one.

    Called on a dict of three integer tensors [batch, seq_length] (`input_word_ids`, `input_mask`, `input_type_ids`), it
    returns `pooled_output` [batch, hidden_size], `sequence_output` [batch, seq_length, hidden_size] and
    `encoder_outputs`, one [batch, seq_length, hidden_size] for each layer. Called with `pooled_only=True` it returns
    `pooled_output` alone, and its last layer is worked out for the first token of each text.

    Rows may be packed: hold several texts one behind the other, of which none sees another. `input_position_ids`, a
    fourth feature, counts from 0 at the first token of each, as Hugging Face's `position_ids` do. `pooled_output` is
    then [batch, seq_length, hidden_size], and that of a text stands at its first token.

    Args:
        vocab_size: rows of the word table.
        num_layers, hidden_size, num_heads: the L, H and A of TF-Hub's names; num_heads must divide hidden_size.
        intermediate_size: width of the feed-forward layer; 4 * hidden_size if None.
        max_positions: rows of the position table, the longest seq_length possible.
        type_vocab_size: rows of the segment table.
        gelu: "tanh", the approximation that Google's weights were trained with, or "erf", Hugging Face's exact form.
        dropout, attention_dropout: rates in [0, 1), after each sub-layer and on the attention weights; none while
            every weight is frozen.
        layer_norm_epsilon: added to variances.
        initializer_range: standard deviation of the truncated normal that fresh weights are drawn from.
        seed: of dropout and of the fresh weights; None draws from Keras' global seed.
        recompute: keeps the outputs of each layer alone while training, and works out the rest again for the gradient:
            the same numbers with a fraction of the memory, for a second forward pass. It can be set later.
        **kwargs: `trainable`, `name` and `dtype`. At a mixed policy the tables, their sum, softmax and layer norms are
            float32, the matrix products and the outputs are of the policy's compute dtype.
    """

    takes_packed = True

    def __init__(
        self,
        vocab_size: int = 30522,
        num_layers: int = 12,
        hidden_size: int = 768,
        num_heads: int = 12,
        intermediate_size: int | None = None,
        max_positions: int = 512,
        type_vocab_size: int = 2,
        gelu: str = "tanh",
        dropout: float = 0.1,
        attention_dropout: float = 0.1,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = INITIALIZER_RANGE,
        seed: int | None = None,
        recompute: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)  # ids that come as floats would be rounded at a mixed policy
        self.vocab_size = checks.integer("vocab_size", vocab_size, 1)
        self.num_layers = checks.integer("num_layers", num_layers, 1)
        self.hidden_size = checks.integer("hidden_size", hidden_size, 1)
        self.num_heads = checks.integer("num_heads", num_heads, 1)
        intermediate_size = 4 * hidden_size if intermediate_size is None else intermediate_size
        self.intermediate_size = checks.integer("intermediate_size", intermediate_size, 1)
        self.max_positions = checks.integer("max_positions", max_positions, 1)
        self.type_vocab_size = checks.integer("type_vocab_size", type_vocab_size, 1)
        self.gelu = checks.one_of("gelu", gelu, ("tanh", "erf"))
        self.dropout = checks.number("dropout", dropout, 0.0, 0.999)
        self.attention_dropout = checks.number("attention_dropout", attention_dropout, 0.0, 0.999)
        self.layer_norm_epsilon = checks.number("layer_norm_epsilon", layer_norm_epsilon, 0.0)
        self.initializer_range = checks.number("initializer_range", initializer_range, 0.0)
        self.seed = None if seed is None else checks.integer("seed", seed, 0)
        self._recompute = checks.boolean("recompute", recompute)
        self._lora: dict[str, Any] | None = None
        if hidden_size % num_heads:
            raise ValueError(checks.message("num_heads", f"divide hidden_size={hidden_size}", num_heads))
        check_sizes(self.num_heads, self.hidden_size, self.intermediate_size)
        self._seeds = ReplicaSeeds(seed)
        self.blocks = [self._block(index) for index in range(num_layers)]
        self._add_tables()

    @property
    def config(self) -> EncoderConfig:
        parameters = sum(math.prod(weight.shape) for weight in self.named_weights().values())
        return EncoderConfig(**{name: getattr(self, name) for name in SIZES}, parameters=parameters)

    @property
    def recompute(self) -> bool:
        """Whether layers are worked out again for the gradient; a model that was trained must be compiled again."""
        return self._recompute

    @recompute.setter
    def recompute(self, value: bool) -> None:
        self._recompute = checks.boolean("recompute", value)
        for block in self.blocks:
            block.recompute = value

    @property
    def lora(self) -> dict[str, Any] | None:
        """`rank`, `alpha` and `matrices` of `add_lora`; None where there are no adapters."""
        return None if self._lora is None else dict(self._lora)

    def add_lora(self, rank: int = 8, alpha: float = 16.0, matrices: str = "query,value") -> int:
        """Freezes the encoder and adds LoRA's matrices beside its kernels; returns how many weights these are.

        A product rows W becomes rows W + (rows A) B * alpha / rank (Hu et al., 2021). B is zero at first, so that the
        outputs are what they were. Add them before `fit`, or compile the model again: its optimizer knows the weights.

        >>> encoder = bk.load_encoder("bert_en_uncased_L-12_H-768_A-12", native=True)
        >>> encoder.add_lora(rank=8)
        48
        >>> model = bk.TextClassifier(encoder, num_classes=2)

        Args:
            rank: columns of A and rows of B, at most the encoder's width.
            alpha: the scale, times `rank`.
            matrices: some of query, key, value, attention_output, intermediate and output, with commas between; or
                "all".

        Raises:
            ValueError: if it has adapters already, or is not trainable.
        """
        rank = checks.integer("rank", rank, 1, self.hidden_size, "the encoder's width")
        if checks.number("alpha", alpha, 0.0) == 0:
            raise ValueError(checks.message("alpha", "be above 0", alpha))
        matrices = check_matrices("matrices", matrices)
        if self._lora is not None:
            advice = "encoder.merge_lora() adds them to the kernels, after which there can be others."
            raise ValueError(checks.message("encoder", "have no adapters of LoRA yet", self._lora, advice))
        if not self.trainable:
            advice = "Load it with trainable=True: add_lora freezes all but what it adds."
            raise ValueError(checks.message("encoder", "be trainable, for its adapters to be trained", False, advice))
        for weight in self.named_weights().values():
            weight.trainable = False
        # Another stream than that of the tables, which begins with `seed`.
        seeds = keras.random.SeedGenerator(None if self.seed is None else self.seed + 2**16)
        add_adapters(self.blocks, rank, float(alpha), matrices, seeds)
        self._lora = {"rank": rank, "alpha": float(alpha), "matrices": ",".join(matrices)}
        return len(self.lora_weights())

    def merge_lora(self) -> None:
        """Adds the products of LoRA's matrices to the kernels and drops them; every weight is trainable again.

        The outputs are the same but for rounding. A model that was trained must be compiled again before more training.

        Raises:
            ValueError: if there are no adapters.
        """
        if self._lora is None:
            raise ValueError(checks.message("encoder", "have adapters of LoRA, to merge them", self.name))
        weights = self.named_weights()
        for name, kernel in merged_kernels(self.blocks).items():
            weights[name].assign(kernel)
        for block in self.blocks:
            block.adapters.clear()
        self._lora = None
        for weight in weights.values():
            weight.trainable = True

    def lora_weights(self) -> dict[str, keras.Variable]:
        """LoRA's matrices, as `transformer/layer_0/self_attention/query/lora_a`; none without `add_lora`."""
        return adapter_weights(self.blocks)

    def merged_weights(self) -> dict[str, np.ndarray]:
        """`named_weights` as arrays, with what LoRA adds to them."""
        own = {name: ops.convert_to_numpy(weight) for name, weight in self.named_weights().items()}
        return own | merged_kernels(self.blocks)

    def tunable_weights(self) -> dict[str, keras.Variable]:
        return self.named_weights() | self.lora_weights()

    def set_gelu(self, form: str) -> None:
        """Changes the form of GELU, "tanh" or "erf", of every layer."""
        self.gelu = checks.one_of("gelu", form, ("tanh", "erf"))
        for block in self.blocks:
            block.gelu = form

    def named_weights(self) -> dict[str, keras.Variable]:
        own = {weight.name.replace(".", "/"): weight for weight in self._own_weights}
        weights = {name: weight for name, weight in own.items() if not name.startswith("pooler")}
        for index, block in enumerate(self.blocks):
            weights |= {f"transformer/layer_{index}/{n.replace('.', '/')}": w for n, w in block.weights_by_name.items()}
        return weights | own  # the pooler last

    def call(self, inputs: dict[str, Any], training: bool | None = None, pooled_only: bool = False) -> dict[str, Any]:
        features = self.check_features(inputs)
        sizes = self.vocab_size, self.type_vocab_size, self.max_positions
        ids, types = guard_ids(features[WORD_IDS], features[TYPE_IDS], *sizes)
        ids = ops.cast(ids, "int32")
        words = gather_rows(self.word_table, ops.reshape(ids, (-1,)))
        return self.encode_words(words, features | {TYPE_IDS: types}, training, pooled_only)

    def encode_words(
        self, words: Any, features: dict, training: Any = None, pooled_only: bool = False, attention: Any = None
    ) -> dict[str, Any]:
        """What a call returns, for vectors float32 [batch * seq_length, hidden_size] in place of the word table's rows.

        The list `attention` takes each layer's float32 [batch, num_heads, seq_length, seq_length].
        """
        training = bool(training) and bool(self.trainable_weights)  # a frozen encoder has no dropout
        names = (MASK, TYPE_IDS, POSITION_IDS)
        mask, types, positions = (ops.cast(features[n], "int32") if n in features else None for n in names)
        batch, length = ops.shape(mask)[0], ops.shape(mask)[1]
        hidden = self._embed(words, types, length, training, positions)
        padding = hidden_tokens(mask, positions)
        outputs = []
        for block in self.blocks:
            if attention is not None:
                attention.append(block.attention_weights(hidden, padding))
            first_only = pooled_only and positions is None and block is self.blocks[-1]  # all that is looked at
            hidden = block(hidden, padding=padding, training=training, first_only=first_only)
            outputs.append(hidden if first_only else ops.reshape(hidden, (batch, length, self.hidden_size)))
        first = outputs[-1][:, 0] if positions is None and not pooled_only else outputs[-1]
        pooled = ops.tanh(ops.matmul(first, self.pooler_kernel) + self.pooler_bias)
        if pooled_only:
            return {POOLED_OUTPUT: pooled}
        return {POOLED_OUTPUT: pooled, SEQUENCE_OUTPUT: outputs[-1], ENCODER_OUTPUTS: outputs}

    def get_config(self) -> dict[str, Any]:
        names = (
            "vocab_size num_layers hidden_size num_heads intermediate_size max_positions type_vocab_size gelu dropout "
            "attention_dropout layer_norm_epsilon initializer_range seed recompute"
        )
        lora = {} if self._lora is None else {"lora": self.lora}
        return {**super().get_config(), **{name: getattr(self, name) for name in names.split()}, **lora}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "BertEncoder":
        if not config.get("lora"):
            return super().from_config({name: value for name, value in config.items() if name != "lora"})
        later = ("lora", "frozen", "trainable")
        encoder = super().from_config({name: value for name, value in config.items() if name not in later})
        encoder.add_lora(**config["lora"])
        encoder._freeze_exactly(config.get("frozen"))
        if not config.get("trainable", True):  # setting True would train what is frozen
            encoder.trainable = False
        return encoder

    def _block(self, index: int) -> TransformerBlock:
        return TransformerBlock(
            **{name: getattr(self, name) for name in (*BLOCK_FIELDS, "initializer_range")},
            seed=None if self.seed is None else self.seed + index + 1,
            recompute=self._recompute,
            trainable=self.trainable,
            dtype=self.dtype_policy,
            name=f"layer_{index}",
        )

    def _add_tables(self) -> None:
        width = self.hidden_size

        def wide(name: str, shape: tuple, initializer: Any) -> keras.Variable:  # float32: rows are cast, not the table
            return self.add_weight(shape, initializer, name=name, autocast=False)

        normal = functools.partial(fresh_normal, self.initializer_range, self._seeds)
        self.word_table = wide("word_embeddings.embeddings", (self.vocab_size, width), normal())
        self.position_table = wide("position_embedding.embeddings", (self.max_positions, width), normal())
        self.type_table = wide("type_embeddings.embeddings", (self.type_vocab_size, width), normal())
        self.gamma = wide("embeddings.layer_norm.gamma", (width,), "ones")
        self.beta = wide("embeddings.layer_norm.beta", (width,), "zeros")
        self.pooler_kernel = self.add_weight((width, width), normal(), name="pooler_transform.kernel")
        self.pooler_bias = self.add_weight((width,), "zeros", name="pooler_transform.bias")
        tables = [self.word_table, self.position_table, self.type_table]
        self._own_weights = [*tables, self.gamma, self.beta, self.pooler_kernel, self.pooler_bias]
        self.built = True

    def _embed(self, words: Any, types: Any, length: Any, training: bool | None, positions: Any) -> Any:
        """[batch * seq_length, hidden_size]: rows, so that every dense layer is one matrix product."""
        # The two or so segment rows by a product with their indicator: its gradient is a product as well.
        indicator = ops.one_hot(ops.reshape(types, (-1,)), self.type_vocab_size, dtype=words.dtype)
        words = words + ops.matmul(indicator, self.type_table)
        table = self.position_table
        placed = table[:length][None] if positions is None else ops.take(table, positions, axis=0)
        words = ops.reshape(words, (-1, length, self.hidden_size)) + placed
        hidden = ops.reshape(words, (-1, self.hidden_size))
        hidden = layer_norm(hidden, self.gamma, self.beta, self.layer_norm_epsilon)
        hidden = ops.cast(hidden, self.compute_dtype)
        return dropout(hidden, self.dropout, self._seeds) if training and self.dropout > 0 else hidden
