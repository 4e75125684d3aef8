"""`MASKED_LM`: the words behind masks of plain text, with which an encoder is pretrained."""

from typing import Any

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.models.task_model import TaskModel
from bert_keras.tuned.kind import Kind


def _model(data: Any, encoder: Any, recipe: Any) -> TaskModel:
    return MaskedLM(encoder, seed=recipe.seed)


MASKED_LM = Kind(
    task=MaskedTask,
    model=MaskedLM,
    make_model=_model,
    evaluator=MaskedEvaluator,
    open_files=load_masked,
)
