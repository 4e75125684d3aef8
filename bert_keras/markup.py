"""What a notebook shows, as HTML: every text is escaped here, and nowhere else is a tag put around one."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_CELL = 'style="text-align: left; padding: 0.1em 0.8em; vertical-align: top"'


class Markup(str):
    """HTML that is ready: `escaped` leaves it as it is."""

    __slots__ = ()


def escaped(value: Any) -> Markup:
    """A text, or anything's `str`, as HTML: `<`, `>`, `&` and both quotes are written out."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value), quote=True))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Markup:
    """A table with a head; cells are escaped, but for Markup."""
    head = "".join(f"<th {_CELL}>{escaped(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td {_CELL}>{escaped(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return Markup(f'<table dir="auto"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def bars(shares: Mapping[str, float]) -> Markup:
    """A line with a bar for each name; the shares are in [0, 1]."""
    rows = [(name, Markup(f"{_bar(share)} {share:.3f}")) for name, share in shares.items()]
    lines = "".join(f"<tr><td {_CELL}>{escaped(name)}</td><td {_CELL}>{shown}</td></tr>" for name, shown in rows)
    return Markup(f'<table dir="auto"><tbody>{lines}</tbody></table>')


def coloured(text: str, share: float, title: str) -> Markup:
    """A text on a ground from orange (-1) over none (0) to blue (1); `title` is shown when the mouse stands on it."""
    strength = min(abs(share), 1.0)
    ground = "31, 119, 180" if share > 0 else "255, 127, 14"
    style = f"background-color: rgba({ground}, {strength:.3f}); border-radius: 0.2em"
    return Markup(f'<span style="{style}" title="{escaped(title)}">{escaped(text)}</span>')


def _bar(share: float) -> str:
    width = f"{max(0.0, min(share, 1.0)) * 12:.2f}em"
    style = f"display: inline-block; height: 0.8em; width: {width}; background-color: rgb(31, 119, 180)"
    return f'<span style="{style}"></span>'
