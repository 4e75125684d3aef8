"""`page`: a report as one HTML document, which needs nothing beside itself."""

from collections.abc import Iterable, Sequence

from bert_keras.inspection.reporting.section import Section
from bert_keras.inspection.reporting.style import STYLE
from bert_keras.markup import Markup, escaped

GENERATOR = '<meta name="generator" content="bert_keras">'
# Nothing is fetched and nothing is run, whatever stands in the texts.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(
    title: str,
    summary: str,
    cards: Iterable[Sequence[str]],
    sections: Iterable[Section],
    end: str,
    what: str = "Model report",
) -> str:
    """The document.

    Args:
        title: of the model.
        summary: a sentence about it.
        cards: what must be seen first: a name, a value and a line below it each.
        sections: in their order.
        end: the last line.
        what: the page is.
    """
    sections = list(sections)
    shown = "".join(
        f"<li><span>{escaped(name)}</span><b>{escaped(value)}</b><small>{escaped(below)}</small></li>"
        for name, value, below in cards
    )
    links = "".join(f'<li><a href="#s{place}">{escaped(own.title)}</a></li>' for place, own in enumerate(sections))
    bodies = "\n".join(
        f'<section id="s{place}" aria-labelledby="h{place}"><h2 id="h{place}">{escaped(own.title)}</h2>{own.body}'
        "</section>"
        for place, own in enumerate(sections)
    )
    return Markup(f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
{GENERATOR}
<title>{escaped(title)} – {escaped(what.lower())}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<div class="page">
<header>
<p class="over">{escaped(what)}</p>
<h1 dir="auto">{escaped(title)}</h1>
<p dir="auto">{escaped(summary)}</p>
<ul class="cards">{shown}</ul>
<nav aria-label="Sections"><ul>{links}</ul></nav>
</header>
<main>
{bodies}
</main>
<footer>{escaped(end)}</footer>
</div>
</body>
</html>
""")
