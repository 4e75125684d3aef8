"""What the sections of a report are made of: paragraphs, tables, code, lists of errors. Every text is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bert_keras.markup import Markup, escaped


def paragraph(text: str) -> Markup:
    return Markup(f"<p>{escaped(text)}</p>")


def note(text: str) -> Markup:
    """Something that must not be overlooked."""
    return Markup(f'<p class="note">{escaped(text)}</p>')


def joined(parts: Iterable[str]) -> Markup:
    """Parts that are HTML already, one behind the other."""
    return Markup("\n".join(parts))


def data_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], label: str, numbers: Sequence[int] = ()
) -> Markup:
    """A table whose first column names the rows.

    Args:
        columns: the names.
        rows: cells, texts or Markup.
        label: what the table is, for those who do not see it.
        numbers: the places of the columns that stand to the right.
    """
    kinds = ['class="number"' if place in numbers else 'dir="auto"' for place in range(len(columns))]
    head = "".join(
        f'<th scope="col" {kind}>{escaped(column)}</th>' for kind, column in zip(kinds, columns, strict=True)
    )
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td {kind}>{escaped(cell)}</td>" for kind, cell in zip(kinds[1:], others, strict=True))
        lines.append(f'<tr><th scope="row" {kinds[0]}>{escaped(first)}</th>{cells}</tr>')
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return wide(Markup(f"<table>{body}</table>"), label)


def wide(content: Markup, label: str) -> Markup:
    """What may be wider than the screen, and is moved by itself."""
    return Markup(f'<div class="wide" role="region" tabindex="0" aria-label="{escaped(label)}">{content}</div>')


def facts_list(facts: Mapping[str, Any]) -> Markup:
    """Names with what they are."""
    items = "".join(f'<dt>{escaped(name)}</dt><dd dir="auto">{escaped(fact)}</dd>' for name, fact in facts.items())
    return Markup(f'<dl class="facts">{items}</dl>')


def code(text: str, what: str) -> Markup:
    return Markup(f'<p class="what">{escaped(what)}</p><pre tabindex="0"><code>{escaped(text)}</code></pre>')


def interval(value: float, low: float, high: float, digits: int = 3) -> Markup:
    """A score above its interval, in a cell; nothing for a score that there is not."""
    if value != value:
        return Markup('<span class="soft">–</span>')
    below = "" if low != low else f"<small>{low:.{digits}f} – {high:.{digits}f}</small>"
    return Markup(f'<span class="score">{value:.{digits}f}</span>{below}')


def folded(summary: str, content: Markup) -> Markup:
    """What is shown when it is asked for."""
    return Markup(f"<details><summary>{escaped(summary)}</summary>{content}</details>")


def error_card(texts: Iterable[tuple[str, Any]], facts: Mapping[str, Any]) -> Markup:
    """One answer that is wrong.

    Args:
        texts: what was read, each with what it is; "" for what needs no name.
        facts: by name, what stands below in small letters.
    """
    lines = [f'<p dir="auto" class="text">{_named(name)}{escaped(text)}</p>' for name, text in texts]
    told = "".join(
        f'<span><b>{escaped(name)}</b> <i dir="auto">{escaped(fact)}</i></span>' for name, fact in facts.items()
    )
    return Markup(f'<li>{"".join(lines)}<p class="told">{told}</p></li>')


def error_list(cards: Iterable[Markup]) -> Markup:
    return Markup(f'<ol class="errors">{"".join(cards)}</ol>')


def picture(drawing: Markup, caption: str, legend: Markup | str = "") -> Markup:
    """A drawing with what it shows."""
    return Markup(f"<figure>{drawing}{legend}<figcaption>{escaped(caption)}</figcaption></figure>")


def pictures(figures: Iterable[Markup]) -> Markup:
    """Figures beside each other where there is room."""
    return Markup(f'<div class="pictures">{"".join(figures)}</div>')


def _named(name: str) -> str:
    return f"<b>{escaped(name)}</b> " if name else ""
