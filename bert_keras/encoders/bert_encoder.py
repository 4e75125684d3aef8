"""`BertEncoder`: BERT in plain Keras layers, written with `keras.ops` alone so that it runs on every Keras backend.

Post-norm BERT as published by Devlin et al. (2018, https://arxiv.org/abs/1810.04805), with TF-Hub's variable names.
This file imports no TensorFlow.
"""

import functools
import math
from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.encoders.encoder import INITIALIZER_RANGE, SIZES, EncoderConfig
from bert_keras.encoders.guard_ids import guard_ids
from bert_keras.encoders.layers.embedding_tables import EmbeddingTables
from bert_keras.encoders.layers.gather_rows import gather_rows
from bert_keras.encoders.layers.hidden_tokens import hidden_tokens
from bert_keras.encoders.layers.layer_forward import BLOCK_FIELDS, OTHER_BENDS, gelu, layer_norm
from bert_keras.encoders.layers.mobile_block import MobileBlock
from bert_keras.encoders.layers.mobile_layers import check_mobile
from bert_keras.encoders.layers.modern_block import ModernBlock
from bert_keras.encoders.layers.modern_layers import check_modern, modern_form
from bert_keras.encoders.layers.packed_texts import packed_texts
from bert_keras.encoders.layers.transformer_block import TransformerBlock, fresh_normal
from bert_keras.encoders.layout_map import check_sizes
from bert_keras.encoders.lora_encoder import LoraEncoder
from bert_keras.features import (
    ENCODER_OUTPUTS,
    MASK,
    PLACES,
    POOLED_OUTPUT,
    POSITION_IDS,
    SEQUENCE_OUTPUT,
    TYPE_IDS,
    WORD_IDS,
)
from bert_keras.replica_seeds import ReplicaSeeds

# What BERT as published has of the arguments that other families vary.
_BERT = {
    "embedding_size": None,
    "share_layers": False,
    "pooler": True,
    "pooler_activation": "tanh",
    "position_offset": 0,
    "activation": "gelu",
    "modern": None,
    "mobile": None,
}
_POOLER_BENDS = {"tanh": ops.tanh, "gelu": functools.partial(gelu, form="erf"), "relu": ops.relu}


