"""`FAMILIES`: the one table of the families of encoders that are read from Hugging Face's files, by `model_type`."""

import dataclasses
from typing import Any

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import SIZES
from bert_keras.encoders.huggingface.family import Family
from bert_keras.encoders.layers.mobile_layers import MOST_FEED_FORWARDS, MobileLayers
from bert_keras.encoders.layers.modern_layers import ModernLayers

_TABLES = {
    "word_embeddings/embeddings": "embeddings.word_embeddings.weight",
    "position_embedding/embeddings": "embeddings.position_embeddings.weight",
    "type_embeddings/embeddings": "embeddings.token_type_embeddings.weight",
    "embeddings/layer_norm": "embeddings.LayerNorm",
    "pooler_transform": "pooler.dense",
}
_NAMES = {
    **_TABLES,
    "self_attention/query": "attention.self.query",
    "self_attention/key": "attention.self.key",
    "self_attention/value": "attention.self.value",
    "self_attention/attention_output": "attention.output.dense",
    "self_attention_layer_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_layer_norm": "output.LayerNorm",
}
_KIND = {"position_embedding_type": "absolute", "is_decoder": False}
_OTHERS = {  # with transformers' defaults, as are those below
    "layer_norm_epsilon": ("layer_norm_eps", 1e-12),
    "dropout": ("hidden_dropout_prob", 0.1),
    "attention_dropout": ("attention_probs_dropout_prob", 0.1),
    "initializer_range": ("initializer_range", 0.02),
}

_BERT = Family("BERT", "bert", SIZES, _NAMES, kind=_KIND, others=_OTHERS)


def _projected(config: dict[str, Any]) -> dict[str, Any]:
    """ELECTRA's tables have a width of their own, and lead to the encoder's by a dense layer where that is another."""
    width = config.get("embedding_size", 128)
    return {"embedding_size": None if width == config["hidden_size"] else width}


def _beyond_padding(config: dict[str, Any]) -> dict[str, Any]:
    """RoBERTa's positions begin behind the id of padding, whose row the padding has."""
    offset = checks.integer("pad_token_id", config.get("pad_token_id", 1), 0) + 1
    rows = checks.integer("max_position_embeddings", config["max_position_embeddings"], offset + 1)
    return {"position_offset": offset, "max_positions": rows - offset}


_ROBERTA = dataclasses.replace(_BERT, name="RoBERTa", prefix="roberta", computed=_beyond_padding)
_ELECTRA = dataclasses.replace(
    _BERT,
    name="ELECTRA",
    prefix="electra",
    names={**_NAMES, "embedding_projection": "embeddings_project"},
    own=("embeddings.", "embeddings_project.", "encoder."),
    fixed={"pooler": False},
    computed=_projected,
)
_ALBERT = Family(
    name="ALBERT",
    prefix="albert",
    sizes={**SIZES, "embedding_size": "embedding_size"},
    names={
        **_TABLES,
        "embedding_projection": "encoder.embedding_hidden_mapping_in",
        "pooler_transform": "pooler",
        "self_attention/query": "attention.query",
        "self_attention/key": "attention.key",
        "self_attention/value": "attention.value",
        "self_attention/attention_output": "attention.dense",
        "self_attention_layer_norm": "attention.LayerNorm",
        "intermediate": "ffn",
        "output": "ffn_output",
        "output_layer_norm": "full_layer_layer_norm",
    },
    layer="encoder.albert_layer_groups.0.albert_layers.0.",
    kind={"position_embedding_type": "absolute", "num_hidden_groups": 1, "inner_group_num": 1},
    others={
        **_OTHERS,
        "dropout": ("hidden_dropout_prob", 0.0),
        "attention_dropout": ("attention_probs_dropout_prob", 0.0),
    },
    activation=("hidden_act", "gelu_new"),
    fixed={"share_layers": True},
)
_DISTILBERT = Family(
    name="DistilBERT",
    prefix="distilbert",
    sizes={
        "vocab_size": "vocab_size",
        "num_layers": "n_layers",
        "hidden_size": "dim",
        "num_heads": "n_heads",
        "intermediate_size": "hidden_dim",
        "max_positions": "max_position_embeddings",
    },
    names={
        **_TABLES,
        "self_attention/query": "attention.q_lin",
        "self_attention/key": "attention.k_lin",
        "self_attention/value": "attention.v_lin",
        "self_attention/attention_output": "attention.out_lin",
        "self_attention_layer_norm": "sa_layer_norm",
        "intermediate": "ffn.lin1",
        "output": "ffn.lin2",
        "output_layer_norm": "output_layer_norm",
    },
    layer="transformer.layer.{}.",
    own=("embeddings.", "transformer."),
    others={
        "dropout": ("dropout", 0.1),
        "attention_dropout": ("attention_dropout", 0.1),
        "initializer_range": ("initializer_range", 0.02),
    },
    activation=("activation", "gelu"),
    fixed={"type_vocab_size": 0, "pooler": False},
)


