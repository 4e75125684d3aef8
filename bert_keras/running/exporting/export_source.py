"""`ExportSource`: the model of an export, and what formats ask of it."""

import functools
import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.finite_weights import finite_weights
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.models.task_model import TaskModel
from bert_keras.running.folders.folder_files import is_encoder
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.running.loading.load_onnx import KINDS as ANSWERED
from bert_keras.running.loading.predictor import predictor
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.portable_head import PortableHead
from bert_keras.tuned.predictor import Predictor

MOST_BYTES = 2_000_000_000  # of a file of protocol buffers or of flat buffers


class ExportSource:
    """A model that is to be written in some format.

    Args:
        model: as `bk.export` takes it.
        to: the format's name, for messages.
        data: as `bk.export` takes them.

    Attributes:
        model: the `TaskModel`.
        predictor: the model on strings; None for a `bk.MaskedLM`, which has none.
        config: what its folder says of the task.

    Raises:
        TypeError, ValueError: for what is no model.
    """

    def __init__(self, model: Any, to: str, data: Any = None) -> None:
        self.to = to
        self.predictor: Predictor | None = None
        if isinstance(model, (str, os.PathLike)) and to != "savedmodel" and is_encoder(model):
            model = _masked_lm(pathlib.Path(model).expanduser(), to)
        if isinstance(model, MaskedLM) and to != "savedmodel":
            finite_weights(model)
            self.model: TaskModel = model
            self.config: dict[str, Any] = {"task": MaskedLM.kind}
        else:
            self.predictor = _predictor(model, data)
            self.model, self.config = self.predictor.model, self.predictor.config

    @property
    def kind(self) -> Kind:
        return KINDS[self.model.kind]

    @functools.cached_property
    def bert(self) -> PlainBert:
        """The encoder's arrays; ValueError where it is no BERT."""
        return PlainBert.of(self.model.encoder)

    @functools.cached_property
    def head(self) -> PortableHead:
        """The head's arrays; ValueError for a kind of which only this library knows."""
        if self.kind.portable is None:
            having = ", ".join(kind.name for kind in KINDS.values() if kind.portable is not None)
            must = f"be 'savedmodel' for a model of {self.kind.name}"
            raise ValueError(checks.message("to", must, self.to, f"Other formats are of models of {having}."))
        return self.kind.portable(self.model, self.config)

    @property
    def tokenizer(self) -> BaseTokenizer:
        tokenizer = self.model.encoder.tokenizer
        if tokenizer is None:
            advice = "Set `encoder.tokenizer = bk.Tokenizer(vocab_file, lower_case)`."
            raise ValueError(checks.message("model", "have an encoder with a tokenizer", self.model.encoder, advice))
        return tokenizer

    @property
    def seq_length(self) -> int:
        """The most tokens of a row."""
        return self.config.get("seq_length") or self.bert.config.max_positions

    @property
    def takes_pairs(self) -> bool:
        """Whether a row is two texts."""
        return self.head.choices or len(self.head.settings.get("text_columns", ())) == 2 or len(self.head.outputs) == 2

    def check_bytes(self) -> None:
        """Raises ValueError where the weights are too many for a format that is one file."""
        total = sum(values.nbytes for values in self.bert.weights.values())
        if total > MOST_BYTES:
            must = f"have weights of at most {MOST_BYTES:,} bytes for to='{self.to}', which is one file"
            raise ValueError(checks.message("model", must, f"{total:,} bytes", "Export it to 'huggingface'."))

    def notes(self) -> list[str]:
        """What programs that run the exported model must do themselves to give the predictor's answers."""
        found = []
        if self.config.get("long_text") == "windows":
            found.append(
                f"Texts of more than {self.seq_length} tokens were read in windows: average the logits of a text's "
                "windows yourself, or longer texts are cut."
            )
        if self.config.get("abstain_below") is not None:
            found.append(
                "The model abstains below a probability, and its logits know nothing of that: give no label whose "
                f"probability is below abstain_below, {self.config['abstain_below']}."
            )
        # Of an even number of tokens an odd one is left beside [CLS] and two [SEP].
        if self.takes_pairs and len(self.head.outputs) == 1 and self.seq_length % 2 == 0:
            found.append(
                "Of a pair whose texts are both cut, Hugging Face's tokenizer may keep one token more of the second "
                "and one less of the first."
            )
        if self.to == "onnx" and self.kind.name in ANSWERED:
            found = [f"{note} What bk.load makes of this folder does it." for note in found]
        if self.config.get("unlike_above") is not None:
            found.append(
                "The model says of texts that they are unlike those that it knows, and this format holds nothing of "
                "that: every text gets a label. A SavedModel (to='savedmodel') has it."
            )
        return found

    def task_data(self, data: Any) -> TaskData:
        """`TaskData` of what the user passed: these themselves, or what `Predictor.task_data` takes as a task."""
        if isinstance(data, TaskData):
            return data
        if self.predictor is None:
            must = "be what bk.load_masked or its sisters gave, for a model of masked_lm"
            raise TypeError(checks.message("data", must, data))
        return self.predictor.task_data("validation", data)


def _predictor(model: Any, data: Any) -> Predictor:
    if isinstance(model, (str, os.PathLike)):
        return load(model)
    if isinstance(model, Predictor):
        return model
    return predictor(model, data if isinstance(data, TaskData) else None)


def _masked_lm(folder: pathlib.Path, to: str) -> MaskedLM:
    """The model of an encoder that carries a head for masked words."""
    encoder = load_encoder(folder, native=True)
    if encoder.mlm_weights is None:
        advice = "bk.pretrain writes such encoders. bk.finetune makes a model of any encoder."
        must = f"be a tuned model, or an encoder with a head for masked words, for to='{to}'"
        raise ValueError(checks.message("model", must, str(folder), advice))
    return MaskedLM(encoder)
