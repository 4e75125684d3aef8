"""`Dialect`: how a file of delimited text is written: its separator, its quotes, what stands before the header."""

import csv
import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from bert_keras.data.tables.limits import MOST_COLUMNS
from bert_keras.text.lines import LONGEST_LINE

SEPARATORS = (",", ";", "\t", "|")
_RARE = (":", "^", "~", "\x01", "\x1f", "\u00a6", "\u00a7")  # looked for where none of the usual ones is there
_NONE = "\ufdd1"  # no character, so in no text
_SAYS_SEPARATOR = re.compile(r'"?sep=([^\r\n])"?[,;\t|]*\s*', re.IGNORECASE)
_ESCAPED_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
_STANDS_FOR_QUOTE = "\ufdd0"  # no character, so in no text
ESCAPES = '\\" in its fields is a quote'
_MOST_OF_RECORD = 100_000  # lines; a text of a megabyte has about 20,000
_MOST_LINES, _MOST_CHARACTERS = 400, 1 << 20  # that are looked at


@dataclasses.dataclass(frozen=True)
class Dialect:
    r"""How records are written.

    Args:
        separator: between columns.
        quote: around fields, `"` or `'`; empty where quotes are text.
        escaped: whether `\"` in a field is a quote.
        skipped: lines before the first record.
        padded: whether blanks stand between a separator and a quote.
        wrapped: whether each record is a quoted field as a whole, `"text;label"`.
    """

    separator: str
    quote: str = '"'
    escaped: bool = False
    skipped: int = 0
    padded: bool = False
    wrapped: bool = False

    def records(self, lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """(line on which it begins, fields) of each record; empty lines are passed over.

        Raises:
            BadRecord: with that line.
        """
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))  # Python's own is 131,072 characters
        lines = itertools.islice(lines, self.skipped, None)
        lines = _unwrapped(lines) if self.wrapped else lines
        if self.escaped:
            lines = (_ESCAPED_QUOTE.sub(rf"\1{_STANDS_FOR_QUOTE}", line) for line in lines)
        until = [_MOST_OF_RECORD]  # the number of a line that the record does not reach
        reader = csv.reader(
            _few(lines, until),
            delimiter=self.separator,
            quotechar=self.quote or '"',
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=True,
            skipinitialspace=self.padded,
        )
        begin = 1
        while True:
            try:
                until[0] = reader.line_num + _MOST_OF_RECORD
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise BadRecord(begin + self.skipped, str(error)) from None
            if len(values) > MOST_COLUMNS:
                raise BadRecord(begin + self.skipped, f"{len(values):,} columns, and there may be {MOST_COLUMNS:,}")
            if values:
                if self.escaped:
                    values = [value.replace(_STANDS_FOR_QUOTE, '"') for value in values]
                yield begin + self.skipped, values
            begin = reader.line_num + 1


def _few(lines: Iterable[str], until: list[int]) -> Iterator[str]:
    """The lines; csv.Error at the number in `until`: an open quote makes one record of all that follows."""
    for number, line in enumerate(lines):
        if number >= until[0]:
            raise csv.Error("field larger than any text")
        yield line


def _unwrapped(lines: Iterable[str]) -> Iterator[str]:
    """The one field of each line. A line with more, or on which a field does not end, stays as it is."""
    for line in lines:
        try:
            fields = next(csv.reader([line], strict=True), [])
        except csv.Error:
            fields = []
        yield f"{fields[0]}\n" if len(fields) == 1 and line.lstrip().startswith('"') else line


class BadRecord(Exception):
    """A record that is not written as the others; it never leaves this folder.

    Args:
        line: on which it begins.
        error: what `csv` says.
    """

    def __init__(self, line: int, error: str) -> None:
        super().__init__(f"line {line}: {error}")
        self.line, self.error = line, error


