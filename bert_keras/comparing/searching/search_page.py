"""`search_page`: a search as one HTML page, made of the parts of which reports are."""

import math
from collections.abc import Mapping
from typing import Any

from bert_keras.comparing.searching.search_result import SearchResult
from bert_keras.comparing.searching.trial_record import ENDED
from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.page import page
from bert_keras.inspection.reporting.section import Section


def search_page(result: SearchResult, settings: Mapping[str, Any]) -> str:
    """The document.

    Args:
        result: what came out.
        settings: of the search, as its file has them.
    """
    best = result.best
    below = "" if math.isnan(result.honest) else f"on rows that had no say in the choice {result.honest:.4f}"
    cards = [("The best", best.name, ""), (result.metric, f"{best.run.scores[result.metric]:.4f}", below)]
    cards += [("Trials", str(len(result.trials)), f"{sum(own.state == ENDED for own in result.trials)} ended")]
    said = parts.joined(parts.paragraph(sentence) for sentence in result.verdict)
    sections = [Section("What can be said", said), _code(result), _trials(result), _settings(settings)]
    summary = f"Settings searched on {result.task}, compared by {result.metric} of the dev rows."
    return page(result.task, summary, cards, sections, "It loads nothing.", "Search")


def _code(result: SearchResult) -> Section:
    shown = [parts.code(result.code, "in Python")]
    if result.command is not None:
        shown.append(parts.code(result.command, "in the shell, with the options that choose the data"))
    return Section("The best settings", parts.joined(shown))


def _trials(result: SearchResult) -> Section:
    columns, rows = result.cells()
    ended = [trial for trial in result.trials if trial.state == ENDED]
    numbers, scores = [trial.number for trial in ended], [trial.run.scores[result.metric] for trial in ended]
    best = [max(scores[: place + 1]) for place in range(len(scores))]
    drawn = [
        drawings.Line("each trial", numbers, scores, 0, False, True),
        drawings.Line("the best so far", numbers, best, 1, True),
    ]
    drawing = drawings.lines(drawn, "trial", result.metric, whole=True)
    picture = parts.picture(drawing, "The score of each trial that ended.", drawings.legend(drawn))
    table = parts.data_table(("Trial", *columns[1:]), rows, "Trials", (1,))
    return Section("Trials", parts.joined([table, parts.pictures([picture])]))


def _settings(settings: Mapping[str, Any]) -> Section:
    """What was drawn among, and what all trials have alike."""
    space = parts.facts_list({name: str(own) for name, own in settings["space"].items()})
    recipe = {name: str(own) for name, own in settings["recipe"].items() if name not in settings["space"]}
    alike = {name: str(settings[name]) for name in ("encoder", "strategy", "prune", "search_seed")}
    return Section(
        "Settings", parts.joined([space, parts.folded("What all trials have alike", parts.facts_list(recipe | alike))])
    )
