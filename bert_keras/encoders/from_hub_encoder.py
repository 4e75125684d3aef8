"""Weights into the native encoder: from a TF-Hub SavedModel's variables, checked against its outputs."""

from typing import Any

import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import INITIALIZER_RANGE, SIZES
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.native_form import native_form
from bert_keras.encoders.saved_encoder import SavedEncoder
from bert_keras.features import MASK, POOLED_OUTPUT, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS

EQUAL = 1e-5  # what imported weights reach
REFUSED = 1e-4  # what is another network


class NoBertError(ValueError):
    """A SavedModel has no native form; `reason` says why."""

    def __init__(self, handle: str, reason: str) -> None:
        self.reason = f"The native encoder is BERT, ALBERT, ELECTRA or MobileBERT as published, and {reason}."
        advice = f"{self.reason} Use it without native=True."
        super().__init__(checks.message("handle", "name a BERT encoder for native=True", handle, advice))


def from_hub_encoder(hub_encoder: HubEncoder | SavedEncoder, trainable: bool = True, **options: Any) -> BertEncoder:
    """A native encoder with the weights of a `HubEncoder` or `SavedEncoder`, checked against its outputs.

    The weights tell BERT, ALBERT, ELECTRA and MobileBERT apart (`native_form`). The form of GELU is not written in
    them: the one whose outputs are nearer is taken.

    Args:
        hub_encoder: of either dialect.
        trainable: whether the native encoder's weights are trained.
        **options: `dropout`, `attention_dropout`, `seed`, `dtype` and `name`, for `BertEncoder`.

    Raises:
        NoBertError: a ValueError, if the SavedModel is none of these networks, or the outputs differ by more than 1e-4.
    """
    sizes = {name: getattr(hub_encoder.config, name) for name in SIZES}
    unknown = [name for name, size in sizes.items() if size is None]
    if unknown:
        raise NoBertError(hub_encoder.handle, f"its variables do not tell {', '.join(unknown)}")
    if SEQUENCE_OUTPUT not in hub_encoder.form.outputs:
        raise NoBertError(hub_encoder.handle, f"it has no {SEQUENCE_OUTPUT}")
    published = _arrays(hub_encoder)
    form, weights = native_form(published)
    try:
        # Zeros, to be assigned.
        native = BertEncoder(**sizes, **form, trainable=trainable, initializer_range=0.0, **options)
        native.initializer_range = INITIALIZER_RANGE
        assign_weights(native, weights)
    except ValueError as error:
        raise NoBertError(hub_encoder.handle, str(error)) from None
    checked = native
    if native.dtype_policy.name != "float32":  # bfloat16 alone would differ by more than another network may
        checked = copy_encoder(native)
        assign_weights(checked, weights)
    differences = _differences(hub_encoder, checked)
    gelu = min(differences, key=differences.get)
    nearest = differences[gelu]
    if not nearest <= REFUSED:  # `not`, as the difference may be NaN
        shown = ", ".join(f"{difference:.1e} with {form} GELU" for form, difference in differences.items())
        raise NoBertError(hub_encoder.handle, f"with its weights, the outputs differ by {shown}")
    if nearest > EQUAL:
        checks.warn(f"The native encoder's outputs differ from those of '{hub_encoder.handle}' by {nearest:.1e}.")
    native.set_gelu(gelu)
    native.tokenizer, native.source = hub_encoder.tokenizer, hub_encoder.source
    head = getattr(getattr(hub_encoder.saved_model, "mlm", None), "variables", ())
    named = {variable.name.split(":")[0]: variable for variable in head}
    native.mlm_weights = mlm_weights({name: v.numpy() for name, v in named.items() if name not in published}, native)
    return native


def mlm_weights(variables: dict[str, np.ndarray], native: BertEncoder) -> dict[str, np.ndarray] | None:
    """Those of a SavedModel's `mlm` that are not its encoder's, by TF-Hub's names without their beginning.

    None where it has none, or one that is not BERT's: a dense layer as wide as its word table, and that.
    """
    width = native.tables.width
    shapes = {f"transform/{name}": (width,) for name in ("dense/bias", "LayerNorm/gamma", "LayerNorm/beta")}
    shapes |= {"transform/dense/kernel": (native.hidden_size, width), "output_bias/bias": (native.vocab_size,)}
    weights = {}
    for whole_name, values in variables.items():
        name = "/".join(whole_name.split("/")[-3:])
        name = name if name in shapes else "/".join(name.split("/")[-2:])
        if name in shapes:
            weights[name] = values
    return weights if {name: values.shape for name, values in weights.items()} == shapes else None


