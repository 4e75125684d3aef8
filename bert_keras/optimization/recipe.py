"""`Recipe`: the hyper-parameters of a fine-tuning run."""

import dataclasses

from bert_keras import checks
from bert_keras.features import LONG_TEXTS, MAX_WINDOWS, TRUNCATE

PRECISIONS = ("float32", "bfloat16", "float16")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyper-parameters in one flat, frozen, checked place. Defaults: BERT's own fine-tuning (Devlin et al., 2018).

    >>> Recipe(epochs=4, learning_rate=3e-5)

    Raises:
        TypeError, ValueError: naming the field, its range and what came.
    """

    epochs: int = 3  # passes over the training examples
    batch_size: int = 32  # examples a step, over all replicas
    learning_rate: float = 5e-5  # the peak, reached at the end of the warm-up
    warmup_share: float = 0.1  # of all steps
    weight_decay: float = 0.01  # not on biases and layer norms
    clip_norm: float = 1.0  # global norm of the gradient; 0 for no clipping
    adam_epsilon: float = 1e-7  # added to the root of the uncorrected second moment
    dropout: float = 0.1  # before the classifier; the encoder's own is fixed in its graph
    seq_length: int | None = None  # tokens, special ones included; None: 128, longer texts are cut, or windows of 384
    long_text: str = TRUNCATE  # texts: what becomes of one longer than seq_length, or "windows" of it, averaged
    max_windows: int = MAX_WINDOWS  # texts, with long_text="windows": the most of a text; what is beyond is cut
    doc_stride: int = 128  # question answering: tokens from the beginning of one window to that of the next
    max_query_length: int = 64  # question answering: tokens of the question that are kept
    max_answer_length: int = 30  # question answering: the most tokens of an answer that is given
    label_pieces: str = "first"  # tags of words: on the "first" piece of each word, or on "all"
    tag_column: int | str = -1  # tags of words: their column in the files, by number or by name; -1 the last
    repair: bool = False  # tags of words: whether those that break BIO are mended, and no error
    freeze: str = ""  # weights of the encoder that are not trained: "embeddings,0-5" the tables and six layers
    tune: str = "all"  # what of the encoder is trained: "all", "lora", or "biases" (BitFit); the head always is
    lora_rank: int = 8  # LoRA: columns of A, rows of B
    lora_alpha: float = 16.0  # LoRA: what is added is A B * lora_alpha / lora_rank
    lora_on: str = "query,value"  # LoRA: on which matrices; "all", or also key, attention_output, intermediate, output
    micro_batches: int = 1  # parts that a step is worked out in, for want of memory: the same update
    precision: str = "float32"  # of the native encoder's matrix products: "float32", "bfloat16" or "float16"
    recompute: bool = False  # the native encoder keeps each layer's output alone: less memory, two forward passes
    seed: int = 0  # of the head's weights, the order of the batches and the native encoder's dropout

    def __post_init__(self) -> None:
        checked = {
            "epochs": checks.integer("epochs", self.epochs, 1),
            "batch_size": checks.integer("batch_size", self.batch_size, 1),
            "label_pieces": checks.one_of("label_pieces", self.label_pieces, ("first", "all")),
            "repair": checks.boolean("repair", self.repair),
            "freeze": checks.text("freeze", self.freeze),
            "tune": checks.one_of("tune", self.tune, ("all", "lora", "biases")),
            "lora_rank": checks.integer("lora_rank", self.lora_rank, 1),
            "lora_alpha": checks.number("lora_alpha", self.lora_alpha, 0.0),
            "lora_on": checks.text("lora_on", self.lora_on),
            "precision": checks.one_of("precision", self.precision, PRECISIONS),
            "recompute": checks.boolean("recompute", self.recompute),
            "micro_batches": checks.integer("micro_batches", self.micro_batches, 1),
            "learning_rate": checks.number("learning_rate", self.learning_rate, 0.0, 1.0),
            "warmup_share": checks.number("warmup_share", self.warmup_share, 0.0, 1.0),
            "weight_decay": checks.number("weight_decay", self.weight_decay, 0.0, 1.0),
            "clip_norm": checks.number("clip_norm", self.clip_norm, 0.0),
            "adam_epsilon": checks.number("adam_epsilon", self.adam_epsilon, 0.0, 1.0),
            "dropout": checks.number("dropout", self.dropout, 0.0, 0.999),
            "seq_length": None if self.seq_length is None else checks.integer("seq_length", self.seq_length, 3),
            "long_text": checks.one_of("long_text", self.long_text, LONG_TEXTS),
            "max_windows": checks.integer("max_windows", self.max_windows, 1),
            "doc_stride": checks.integer("doc_stride", self.doc_stride, 1),
            "max_query_length": checks.integer("max_query_length", self.max_query_length, 1),
            "max_answer_length": checks.integer("max_answer_length", self.max_answer_length, 1),
            "seed": checks.integer("seed", self.seed, 0, 2**31 - 1),
        }
        if not isinstance(self.tag_column, str):
            checked["tag_column"] = checks.integer("tag_column", self.tag_column)
        for name, value in checked.items():  # plain int and float, so that a NumPy number can be written as JSON
            object.__setattr__(self, name, value)


PRETRAINING = Recipe(learning_rate=1e-4)  # BERT's own peak: masked words bear a higher one than tasks
