"""`Calibrated`: what calibrating a model's confidence gave, on rows that it was not fitted on."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from bert_keras.markup import table
from bert_keras.running.confidence.false_alarms import FalseAlarms
from bert_keras.running.confidence.promise import Promise


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """What `bk.calibrate` did. Its text is a few lines for people; in a notebook it is a table.

    Args:
        temperature: what the trained model's logits are divided by; above 1 it was too sure of itself.
        which: which rows these are, in words.
        fitted_rows, measured_rows: how many rows the temperature and the thresholds were fitted on, and how many others
            all figures are of.
        seed: of the draw of the two halves.
        error_before, error_after: the expected calibration error over 10 bins, in [0, 1], without and with the
            temperature.
        loss_before, loss_after: the log loss.
        promised: the precision that is promised, in [0, 1]; None where none was asked for.
        assurance: how sure a promise is, in [0, 1]; None where none was asked for, of false alarms neither.
        promises: one for all labels, or of several labels one for each; () where none was asked for.
        unlike: what is called unlike the texts that the model knows; None where that was not asked for.
    """

    temperature: float
    which: str
    fitted_rows: int
    measured_rows: int
    seed: int
    error_before: float
    error_after: float
    loss_before: float
    loss_after: float
    promised: float | None = None
    assurance: float | None = None
    promises: tuple[Promise, ...] = ()
    unlike: FalseAlarms | None = None

    @property
    def abstain_below(self) -> float | list[float | None] | None:
        """What a model folder's config says of the thresholds: one of all labels, or one for each, or None."""
        if self.promises and self.promises[0].label is None:
            return self.promises[0].threshold
        return [promise.threshold for promise in self.promises] or None

    @property
    def unlike_above(self) -> float | None:
        """What a model folder's config says of the distance above which a text is unlike."""
        return None if self.unlike is None else self.unlike.threshold

    def facts(self) -> list[tuple[str, str]]:
        """What there is to say, as names and texts."""
        found = [
            ("temperature", f"{self.temperature:.3f}, fitted on {self.fitted_rows:,} rows {self.which}".rstrip()),
            ("measured on", f"the {self.measured_rows:,} others, drawn by seed {self.seed}"),
            ("expected calibration error", f"{self.error_before:.4f} before, {self.error_after:.4f} after"),
            ("log loss", f"{self.loss_before:.4f} before, {self.loss_after:.4f} after"),
        ]
        for promise in self.promises:
            name = "abstains" if promise.label is None else f"abstains from '{promise.label}'"
            found.append((name, self._told(promise)))
        if self.unlike is not None:
            seen = f"{self.unlike.share:.4f} of {self.unlike.rows:,} rows"
            text = f"above a distance of {self.unlike.threshold:.4g}, promised {self.unlike.promised:.3g} false alarms"
            found.append(("unlike", f"{text} at most: {seen}"))
        return found

    def _told(self, promise: Promise) -> str:
        if promise.threshold is None:
            return f"always: no threshold keeps a precision of {self.promised:.3g} on the rows that it is fitted on"
        kept = (
            "nothing is said" if promise.precision is None else f"{promise.precision:.4f} of {promise.said:,} are right"
        )
        return f"below {promise.threshold:.4f}, promised {self.promised:.3g}: {kept}, coverage {promise.coverage:.3f}"

    def __str__(self) -> str:
        return "\n".join(f"{name}: {text}" for name, text in self.facts())

    def _repr_html_(self) -> str:
        return table(("", ""), self.facts())

    def to_config(self) -> dict[str, Any]:
        """As it stands in a model folder's config."""
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Calibrated":
        """What `to_config` gave, read from a file.

        Raises:
            TypeError: for other fields than these, which another version may have written.
        """
        promises = tuple(Promise(**promise) for promise in config.get("promises") or ())
        unlike = None if config.get("unlike") is None else FalseAlarms(**config["unlike"])
        return cls(**{**config, "promises": promises, "unlike": unlike})