def copy_encoder(native: BertEncoder) -> BertEncoder:
    """A trainable float32 encoder with the weights of `native` at present, whatever policy that has; LoRA's merged."""
    copied, weights = plain_copy(native)
    assign_weights(copied, weights)
    return copied


def plain_copy(native: BertEncoder) -> tuple[BertEncoder, dict[str, np.ndarray]]:
    """What `copy_encoder` gives, with zeros for weights, and the weights beside it."""
    changes = {"dtype": "float32", "trainable": True, "seed": 0, "lora": None, "frozen": ()}
    weights = {name: values.astype("float32", copy=False) for name, values in native.merged_weights().items()}
    return _unfilled({**native.get_config(), **changes}), weights


def moved_encoder(native: BertEncoder) -> BertEncoder:
    """The same encoder with variables of the strategy whose scope is current: made on the host, it goes to devices."""
    moved = _unfilled(native.get_config())
    assign_weights(moved, _arrays(native))
    for name in ("tokenizer", "source", "mlm_weights", "layers_before"):
        setattr(moved, name, getattr(native, name))
    return moved


def _unfilled(config: dict[str, Any]) -> BertEncoder:
    """The encoder of a config, for weights that are assigned: zeros, as drawing millions of numbers takes a second."""
    encoder = BertEncoder.from_config({**config, "initializer_range": 0.0})
    encoder.initializer_range = config["initializer_range"]
    return encoder


def assign_weights(native: BertEncoder, weights: dict[str, np.ndarray]) -> None:
    """Sets every weight of `native` from arrays under TF-Hub's names.

    Raises:
        ValueError: if names or shapes differ; nothing is set then.
    """
    variables = native.named_weights()
    missing, unknown = sorted(set(variables) - set(weights)), sorted(set(weights) - set(variables))
    if missing or unknown:
        raise ValueError(f"{len(missing)} weights are missing: {missing[:3]}, {len(unknown)} unknown: {unknown[:3]}")
    for name, variable in variables.items():
        if tuple(variable.shape) != weights[name].shape:
            raise ValueError(f"'{name}' has the shape {weights[name].shape} in place of {tuple(variable.shape)}")
    for name, variable in variables.items():
        variable.assign(weights[name])


def _arrays(encoder: HubEncoder | SavedEncoder | BertEncoder) -> dict[str, np.ndarray]:
    return {name: weight.numpy() for name, weight in encoder.named_weights().items()}


def _differences(hub_encoder: HubEncoder | SavedEncoder, native: BertEncoder) -> dict[str, float]:
    """The largest difference of any output, for each form of GELU up to the one that it is."""
    probe = _probe(native.vocab_size, native.max_positions, native.type_vocab_size)
    reference = hub_encoder(probe, training=False)
    differences = {}
    for form in ("tanh", "erf"):
        native.set_gelu(form)
        outputs = native(probe, training=False)
        pairs = [(reference[name], outputs[name]) for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT)]
        gaps = [np.abs(ops.convert_to_numpy(a) - ops.convert_to_numpy(b)).max() for a, b in pairs]
        differences[form] = float(np.max(gaps))
        if differences[form] <= EQUAL:  # no other form is that near
            break
    return differences


def _probe(vocab_size: int, max_positions: int, type_vocab_size: int) -> dict[str, np.ndarray]:
    """Four rows of random ids, three of them with padding."""
    random = np.random.default_rng(0)
    length = min(32, max_positions)
    real = np.maximum([length, length // 2, length // 3, 2], 1)
    return {
        WORD_IDS: random.integers(0, vocab_size, (4, length)).astype("int32"),
        MASK: (np.arange(length)[None] < real[:, None]).astype("int32"),
        TYPE_IDS: random.integers(0, type_vocab_size, (4, length)).astype("int32"),
    }