@keras.saving.register_keras_serializable(package="bert_keras")
class BertEncoder(LoraEncoder):
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
        max_positions: the longest seq_length possible; the position table has these rows and `position_offset` more.
        type_vocab_size: rows of the segment table; with 0 or 1 the encoder takes no notice of `input_type_ids`.
        gelu: "tanh", the approximation that Google's weights were trained with, or "erf", Hugging Face's exact form.
        dropout, attention_dropout: rates in [0, 1), after each sub-layer and on the attention weights; none while
            every weight is frozen.
        layer_norm_epsilon: added to variances.
        initializer_range: standard deviation of the truncated normal that fresh weights are drawn from.
        seed: of dropout and of the fresh weights; None draws from Keras' global seed.
        recompute: keeps the outputs of each layer alone while training, and works out the rest again for the gradient:
            the same numbers with a fraction of the memory, for a second forward pass. It can be set later.
        embedding_size: width of the tables, from which a dense layer leads to hidden_size, as ALBERT's and ELECTRA's;
            None for tables of hidden_size without that layer.
        share_layers: whether all layers have the weights of one, as ALBERT's.
        pooler: whether `pooled_output` is a dense layer of tanh over the last layer's first token. Without, as in
            ELECTRA and DistilBERT, it is that token's row of `sequence_output` itself.
        pooler_activation: "tanh", or in its place "gelu", the exact form, or "relu".
        position_offset: 0, or as in RoBERTa the row of the position table that the first token has. Positions then
            count the tokens that the mask shows, and padding has the row before.
        activation: "gelu" in the form of `gelu`, or "relu" or "silu" in its place.
        modern: None for BERT's layers. A dict of `ModernLayers`' fields for ModernBERT's (Warner et al., 2024), which
            have no biases and no position table, and whose outputs are normed once more; `type_vocab_size` is then 0.
        mobile: None, or a dict of `MobileLayers`' fields for MobileBERT's layers (Sun et al., 2020), which work between
            two dense layers at a smaller width, have several feed-forwards and no layer norms. `embedding_size` is then
            the width of the word table, of which each token is given three rows, its own and its neighbours'. What
            follows the last token of a text is padding's row or none, as in MobileBERT as published.
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
        embedding_size: int | None = None,
        share_layers: bool = False,
        pooler: bool = True,
        pooler_activation: str = "tanh",
        position_offset: int = 0,
        activation: str = "gelu",
        modern: dict[str, Any] | None = None,
        mobile: dict[str, Any] | None = None,
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
        self.type_vocab_size = checks.integer("type_vocab_size", type_vocab_size, 0)
        self.gelu = checks.one_of("gelu", gelu, ("tanh", "erf"))
        self.dropout = checks.number("dropout", dropout, 0.0, 0.999)
        self.attention_dropout = checks.number("attention_dropout", attention_dropout, 0.0, 0.999)
        self.layer_norm_epsilon = checks.number("layer_norm_epsilon", layer_norm_epsilon, 0.0)
        self.initializer_range = checks.number("initializer_range", initializer_range, 0.0)
        self.seed = None if seed is None else checks.integer("seed", seed, 0)
        self._recompute = checks.boolean("recompute", recompute)
        self.embedding_size = None if embedding_size is None else checks.integer("embedding_size", embedding_size, 1)
        self.share_layers = checks.boolean("share_layers", share_layers)
        self.pooler = checks.boolean("pooler", pooler)
        self.pooler_activation = checks.one_of("pooler_activation", pooler_activation, _POOLER_BENDS)
        self.position_offset = checks.integer("position_offset", position_offset, 0)
        self.activation = checks.one_of("activation", activation, ("gelu", *OTHER_BENDS))
        self.modern = None if modern is None else check_modern(modern, self)
        self.mobile = None if mobile is None else check_mobile(mobile, self)
        if mobile is None and hidden_size % num_heads:
            raise ValueError(checks.message("num_heads", f"divide hidden_size={hidden_size}", num_heads))
        check_sizes(self.num_heads, self.hidden_size, self.intermediate_size, self.embedding_size)
        self._seeds = ReplicaSeeds(seed)
        self.blocks = [self._block(index) for index in range(1 if share_layers else num_layers)]
        self.tables = EmbeddingTables(self)
        self.word_table = self.tables.word
        self.final_gamma = None
        if modern is not None:
            self.final_gamma = self.add_weight((hidden_size,), "ones", name="final_layer_norm.gamma", autocast=False)
        self.pooler_kernel, self.pooler_bias = self._add_pooler() if pooler else (None, None)
        self.built = True

    def table_of_rows(self) -> keras.Variable:
        return self.word_table

    @property
    def config(self) -> EncoderConfig:
        parameters = sum(math.prod(weight.shape) for weight in self.named_weights().values())
        sizes = {name: getattr(self, name) for name in SIZES}
        return EncoderConfig(**sizes, parameters=parameters, embedding_size=self.embedding_size)

    @property
    def variations(self) -> dict[str, Any]:
        """The arguments by which this is another network than BERT as published, with what they are; none for BERT."""
        own = {name: getattr(self, name) for name in _BERT}
        few = {"type_vocab_size": self.type_vocab_size} if self.type_vocab_size < 2 else {}
        return few | {name: value for name, value in own.items() if value != _BERT[name]}

    @property
    def bend(self) -> str:
        """What a layer's inner rows are bent by: "tanh" or "erf", the forms of GELU, "relu" or "silu"."""
        return self.gelu if self.activation == "gelu" else self.activation

    @property
    def recompute(self) -> bool:
        """Whether layers are worked out again for the gradient; a model that was trained must be compiled again."""
        return self._recompute

    @recompute.setter
    def recompute(self, value: bool) -> None:
        self._recompute = checks.boolean("recompute", value)
        for block in self.blocks:
            block.recompute = value

    def set_gelu(self, form: str) -> None:
        """Changes the form of GELU, "tanh" or "erf", of every layer."""
        self.gelu = checks.one_of("gelu", form, ("tanh", "erf"))
        for block in self.blocks:
            block.bend = self.bend

    def named_weights(self) -> dict[str, keras.Variable]:
        weights = {weight.name.replace(".", "/"): weight for weight in self.tables.weights}
        for block in self.blocks:
            weights |= {f"{block.place}/{n.replace('.', '/')}": w for n, w in block.weights_by_name.items()}
        last = (self.final_gamma, self.pooler_kernel, self.pooler_bias)
        return weights | {weight.name.replace(".", "/"): weight for weight in last if weight is not None}

    def call(self, inputs: dict[str, Any], training: bool | None = None, pooled_only: bool = False) -> dict[str, Any]:
        features = self.check_features(inputs)
        sizes = self.vocab_size, self.type_vocab_size, self.max_positions
        ids, types = guard_ids(features[WORD_IDS], features[TYPE_IDS], *sizes)
        asked = None
        if PLACES in features:
            if not pooled_only:
                raise ValueError(checks.message("pooled_only", f"be True with {PLACES}", pooled_only))
            features, asked = packed_texts(features | {WORD_IDS: ids, TYPE_IDS: types}, features[PLACES])
            ids, types = features[WORD_IDS], features[TYPE_IDS]
        ids = ops.cast(ids, "int32")
        words = gather_rows(self.word_table, ops.reshape(ids, (-1,)))
        return self.encode_words(words, features | {TYPE_IDS: types}, training, pooled_only, asked=asked)

    def encode_words(
        self,
        words: Any,
        features: dict,
        training: Any = None,
        pooled_only: bool = False,
        attention: Any = None,
        asked: Any = None,
    ) -> dict[str, Any]:
        """What a call returns, for vectors float32 [batch * seq_length, width] in place of the word table's rows.

        The list `attention` takes each layer's float32 [batch, num_heads, seq_length, seq_length]. With `asked`, int32
        [texts], the places of first tokens in packed rows, `pooled_output` is that of these alone.
        """
        training = bool(training) and bool(self.trainable_weights)  # a frozen encoder has no dropout
        names = (MASK, TYPE_IDS, POSITION_IDS)
        mask, types, positions = (ops.cast(features[n], "int32") if n in features else None for n in names)
        batch, length = ops.shape(mask)[0], ops.shape(mask)[1]
        hidden = self.tables.embed(words, mask, types, positions, length, training)
        padding = hidden_tokens(mask, positions)
        outputs = []
        for index in range(self.num_layers):
            block = self.blocks[index % len(self.blocks)]
            if attention is not None:
                attention.append(block.attention_weights(hidden, padding))
            is_last = index == self.num_layers - 1
            first_only = pooled_only and positions is None and is_last  # all that is looked at
            few = {"asked": asked} if asked is not None and is_last else {}
            hidden = block(hidden, padding=padding, training=training, first_only=first_only, **few)
            if self.final_gamma is not None and index == self.num_layers - 1:
                hidden = layer_norm(hidden, self.final_gamma, None, self.layer_norm_epsilon)
            outputs.append(hidden if first_only or few else ops.reshape(hidden, (batch, length, self.hidden_size)))
        first = outputs[-1][:, 0] if positions is None and not pooled_only else outputs[-1]
        pooled = self._pooled(first)
        if pooled_only:
            return {POOLED_OUTPUT: pooled}
        return {POOLED_OUTPUT: pooled, SEQUENCE_OUTPUT: outputs[-1], ENCODER_OUTPUTS: outputs}

    def get_config(self) -> dict[str, Any]:
        names = (
            "vocab_size num_layers hidden_size num_heads intermediate_size max_positions type_vocab_size gelu dropout "
            "attention_dropout layer_norm_epsilon initializer_range seed recompute"
        )
        own = {name: getattr(self, name) for name in names.split()} | self.variations
        return {**super().get_config(), **own}

    def _block(self, index: int) -> TransformerBlock:
        cls, own = TransformerBlock, {}
        if self.modern is not None:
            cls, own = ModernBlock, {"modern": modern_form(self.modern, index)}
        elif self.mobile is not None:
            cls, own = MobileBlock, {"mobile": self.mobile}
        return cls(
            **own,
            **{name: getattr(self, name) for name in (*BLOCK_FIELDS, "initializer_range")},
            seed=None if self.seed is None else self.seed + index + 1,
            recompute=self._recompute,
            place="transformer" if self.share_layers else f"transformer/layer_{index}",  # TF-Hub's name of either
            trainable=self.trainable,
            dtype=self.dtype_policy,
            name=f"layer_{index}",
        )

    def _add_pooler(self) -> tuple[keras.Variable, keras.Variable]:
        width, normal = self.hidden_size, fresh_normal(self.initializer_range, self._seeds)
        kernel = self.add_weight((width, width), normal, name="pooler_transform.kernel")
        return kernel, self.add_weight((width,), "zeros", name="pooler_transform.bias")

    def _pooled(self, first: Any) -> Any:
        if self.pooler_kernel is None:
            return first
        bend = _POOLER_BENDS[self.pooler_activation]
        return bend(ops.matmul(first, self.pooler_kernel) + self.pooler_bias)