def _modern(config: dict[str, Any]) -> dict[str, Any]:
    """ModernBERT's local attention and angles, in the words of transformers 5 or in those of before."""
    count = checks.integer("num_hidden_layers", config["num_hidden_layers"], 1)
    types = config.get("layer_types")
    every = config.get("global_attn_every_n_layers", 3)
    if types is not None:
        found = [kind == "full_attention" for kind in types] if isinstance(types, list) else []
        every = next((index for index, is_global in enumerate(found) if index and is_global), count)
        if found != [index % every == 0 for index in range(count)]:
            raise ValueError(checks.message("layer_types", "have global attention in one of n layers", types))
    angles = _object("rope_parameters", config.get("rope_parameters"))
    named = {"global": "full_attention", "local": "sliding_attention"}
    found = {name: _object(theirs, angles.get(theirs)) for name, theirs in named.items()}
    for angle in found.values():
        checks.one_of("rope_type", angle.get("rope_type", "default"), ("default",))
    bases = {
        f"{name}_base": angle.get("rope_theta", config.get(f"{name}_rope_theta", getattr(ModernLayers, f"{name}_base")))
        for name, angle in found.items()
    }
    window = checks.integer("local_attention", config.get("local_attention", 128), 2) // 2
    return {"modern": {"window": window, "global_every": every, **bases}}


def _object(name: str, value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise TypeError(checks.message(name, "be an object", value))
    return value or {}


_MODERNBERT = Family(
    name="ModernBERT",
    prefix="model",
    sizes={name: theirs for name, theirs in SIZES.items() if name != "type_vocab_size"},
    names={
        "word_embeddings/embeddings": "embeddings.tok_embeddings.weight",
        "embeddings/layer_norm": "embeddings.norm",
        "self_attention/query": "attn.Wqkv",
        "self_attention/key": "attn.Wqkv",
        "self_attention/value": "attn.Wqkv",
        "self_attention/attention_output": "attn.Wo",
        "self_attention_layer_norm": "attn_norm",
        "intermediate": "mlp.Wi",
        "output": "mlp.Wo",
        "output_layer_norm": "mlp_norm",
        "final_layer_norm": "final_norm",
        "pooler_transform": "pooler.dense",
    },
    layer="layers.{}.",
    own=("embeddings.", "layers.", "final_norm."),
    kind={"norm_bias": False, "attention_bias": False, "mlp_bias": False, "embedding_dropout": 0.0},
    others={
        "layer_norm_epsilon": ("norm_eps", 1e-5),
        "dropout": ("mlp_dropout", 0.0),
        "attention_dropout": ("attention_dropout", 0.0),
        "initializer_range": ("initializer_range", 0.02),
    },
    activation=("hidden_activation", "gelu"),
    fixed={"type_vocab_size": 0, "pooler": False},
    parts={f"self_attention/{name}/kernel": (place, 3) for place, name in enumerate(("query", "key", "value"))},
    computed=_modern,
)


def _mobile(config: dict[str, Any]) -> dict[str, Any]:
    """MobileBERT's bottlenecks, and its pooler where the config says that it has one."""
    bottleneck = config.get("intra_bottleneck_size", MobileLayers.bottleneck)
    feed_forwards = config.get("num_feedforward_networks", MobileLayers.feed_forwards)
    return {
        "mobile": {"bottleneck": bottleneck, "feed_forwards": feed_forwards},
        "pooler": checks.boolean("classifier_activation", config.get("classifier_activation", True)),
    }


_MOBILEBERT = dataclasses.replace(
    _BERT,
    name="MobileBERT",
    prefix="mobilebert",
    sizes={**SIZES, "embedding_size": "embedding_size"},
    names={
        **_NAMES,
        "embedding_projection": "embeddings.embedding_transformation",
        **{
            f"{ours}{norm}": f"{theirs}.{last}"
            for ours, theirs in (
                ("bottleneck_input", "bottleneck.input"),
                ("bottleneck_shared", "bottleneck.attention"),
                ("bottleneck_output", "output.bottleneck"),
            )
            for norm, last in (("", "dense"), ("_layer_norm", "LayerNorm"))
        },
        **{
            f"ffn_{index}/{name}": f"ffn.{index}.{_NAMES[name]}"
            for index in range(MOST_FEED_FORWARDS)
            for name in ("intermediate", "output", "output_layer_norm")
        },
    },
    kind={
        "is_decoder": False,
        "trigram_input": True,
        "use_bottleneck": True,
        "use_bottleneck_attention": False,
        "key_query_shared_bottleneck": True,
        "normalization_type": "no_norm",
    },
    others={**_OTHERS, "dropout": ("hidden_dropout_prob", 0.0)},
    activation=("hidden_act", "relu"),
    computed=_mobile,
)

FAMILIES: dict[str, Family] = {
    "bert": _BERT,
    "electra": _ELECTRA,
    "albert": _ALBERT,
    "distilbert": _DISTILBERT,
    "roberta": _ROBERTA,
    "xlm-roberta": dataclasses.replace(_ROBERTA, name="XLM-R"),
    "camembert": dataclasses.replace(_ROBERTA, name="CamemBERT"),
    "data2vec-text": dataclasses.replace(_ROBERTA, name="data2vec", prefix="data2vec_text"),
    "modernbert": _MODERNBERT,
    "mobilebert": _MOBILEBERT,
    "ernie": dataclasses.replace(_BERT, name="ERNIE", prefix="ernie", kind={**_KIND, "use_task_id": False}),
}
