"""`WHAT_WORKS`: for each form in which TF-Hub's encoders were published, what this library does with it.

A test makes a tiny encoder of each form, tries all of it and compares. Nothing is promised of a form without a row.
"""

import dataclasses
import re
from typing import Any

POOLED_HEADS = ("text_classification", "multiple_choice")  # on a vector for each text
ALL_HEADS = (*POOLED_HEADS, "question_answering", "token_classification")


@dataclasses.dataclass(frozen=True)
class Works:
    """What works with an encoder of one form.

    Args:
        trains: whether its weights are trained; False: it is used frozen.
        tokenizes: whether `load_encoder` gives it its tokenizer, so that it takes texts; False: it takes ids.
        heads: the kinds of tasks whose heads are trained on it.
        native: whether `native=True` runs it in Keras layers, on JAX, in bfloat16 or with LoRA.
    """

    trains: bool
    tokenizes: bool
    heads: tuple[str, ...]
    native: bool


WHAT_WORKS = {
    "TF1": Works(False, True, ALL_HEADS, False),
    "list": Works(True, True, ALL_HEADS, True),
    "dict": Works(True, True, ALL_HEADS, True),
    "sentences": Works(True, True, ALL_HEADS, False),
    "albert": Works(True, True, ALL_HEADS, True),
    "electra": Works(True, True, ALL_HEADS, True),
    "mobilebert": Works(True, True, ALL_HEADS, True),
    "graph": Works(True, True, ALL_HEADS, False),
}
# The first that is found in publisher/name tells the form; None: published, and nobody says what it gives.
_FORMS = (
    (r"edgetpu|_qat|tensorflow/mobilebert$|distilkobert|bertseq2seq|LAReQA|/squadv1$|google/albert", None),
    (r"LaBSE|sentence-encoder-cmlm", "sentences"),
    (r"albert_en_", "albert"),
    (r"(^|/)(xlm_)?roberta_(en|multi)|klue_roberta", None),  # other tokenizers, or other special tokens
    (r"electra_small", "electra"),  # its tables are narrow, as those of the others of its name are not
    (r"mobilebert", "mobilebert"),
    (r"talkheads|tn_bert|distilbert", "graph"),  # of another network
)


def form_of(handle: str, dialect: str | None) -> str | None:
    """The row of WHAT_WORKS for 'publisher/name' that was published in a dialect, None where it has none."""
    if dialect is None:
        return None
    named = next((form for pattern, form in _FORMS if re.search(pattern, handle)), dialect)
    return dialect if dialect == "TF1" and named is not None else named


def works_of(handle: str, dialect: str | None) -> dict[str, Any]:
    """The fields of a catalogue's entry that say what works: those of `Works`, each None where nothing is promised."""
    form = form_of(handle, dialect)
    names = [field.name for field in dataclasses.fields(Works)]
    return {name: getattr(WHAT_WORKS[form], name) if form else None for name in names}
