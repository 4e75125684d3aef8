"""`demo_page`: the page in which a model is tried, as one HTML text."""

import html
import json
import pathlib
from typing import Any

from bert_keras.inspection.reporting.style import STYLE
from bert_keras.running.cards.facts import kind_in_words

_HERE = pathlib.Path(__file__).parent
_NAMES = {
    "text": "Text",
    "text_pair": "Second text",
    "question": "Question",
    "context": "Text that may hold the answer",
    "prompt": "Beginning",
    "choices": "Choices, one a line",
}
_TALL = ("text", "text_pair", "context", "choices")


def demo_page(predictor: Any, nonce: str, explains: bool) -> str:
    """The page of a model.

    Args:
        predictor: of `bk.load`.
        nonce: by which the browser knows the page's own script and style.
        explains: whether `/importance` can be asked.
    """
    style, script = ((_HERE / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    fields = list(predictor.table_columns)
    facts = {"fields": fields, "explains": explains}
    inputs = "\n".join(_field(name, number == 0) for number, name in enumerate(fields))
    name = html.escape(str(predictor.config.get("task") or "a model"))
    model = {name: getattr(predictor.model, name, None) for name in ("kind", "problem_type")}
    told = html.escape(kind_in_words({**model, **predictor.config}))
    data = json.dumps(facts).replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{name}</title>
<style nonce="{nonce}">{STYLE}{style}</style>
</head>
<body>
<main class="page">
<header><p class="over">Try the model</p><h1>{name}</h1><p>{told}.</p></header>
<form autocomplete="off">
{inputs}
<button>Ask <span class="keys">(Ctrl + Enter)</span></button>
</form>
<section id="answer" aria-live="polite"></section>
</main>
<script type="application/json" id="facts" nonce="{nonce}">{data}</script>
<script nonce="{nonce}">
{script}</script>
</body>
</html>
"""


def _field(name: str, is_first: bool) -> str:
    rows, focus = (4 if name in _TALL else 1), " autofocus" if is_first else ""
    title = html.escape(_NAMES.get(name, name))
    return f'<label>{title}<textarea name="{name}" rows="{rows}" dir="auto" required{focus}></textarea></label>'
