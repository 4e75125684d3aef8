"""`Recipe`: the hyper-parameters of training."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from bert_keras import checks
from bert_keras.features import HEAD_POOLINGS, MEAN, POOLED
from bert_keras.foreign_names import FOREIGN_VALUES, foreign_names
from bert_keras.optimization.interval import interval_words

TUNED = ("all", "lora", "biases")
PRECISIONS = ("float32", "bfloat16", "float16")
SCHEDULES = LINEAR, COSINE, CONSTANT = ("linear", "cosine", "constant")
MOST_SMOOTHING = 0.9
MOST_EMA = 0.9999
LEAST_LAYER_DECAY = 0.1  # below it the rates of deep encoders would not be told from 0
_CHECKS = (  # and the fields that each is for, with their limits
    (checks.integer, dict.fromkeys(("epochs", "batch_size", "lora_rank", "micro_batches"), (1,))),
    (checks.integer, {"patience": (0,), "reinit_layers": (0,)}),
    (checks.integer, {"seed": (0, 2**31 - 1)}),
    (checks.number, dict.fromkeys(("learning_rate", "warmup_share", "weight_decay", "adam_epsilon"), (0.0, 1.0))),
    (checks.number, {"layer_decay": (LEAST_LAYER_DECAY, 1.0), "ema": (0.0, MOST_EMA)}),
    (checks.number, {"label_smoothing": (0.0, MOST_SMOOTHING), "teacher_share": (0.0, 1.0)}),
    (checks.number, dict.fromkeys(("lora_alpha", "clip_norm", "r_drop", "focal"), (0.0,)) | {"dropout": (0.0, 0.999)}),
    (checks.one_of, {"tune": (TUNED, FOREIGN_VALUES["tune"])}),
    (checks.one_of, {"precision": (PRECISIONS, FOREIGN_VALUES["precision"])}),
    (checks.one_of, {"schedule": (SCHEDULES, FOREIGN_VALUES["schedule"])}),
    (checks.one_of, {"pooling": (HEAD_POOLINGS,)}),
    (checks.text, {"freeze": (), "lora_on": (), "teacher": ()}),
    (checks.boolean, {"recompute": (), "native": (), "packed": ()}),
    (interval_words, {"checkpoint_every": ()}),
)


@checks.answers(**foreign_names("Recipe"))
@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyper-parameters in one flat, frozen, checked place. Defaults: BERT's own fine-tuning (Devlin et al., 2018).

    >>> Recipe(epochs=4, learning_rate=3e-5)

    Args:
        epochs: passes over the training examples.
        batch_size: examples a step, of all devices together.
        learning_rate: the peak, reached at the end of the warm-up.
        warmup_share: the share of all steps in which the learning rate rises to its peak.
        weight_decay: of AdamW; not on biases and layer norms.
        clip_norm: the most that the global norm of the gradient may be; 0 for no clipping.
        adam_epsilon: of AdamW, added to the root of the uncorrected second moment.
        dropout: before the head; the encoder's own is fixed in its graph.
        freeze: weights of the encoder that are not trained: "embeddings,0-5" the tables and six layers.
        tune: what of the encoder is trained: "all", "lora" (two narrow matrices beside a kernel) or "biases" (BitFit);
            the head always is.
        lora_rank: of LoRA, the width of the matrices: columns of A, rows of B.
        lora_alpha: of LoRA: what is added is A B * lora_alpha / lora_rank.
        lora_on: of LoRA, the kernels it is added to: query, key, value, attention_output, intermediate, output; or
            "all".
        micro_batches: parts that a step is worked out in, for want of memory: the same update.
        precision: of the native encoder's matrix products: "float32", "bfloat16" or "float16".
        recompute: the native encoder keeps each layer's output alone: the same numbers, less memory, two forward
            passes.
        native: trains Keras layers in place of the hub's graph.
        packed: packs several texts into a row of the native encoder, for next to no padding where shapes are static: on
            TPUs, on JAX and under XLA. Each step has as many texts as without, of all lengths and not of like ones.
        seed: of the head's weights, the order of the batches and dropout.
        patience: training ends when the first dev metric has not risen for so many epochs; 0 for all epochs. The rate
            falls as for all of them.
        checkpoint_every: what an interruption may cost at most: "10 minutes", "500 steps", or "epoch" for a checkpoint
            at the end of each epoch alone. It changes no number, and may be another one when a run is resumed.
        layer_decay: the rate of a layer in parts of that of the layer above it, in [0.1, 1]. Of L layers, counted from
            0, layer k has learning_rate * layer_decay ** (L - k), the embeddings have the lowest rate, that with L + 1,
            pooler and head the whole. 1 for one rate of all.
        reinit_layers: how many of the encoder's last layers begin with random weights, and the pooler with them; 0 for
            none.
        label_smoothing: of classes, the share of a label that is spread evenly over all of them.
        teacher: a model folder whose answers to the training rows are trained on beside their labels: distillation.
        teacher_share: how much of a row's label is the teacher's answer; 1 for no labels.
        pooling: of texts, what the head reads: "pooled", BERT's pooler on [CLS], or "mean", the mean over all tokens of
            the last layer, which encoders of sentences such as all-MiniLM-L6-v2 were trained for.
        r_drop: of texts, how much it counts how far apart two passes of the same rows are, which dropout makes
            different (R-Drop, Liang et al., 2021); 0 for one pass. A step takes twice as long, and twice the memory
            for activations.
        focal: of texts with classes, gamma of the focal loss (Lin et al., 2017); 0 for the cross-entropy.
        ema: momentum, below 1, of a moving average over the steps of all weights that are trained (Polyak and Juditsky,
            1992): epochs are scored, and the model is kept, with the averages, and trained on without. They take the
            memory of these weights once more. 0 for none.
        schedule: the learning rate after the warm-up: "linear", it falls to 0 by the same amount at each step;
            "cosine", it falls to 0 by half a wave; "constant", it stays.

    Raises:
        TypeError, ValueError: naming the field, its range and what came.
    """

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 5e-5
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    adam_epsilon: float = 1e-7
    dropout: float = 0.1
    freeze: str = ""
    tune: str = "all"
    lora_rank: int = 8
    lora_alpha: float = 16.0
    lora_on: str = "query,value"
    micro_batches: int = 1
    precision: str = "float32"
    recompute: bool = False
    native: bool = False
    packed: bool = False
    seed: int = 0
    patience: int = 0
    checkpoint_every: str = "10 minutes"
    layer_decay: float = 1.0
    reinit_layers: int = 0
    label_smoothing: float = 0.0
    teacher: str = ""
    teacher_share: float = 0.5
    pooling: str = POOLED
    r_drop: float = 0.0
    focal: float = 0.0
    ema: float = 0.0
    schedule: str = LINEAR

    def __post_init__(self) -> None:
        for check, fields in _CHECKS:
            for name, limits in fields.items():  # plain int and float, so that a NumPy number can be written as JSON
                object.__setattr__(self, name, check(name, getattr(self, name), *limits))


def with_later_fields(noted: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What was noted of a run, with the defaults of the fields of a recipe that were not there when it was noted.

    Args:
        noted: by an older version, maybe.
        now: what would be noted now: its fields are looked for.
    """
    later = {own.name: own.default for own in dataclasses.fields(Recipe) if own.name in now and own.name not in noted}
    return {**noted, **later}


PRETRAINING = Recipe(learning_rate=1e-4)  # BERT's own peak: masked words bear a higher one than tasks
# SetFit's own (Tunstall et al., 2022, https://arxiv.org/abs/2209.11055) but for the peak, 2e-5: a batch is of pairs.
FEW_LABELS = Recipe(epochs=1, batch_size=16, learning_rate=5e-5, pooling=MEAN)
MAX_PAIRS = 2000
UNUSED_FOR_FEW = (  # fields of a head that is trained by steps, and of a run that chooses among epochs
    *("dropout", "reinit_layers", "label_smoothing", "teacher", "teacher_share", "packed", "r_drop", "focal"),
    *("ema", "patience", "checkpoint_every"),
)
