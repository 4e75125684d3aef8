"""`FileReport`: what is in a user's tables of texts, part by part."""

import dataclasses
from typing import Any

LIMITS = (128, 256, 512)  # lengths at which truncation is looked at


@dataclasses.dataclass(frozen=True)
class PartReport:
    """What is in one part.

    Args:
        rows: how many there are.
        labels: rows by class, of several labels by each; {"smallest", "mean", "largest"} of numbers; {} without labels.
        lengths: "median", "90 %", "99 %" and "longest" of the rows, in the report's unit, special tokens included.
        cut: the share of the rows that are longer than 128, 256 and 512, in [0, 1]; {} of data that are not
            cut so.
        duplicates: rows whose text stands further up.
        contradictions: different texts that stand there with different labels.
        empty, unlabelled: rows without a visible character in a text, or without a label.
        strange: rows with U+FFFD, control characters, or UTF-8 that was once read as another encoding.
        undecodable: lines that are not in the file's encoding.
    """

    rows: int
    labels: dict[str, float]
    lengths: dict[str, int]
    cut: dict[int, float]
    duplicates: int
    contradictions: int
    empty: int
    unlabelled: int
    strange: int
    undecodable: int


@dataclasses.dataclass(frozen=True)
class FileReport:
    """What `bk.check_files` finds.

    Args:
        name: of the files.
        unit: what lengths count: "tokens" or "words".
        parts: by name.
        leaks: {"validation in train": texts of the one that stand in the other, too}, and so on.
        notes: how the files were read.
        faults: what must be mended before a model is trained, one line each.
        warnings: what should be looked at.
    """

    name: str
    unit: str
    parts: dict[str, PartReport]
    leaks: dict[str, int]
    notes: tuple[str, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain dicts and lists, for JSON."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        lines = [self.name, *(f"  {note}" for note in self.notes)]
        for name, part in self.parts.items():
            lines.append(f"{name}: {part.rows:,} rows")
            if part.labels:
                lines.append("  labels: " + ", ".join(_amount(*entry, part.rows) for entry in _shown(part.labels)))
            lengths = ", ".join(f"{name} {value:,}" for name, value in part.lengths.items())
            lines.append(f"  {self.unit}: {lengths}")
            cuts = ", ".join(f"{share:.1%} at {limit}" for limit, share in part.cut.items())
            if part.cut:
                lines.append(f"  longer than that, and cut: {cuts}")
            counts = {
                "duplicates": part.duplicates,
                "texts with different labels": part.contradictions,
                "empty texts": part.empty,
                "rows without a label": part.unlabelled,
                "rows with strange characters": part.strange,
                "lines that are not in the encoding": part.undecodable,
            }
            lines.append("  " + (", ".join(f"{n:,} {what}" for what, n in counts.items() if n) or "nothing strange"))
        lines += [f"  {count:,} texts of {where}, too" for where, count in self.leaks.items() if count]
        lines += [f"must be mended: {fault}" for fault in self.faults]
        lines += [f"look at: {warning}" for warning in self.warnings]
        return "\n".join(lines if self.faults or self.warnings else [*lines, "ready to train on"])


def _shown(labels: dict[str, float]) -> list[tuple[str, float]]:
    return list(labels.items())[:20]


def _amount(name: str, value: float, rows: int) -> str:
    return f"{name} {value:,} ({value / rows:.0%})" if isinstance(value, int) else f"{name} {value:.4g}"
