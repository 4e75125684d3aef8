"""Sections of a report that a model folder alone can tell: confidence, data, training, encoder, and how to use it."""

from collections.abc import Mapping
from typing import Any

from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.section import Section
from bert_keras.running.cards.code_lines import code_lines
from bert_keras.running.cards.facts import confidence_facts, data_facts, encoder_facts, training_facts

_UNSHOWN = ("learning_rate", "loss_scale")
_MOST_LABELS = 60  # of a table


def data_section(config: Mapping[str, Any], held_out: Mapping[str, int] | None = None) -> Section:
    """Rows by part, how they were split, and labels with their counts.

    Args:
        config: of the model folder.
        held_out: how many of the rows that were scored have each label; None or {} where that is not known.
    """
    facts = data_facts(config)
    counts = {name: own for name, own in (config.get("label_counts") or {}).items() if own}
    if held_out and held_out not in counts.values():
        counts = {**counts, "scored here": held_out}
    labels = list(config.get("labels") or ())
    if not counts or not labels:
        return Section("Data", parts.facts_list(facts))
    facts.pop("Labels", None)
    rows = [[label, *_cells(label, counts)] for label in labels[:_MOST_LABELS]]
    table = parts.data_table(("Label", *counts), rows, "Labels by part", range(1, 1 + len(counts)))
    more = [parts.paragraph(f"And {len(labels) - _MOST_LABELS:,} more labels.")] if len(labels) > _MOST_LABELS else []
    return Section("Data", parts.joined([parts.facts_list(facts), table, *more]))


def training_section(config: Mapping[str, Any]) -> Section:
    """The curves of all epochs, the recipe, the time it took, versions."""
    history = config.get("history") or []
    body = []
    if history:
        body += [parts.pictures(_curves(config, history)), parts.folded("The numbers of every epoch", _epochs(history))]
    return Section("Training", parts.joined([*body, parts.facts_list(training_facts(config))]))


def confidence_sections(config: Mapping[str, Any]) -> list[Section]:
    """What was measured when the model was calibrated; [] where it was not."""
    facts = confidence_facts(config)
    if not facts:
        return []
    note = parts.paragraph("What calibrating the model gave, on rows that it was not fitted on.")
    return [Section("Calibrated confidence", parts.joined([note, parts.facts_list(facts)]))]


def encoder_section(config: Mapping[str, Any], parameters: int | None) -> Section:
    """What is below the head."""
    facts = encoder_facts(config)
    if parameters is not None:
        facts = {**facts, "Parameters, with the head": f"{parameters:,}"}
    return Section("Encoder", parts.facts_list(facts))


def use_section(config: Mapping[str, Any], name: str) -> Section:
    """Lines of code that run in the folder that holds the model folder."""
    code = code_lines(config, name)
    blocks = [
        parts.code(code["load"], f"In the folder that holds “{name}”:"),
        parts.code(code["export"], "As a SavedModel, for TensorFlow alone and for TensorFlow Serving, in a shell:"),
        parts.code(code["serve"], "That, without bert_keras:"),
    ]
    return Section("How to use it", parts.joined(blocks))


def _cells(label: str, counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    totals = {name: sum(own.values()) or 1 for name, own in counts.items()}
    return [
        f"{own[label]:,} ({own[label] / totals[name]:.1%})" if label in own else "–" for name, own in counts.items()
    ]


def _curves(config: Mapping[str, Any], history: list[Mapping[str, Any]]) -> list[str]:
    """A picture for losses, one for shares and one for percent and other numbers, as far as there are such."""
    epochs = [entry["epoch"] for entry in history]
    official = {f"val_{name}" for name in config.get("metric_names", ())}
    names = list(dict.fromkeys(name for entry in history for name in entry["logs"]))
    chosen = [n for n in names if n not in _UNSHOWN and (not n.startswith("val_") or n in official or n == "val_loss")]
    groups: dict[str, list[drawings.Line]] = {}
    for name in chosen:
        values = [float(entry["logs"].get(name, float("nan"))) for entry in history]
        is_share = all(not abs(value) > 1 for value in values)
        group = "loss" if name.endswith("loss") else "share" if is_share else "score"
        own = groups.setdefault(group, [])
        own.append(drawings.Line(name, epochs, values, len(own), name.startswith("val_"), True))
    pictures = []
    for group, lines in sorted(groups.items()):
        shown = lines[: drawings.COLOURS]
        caption = {"loss": "Loss by epoch.", "share": "Metrics by epoch.", "score": "Scores by epoch."}[group]
        caption += " Dashed lines are of the validation rows." if any(line.is_dashed for line in shown) else ""
        drawing = drawings.lines(shown, "epoch", group, whole=True)
        pictures.append(parts.picture(drawing, caption, drawings.legend(shown)))
    return pictures


def _epochs(history: list[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for entry in history for name in entry["logs"]))
    rows = [
        [entry["epoch"], *(f"{entry['logs'][name]:.4g}" if name in entry["logs"] else "" for name in names)]
        for entry in history
    ]
    return parts.data_table(("Epoch", *names), rows, "Every epoch", range(1, 1 + len(names)))
