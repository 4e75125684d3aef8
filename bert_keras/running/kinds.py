"""`KINDS`: the one table of the kinds of task: name -> room. A new kind is a folder, its import and its place here."""

from bert_keras.masked_lm.kind import MASKED_LM
from bert_keras.multiple_choice.kind import MULTIPLE_CHOICE
from bert_keras.question_answering.kind import QUESTION_ANSWERING
from bert_keras.text_classification.kind import TEXT_CLASSIFICATION
from bert_keras.token_classification.kind import TOKEN_CLASSIFICATION
from bert_keras.tuned.kind import Kind

_ROOMS = (QUESTION_ANSWERING, TOKEN_CLASSIFICATION, MULTIPLE_CHOICE, MASKED_LM, TEXT_CLASSIFICATION)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ROOMS}


def tuned_kinds() -> list[str]:
    """Names of the kinds whose models end in a model folder."""
    return [name for name, kind in KINDS.items() if kind.predictor is not None]
