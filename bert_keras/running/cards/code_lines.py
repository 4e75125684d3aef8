"""`code_lines`: the lines of Python and of the shell that use a model folder, by kind."""

import json
from collections.abc import Mapping
from typing import Any

_PREDICT = {
    "text_classification": 'predictor("A text of yours.")',
    "question_answering": 'predictor(question="Who wrote it?", context="Ann Lee wrote it in 1999.")',
    "token_classification": 'predictor("Ann Lee lives in Oslo.")',
    "multiple_choice": 'predictor("It rains.", ["She opens an umbrella.", "She opens a bank."])',
}
_SERVED = {
    "text_classification": 'text=tf.constant(["A text of yours."])',
    "question_answering": 'question=tf.constant(["Who wrote it?"]), context=tf.constant(["Ann Lee wrote it in 1999."])',
    "token_classification": 'text=tf.constant(["Ann Lee lives in Oslo."])',
    "multiple_choice": 'prompt=tf.constant(["It rains."]), choices=tf.constant([["An umbrella opens.", "A bank."]])',
}
_PAIR = {"text_classification": 'predictor("A text of yours.", "And the text that goes with it.")'}
_SERVED_PAIR = {"text_classification": 'text=tf.constant(["A text."]), text_pair=tf.constant(["Its pair."])'}


def code_lines(config: Mapping[str, Any], name: str) -> dict[str, str]:
    """Code by what it does: "load" in Python, "export" in the shell, "serve" in Python without this library.

    It is to be run in the folder that holds the model folder.

    Args:
        config: of the model folder.
        name: of the model folder.
    """
    kind = config.get("kind", "text_classification")
    is_pair = len(config.get("text_columns", ())) == 2
    predict = (_PAIR if is_pair else {}).get(kind, _PREDICT.get(kind))
    served = (_SERVED_PAIR if is_pair else {}).get(kind, _SERVED.get(kind))
    load = ["import bert_keras as bk", "", f"predictor = bk.load({_quoted(name)})", *([predict] if predict else [])]
    export = f"bert-keras export {_shell(name)} {_shell(f'served/{name}/1')}"
    serve = [
        "import tensorflow as tf",
        "",
        f"served = tf.saved_model.load({_quoted(f'served/{name}/1')})",
        'answer = served.signatures["serving_default"]',
        *([f"answer({served})"] if served else []),
    ]
    return {"load": "\n".join(load), "export": export, "serve": "\n".join(serve)}


def _quoted(text: str) -> str:
    """As a str of Python, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _shell(text: str) -> str:
    """As a word of the shell."""
    return text if all(c.isalnum() or c in "-_./" for c in text) else "'" + text.replace("'", "'\\''") + "'"
