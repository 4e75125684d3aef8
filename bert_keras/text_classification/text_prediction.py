"""`TextPrediction`: the answer of a classifier for one text or pair."""

import dataclasses

from bert_keras.markup import bars, escaped


@dataclasses.dataclass(frozen=True)
class TextPrediction:
    """The answer for one text or pair.

    Args:
        label: the class's name, None where the model abstains; a tuple of names for several labels, of those that it
            is sure of, () for a text that is unlike; None for regression.
        score: the probability of `label`, or of the best class where the model abstains; the number itself for
            regression; None for several labels.
        probabilities: by label name; None for regression.
        unsure: the names that it would have said, and did not, as their probability is below `abstain_below`, or the
            text is unlike.
        unlike: whether the text is unlike those that the model knows; False where `bk.calibrate` was not asked for it.
        distance: how far the text lies from those, 0 or more; None where that is not worked out.
    """

    label: str | tuple[str, ...] | None
    score: float | None
    probabilities: dict[str, float] | None
    unsure: tuple[str, ...] = ()
    unlike: bool = False
    distance: float | None = None

    def _repr_html_(self) -> str:
        """The answer, and a bar for each label's probability, for notebooks; names are escaped."""
        if self.probabilities is None:
            return f"<b>{self.score:.3f}</b>"
        names = (self.label,) if isinstance(self.label, str) else self.label or ()
        said = [f"<b>{escaped(name)}</b>" for name in names] + [f"<i>{escaped(name)}?</i>" for name in self.unsure]
        head = ", ".join(said) or "<i>no label</i>"
        head += "<br>unlike the texts that the model knows" if self.unlike else ""
        return f'<div dir="auto">{head}{bars(self.probabilities)}</div>'
