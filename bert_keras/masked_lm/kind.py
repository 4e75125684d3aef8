"""`MASKED_LM`: the words behind masks of plain text, with which an encoder is pretrained."""

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.tuned.kind import Kind

MASKED_LM = Kind(
    task=MaskedTask,
    model=MaskedLM,
    make_model=lambda data, encoder, recipe: MaskedLM(encoder, seed=recipe.seed),
    evaluator=MaskedEvaluator,
    open_files=load_masked,
)
