"""`few_rows`: what is said before fine-tuning on few labelled texts a class, where another way was measured better."""

from typing import Any

from bert_keras.features import SINGLE_LABEL, WINDOWS

_MOST_A_CLASS = 64  # docs/few_labels.md: of 2 and of 20 classes the intervals leave zero out up to there,
_MOST_ROWS = 1280  # which are so many
_MOST_CLASSES = 100  # that bk.fit_few takes


def few_rows(data: Any) -> list[str]:
    """One line where `bk.fit_few` suits the training rows of a `TaskData` better, as far as was measured; else none."""
    if getattr(data, "problem_type", None) != SINGLE_LABEL or getattr(data, "long_text", None) == WINDOWS:
        return []
    counts = data.label_counts("train").values()
    most = min(_MOST_A_CLASS * len(counts), _MOST_ROWS)
    if not 2 <= len(counts) <= _MOST_CLASSES or min(counts) < 2 or sum(counts) > most:
        return []
    few = f"{sum(counts):,} training rows of {len(counts)} classes are few"
    return [f"{few}: with an encoder of sentences, bk.fit_few (bert-keras fit-few) was better in our trials"]