def find_dialect(
    lines: Iterable[str], separator: str | None, quotes: bool | str, columns: Sequence[str] | None, usual: str
) -> tuple[Dialect, list[str]]:
    r"""How a file is written, by its first lines, and what was found, in lines for a person.

    The separator is the one that gives all records as many columns as the header has, two or more. Where none does it
    is the one that most records speak for: those that do not are said later, with their lines.

    Args:
        lines: of the file.
        separator: that the user named; None to find it.
        quotes: whether there are quotes around fields; or which.
        columns: names of the columns, for a file without a header.
        usual: the separator in files of its name; another one is said.

    Raises:
        ValueError: where two separators do, with the first record read by both.
    """
    sample, is_whole = _sample(lines)
    says = _SAYS_SEPARATOR.fullmatch(sample[0]) if sample else None
    notes = [] if says is None else [f"its first line says that {shown(says[1])} stands between columns"]
    is_found = separator is None and says is None
    separator = separator or (says and says[1])
    if separator is not None or (usual == "\t" and sample and "\t" in sample[0]):
        tries = [(separator or usual,)]
    else:
        tries = [SEPARATORS, _RARE]
    forms = _forms(sample, quotes, 0 if says is None else 1)
    found = next(filter(None, (_fitting(sample, is_whole, f, own, columns) for f in forms for own in tries)), [])
    if len(found) > 1:
        raise ValueError(_two_meanings(sample, found))
    if not found and separator is None and _is_one_column(sample, is_whole, forms[0]):
        return dataclasses.replace(forms[0], separator=_NONE), [*notes, "it has one column, and no separator"]
    if not found:
        likely = separator or _most_likely(sample, is_whole, forms[0], usual)
        return dataclasses.replace(forms[0], separator=likely), notes
    chosen = _with_quotes(sample, is_whole, found[0], columns) if quotes is True else found[0]
    told = {
        f"{shown(chosen.separator)} stands between its columns": is_found and chosen.separator != usual,
        "the quotes around its fields are '": chosen.quote == "'" and quotes is True,
        ESCAPES: chosen.escaped,
        "blanks between a separator and a quote are no part of a field": chosen.padded,
        "each of its lines is in quotes as a whole": chosen.wrapped,
        f"its first {chosen.skipped - forms[0].skipped} lines are a comment": chosen.skipped > forms[0].skipped,
    }
    return chosen, [*notes, *(note for note, is_so in told.items() if is_so)]


def _forms(sample: list[str], quotes: bool | str, skipped: int) -> list[Dialect]:
    """The ways in which a file may be written, its separator apart, the usual one first."""
    text, quote = "".join(sample), '"' if quotes is True else quotes or ""
    usual = Dialect("", quote, skipped=skipped)
    forms = [usual]
    if quote == '"' and '\\"' in text:
        forms.append(dataclasses.replace(usual, escaped=True))
    if quotes is True and "'" in text:
        forms.append(dataclasses.replace(usual, quote="'"))
    if quote and re.search(rf"\s{quote}", text):
        forms.append(dataclasses.replace(usual, padded=True))
    if quote == '"' and all(line.lstrip().startswith('"') or not line.strip() for line in sample[skipped:]):
        forms.append(dataclasses.replace(usual, wrapped=True))
    comments = sum(1 for _ in itertools.takewhile(lambda line: line.startswith("#"), sample[skipped:]))
    return forms + [dataclasses.replace(form, skipped=skipped + comments) for form in forms if comments]


def _with_quotes(sample: list[str], is_whole: bool, form: Dialect, columns: Sequence[str] | None) -> Dialect:
    """The dialect with the quotes that would else stand in all names, or all cells of a column."""
    text = "".join(sample)
    padded = re.search(rf"{re.escape(form.separator)} +{form.quote}", text) is not None
    for other in ({"quote": "'"}, *([{"padded": True}] if padded else [])):
        mark = other.get("quote", form.quote)
        if mark in text and _is_within(mark, sample, is_whole, form):
            inner = _fitting(sample, is_whole, dataclasses.replace(form, **other), (form.separator,), columns)
            form = inner[0] if inner else form
    return form


