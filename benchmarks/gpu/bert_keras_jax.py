"""Worker: the native encoder on Keras' JAX backend, trained by `model.fit`. See `gpu_training.py`."""

import json
import pathlib
import sys

import jax
import keras
import numpy as np
from common.channel import Blocks, Channel

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.optimization.adamw import AdamW
from gpu import rows, settings


class FirstTokens(keras.Model):
    """BERT's classifier over packed or padded rows: logits [rows, length, 2], of which those of first tokens count."""

    def __init__(self, encoder: BertEncoder, dropout: float, packed: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.packed = packed
        self.dropout = keras.layers.Dropout(dropout, dtype="float32")
        self.head = keras.layers.Dense(2, dtype="float32")

    def call(self, inputs: dict, training: bool | None = None) -> object:
        names = ("word_ids", "mask", "type_ids") + (("position_ids",) if self.packed else ())
        features = {f"input_{name}": inputs[name] for name in names}
        pooled = self.encoder(features, training=training, pooled_only=True)["pooled_output"]
        return self.head(self.dropout(pooled, training=training))


class Steps(keras.callbacks.Callback):
    """Works in blocks of steps, each of which ends when its numbers are there."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        self.blocks = blocks

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self.blocks.begin():
            self.model.stop_training = True

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if self.blocks.left == 1:
            float(logs["loss"])
        if not self.blocks.step_ended():
            self.model.stop_training = True


def make(size: str, precision: str, packed: bool, attention_dropout: float, dropout: float) -> FirstTokens:
    """A compiled model of fresh weights."""
    keras.utils.set_random_seed(0)
    dtype = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    encoder = BertEncoder(
        vocab_size=settings.VOCAB_SIZE,
        max_positions=settings.MAX_POSITIONS,
        gelu="erf",
        dropout=dropout,
        attention_dropout=attention_dropout,
        seed=0,
        dtype=dtype,
        **settings.SIZES[size],
    )
    model = FirstTokens(encoder, dropout, packed)
    rate, decay, clip = settings.RATE, settings.WEIGHT_DECAY, settings.CLIP_NORM
    optimizer = AdamW(rate, decay, global_clipnorm=clip, epsilon=settings.EPSILON)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=rows.NO_LABEL)
    model.compile(optimizer, loss)
    return model


def features(batches: list[dict], packed: bool) -> list[tuple]:
    """As `fit` takes them: labels in [rows, length] where rows are packed, else [rows]."""
    return [({n: b[n] for n in rows.FEATURES[:4]}, b["labels"] if packed else b["labels"][:, 0]) for b in batches]


def main() -> None:
    channel = Channel()
    job = json.loads(sys.argv[1])
    packed = job["packed"]
    model = make(job["size"], job["precision"], packed, job["attention_dropout"], job["dropout"])
    made = features(rows.batches(job["task"], packed, job["rows"], job["batches"], settings.VOCAB_SIZE), packed)

    def endless() -> object:
        while True:
            yield from made

    if job.get("weights"):
        load_weights(model, np.load(job["weights"]))
    blocks = Blocks(channel)
    while (question := channel.question())["do"] != "train":
        channel.answer([float(model.train_on_batch(*batch)) for batch in made[: question["count"]]])
    model.fit(endless(), steps_per_epoch=10**6, shuffle=False, verbose=0, callbacks=[Steps(blocks)])
    peak = (jax.local_devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    channel.answer({"peak_bytes": peak, "fused_attentions": fused_attentions(job["dump"])})


def fused_attentions(dump: str) -> int:
    """How often a compiled step calls cuDNN's attention, forward and backward, by the texts of XLA's programs."""
    programs = pathlib.Path(dump).glob("*after_optimizations.txt")
    calls = (path.read_text(encoding="utf-8").count('custom_call_target="__cudnn$fmha') for path in programs)
    return max(calls, default=0)


def load_weights(model: FirstTokens, stored: dict) -> None:
    """Weights by TF-Hub's names."""
    model(features(rows.batches("mrpc", model.packed, 2, 1, settings.VOCAB_SIZE), model.packed)[0][0])
    for name, weight in model.encoder.named_weights().items():
        weight.assign(stored[name].reshape(weight.shape))
    model.head.kernel.assign(stored["head/kernel"])


if __name__ == "__main__":
    main()
