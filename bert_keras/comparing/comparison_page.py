"""`comparison_page`: a comparison as one HTML page, made of the parts of which reports are."""

from collections.abc import Mapping
from typing import Any

from bert_keras.comparing.comparison import Comparison
from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.page import page
from bert_keras.inspection.reporting.section import Section
from bert_keras.metrics.paired_difference import CONFIDENCE
from bert_keras.training.callbacks import clock

_A_PICTURE = 6  # differences


def comparison_page(comparison: Comparison, settings: Mapping[str, Mapping[str, Any]]) -> str:
    """The document.

    Args:
        comparison: what came out.
        settings: of each contestant, as `Contestant.settings` gives them.
    """
    best = comparison.winner
    cards = [("The best", best or "not known", "" if best else "an interval holds zero, or not each two were compared")]
    cards += [("Seeds", str(len(comparison.seeds)), ", ".join(map(str, comparison.seeds)))]
    cards += [("Contestants", str(len(comparison.names)), "")]
    said = Section("What can be said", parts.joined(parts.paragraph(sentence) for sentence in comparison.verdict))
    sections = [said, _differences(comparison), _scores(comparison), _runs(comparison), _settings(settings)]
    summary = f"Ways to train on {comparison.task}, compared by {comparison.metric} of the dev rows."
    return page(comparison.task, summary, cards, sections, "It loads nothing.", "Comparison")


def _differences(comparison: Comparison) -> Section:
    found = comparison.differences
    names = [f"{own.name} – {own.against}" for own in found]
    ends = [(own.low, own.high) for own in found]
    drawn = [
        drawings.intervals(
            names[start : start + _A_PICTURE],
            [own.mean for own in found[start : start + _A_PICTURE]],
            ends[start : start + _A_PICTURE],
            f"difference of {comparison.metric}",
        )
        for start in range(0, len(found), _A_PICTURE)
    ]
    rows = [
        (
            name,
            f"{own.mean:+.4f}",
            f"{own.low:+.4f} to {own.high:+.4f}",
            "yes" if own.holds_zero else "no",
            f"{own.wide_low:+.4f} to {own.wide_high:+.4f}" if own.wide_low == own.wide_low else "not known",
            own.pairs,
        )
        for name, own in zip(names, found, strict=True)
    ]
    columns = ("Difference", "Mean", "Interval", "Holds zero", "For other rows, too", "Pairs of runs")
    how = (
        "Runs with one seed are a pair. The interval is Student's, of the mean of their differences; "
        f"all intervals together err in at most {1 - CONFIDENCE:.0%} of such comparisons (Bonferroni). It says what "
        "other seeds would do on these rows; that for other rows, too, adds what drawing the rows anew changes."
    )
    caption = "Each difference with its interval; the dotted line is zero."
    picture = parts.pictures(parts.picture(drawing, caption) for drawing in drawn)
    table = parts.data_table(columns, rows, "Differences", (1, 2, 4, 5))
    return Section("Differences", parts.joined([parts.paragraph(how), picture, table]))


def _scores(comparison: Comparison) -> Section:
    columns, rows = comparison.cells()
    lines = [
        drawings.Line(name, comparison.seeds, comparison.scores(name), place, place >= drawings.COLOURS, True)
        for place, name in enumerate(comparison.names)
    ]
    drawing = drawings.lines(lines, "seed", comparison.metric, whole=True)
    picture = parts.pictures([parts.picture(drawing, "The score of each run.", drawings.legend(lines))])
    table = parts.data_table(("Contestant", *columns[1:]), rows, "Scores", range(1, len(columns)))
    told = "Time is of training and its evaluations; memory is the most that a run used at once."
    return Section("Scores", parts.joined([table, parts.paragraph(told), picture]))


def _runs(comparison: Comparison) -> Section:
    metrics = list(dict.fromkeys(name for run in comparison.runs for name in run.scores))
    rows = [
        [
            f"{run.name}, seed {run.seed}",
            *(f"{run.scores[name]:.4f}" if name in run.scores else "–" for name in metrics),
            run.best_epoch or "–",
            "" if run.seconds is None else clock(run.seconds),
            run.folder or "",
            run.unlearned,
        ]
        for run in comparison.runs
    ]
    columns = ("Run", *metrics, "Epoch kept", "Time", "Model folder", "Learned nothing")
    return Section("Runs", parts.data_table(columns, rows, "Every run", range(1, 2 + len(metrics))))


def _settings(settings: Mapping[str, Mapping[str, Any]]) -> Section:
    """In what the contestants differ, and what they have alike."""
    flat = {
        name: {**own["recipe"], **{k: v for k, v in own.items() if k != "recipe"}} for name, own in settings.items()
    }
    fields = list(dict.fromkeys(field for own in flat.values() for field in own))
    values = {field: [str(own.get(field)) for own in flat.values()] for field in fields}
    differing = [field for field in fields if len(set(values[field])) > 1]
    table = parts.data_table(
        ("", *flat), [(field, *values[field]) for field in differing], "In what the contestants differ"
    )
    alike = parts.facts_list({field: values[field][0] for field in fields if field not in differing})
    return Section("Settings", parts.joined([table, parts.folded("What they have alike", alike)]))