def margins(header: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """How many columns all rows have in front of and behind those of the header; None if they do not fit it.

    Those in front are a number that counts the rows, those behind are empty. A header that ends in a separator, and
    rows that do not, have -1 behind.
    """
    widths = {len(row) for row in body}
    if widths <= {len(header)}:
        return 0, 0
    if len(widths) > 1:
        return None
    more = widths.pop() - len(header)
    if more > 0 and not any(cell.strip() for row in body for cell in row[len(header) :]):
        return 0, more
    if more == 1 and len(body) > 1 and [row[0].strip() for row in body] in _counts(len(body)):
        return 1, 0
    return (0, -1) if more == -1 and len(header) > 2 and not header[-1].strip() else None


def is_empty(values: Sequence[str]) -> bool:
    """Whether nothing stands in a record but separators and blanks."""
    return not any(values) or not (values[0].strip() or any(map(str.strip, values)))


def shown(separator: str) -> str:
    """A separator, for a person."""
    return {"\t": "a tab"}.get(separator, repr(separator))


def _counts(rows: int) -> tuple[list[str], list[str]]:
    return [str(n) for n in range(rows)], [str(n) for n in range(1, rows + 1)]


def _sample(lines: Iterable[str]) -> tuple[list[str], bool]:
    """The first lines, and whether they are all."""
    lines, sample, left = iter(lines), [], _MOST_CHARACTERS
    for line in itertools.islice(lines, _MOST_LINES):
        sample.append(line)
        left -= len(line)
        if left < 0:
            break
    return sample, next(lines, None) is None


def _records(sample: list[str], is_whole: bool, form: Dialect) -> list[list[str]] | None:
    """The records of a sample that are not empty; None if it is not written so."""
    found = []
    try:
        for _, values in form.records(sample):
            found.append(values)
    except BadRecord as error:
        if is_whole or "unexpected end" not in error.error or not found:
            return None
    return [values for values in found if not is_empty(values)]


def _fitting(
    sample: list[str], is_whole: bool, form: Dialect, separators: Iterable[str], columns: Sequence[str] | None
) -> list[Dialect]:
    """The dialects, of these separators, by which all records of a sample have as many columns, two or more."""
    found = []
    for separator in separators:
        own = dataclasses.replace(form, separator=separator)
        records = _records(sample, is_whole, own)
        if not records:
            continue
        header, body = (records[0], records[1:]) if columns is None else (columns, records)
        if len(header) > 1 and margins(header, body) is not None:
            found.append(own)
    return found


def _is_within(mark: str, sample: list[str], is_whole: bool, form: Dialect) -> bool:
    """Whether a quote stands around all names of columns, or all cells of a column, once a sample is read."""
    records = _records(sample, is_whole, form) or [[]]
    names, body = records[0], records[1:]

    def within(cells: Sequence[str]) -> bool:
        cells = [cell.strip() for cell in cells if cell.strip()]
        return len(cells) > 1 and all(len(cell) > 1 and cell[0] == cell[-1] == mark for cell in cells)

    return within(names) or any(map(within, zip(*body, strict=False)))


def _most_likely(sample: list[str], is_whole: bool, form: Dialect, usual: str) -> str:
    """The separator that most records of a sample speak for, or that the header has, or the usual one."""
    best, most = None, 0.5
    for separator in SEPARATORS:
        records = _records(sample, False, dataclasses.replace(form, separator=separator)) or [[]]
        width, body = len(records[0]), records[1:]
        share = sum(len(row) == width for row in body) / max(len(body), 1)
        if width > 1 and share > most:
            best, most = separator, share
    first = sample[form.skipped] if len(sample) > form.skipped else ""
    return best or next((own for own in (usual, *SEPARATORS) if own in first), usual)


def _is_one_column(sample: list[str], is_whole: bool, form: Dialect) -> bool:
    """Whether no usual separator stands in the header, and what stands below gives rows of different lengths."""
    if len(sample) <= form.skipped or any(separator in sample[form.skipped] for separator in SEPARATORS):
        return False
    found = (_records(sample, is_whole, dataclasses.replace(form, separator=separator)) for separator in SEPARATORS)
    widths = [{len(values) for values in records[1:]} for records in found if records]
    return any(max(own, default=1) > 1 for own in widths) and all(1 in own for own in widths if own)


def _two_meanings(sample: list[str], found: list[Dialect]) -> str:
    rows = {form.separator: next(values for _, values in form.records(sample)) for form in found}
    readings = " and ".join(f"by {shown(own)} it has {' | '.join(map(repr, row))}" for own, row in rows.items())
    passed = " or ".join(f"separator={own!r}" for own in rows)
    return f"its columns must have one separator, and more than one may be: {readings}. Pass {passed} (--separator)."
