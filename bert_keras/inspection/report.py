"""`report`: all that is known of a tuned model, in one HTML file, and its model card."""

import os
import pathlib
import re
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.foreign_names import foreign_names
from bert_keras.inspection.reporting import parts
from bert_keras.inspection.reporting.choice_findings import choice_findings
from bert_keras.inspection.reporting.findings import Findings
from bert_keras.inspection.reporting.folder_sections import (
    confidence_sections,
    data_section,
    encoder_section,
    training_section,
    use_section,
)
from bert_keras.inspection.reporting.measured import Measured
from bert_keras.inspection.reporting.page import page
from bert_keras.inspection.reporting.question_findings import question_findings
from bert_keras.inspection.reporting.report_file import check_report_file, write_report_file
from bert_keras.inspection.reporting.score_sections import score_cards, score_section
from bert_keras.inspection.reporting.section import Section
from bert_keras.inspection.reporting.tag_findings import tag_findings
from bert_keras.inspection.reporting.text_findings import text_findings
from bert_keras.running.cards.facts import kind_in_words
from bert_keras.running.cards.model_card import is_unchanged, markdown_table, model_card
from bert_keras.running.evaluate import evaluate
from bert_keras.running.folders.folder_files import CARD
from bert_keras.running.loading.load import load

_ABSOLUTE = re.compile(r"(?<![\w:/.~…])/[^\s'\",;]+")  # a path, and not the end of an address
# By kind; of another kind a report has the scores of its evaluator.
_FINDINGS = {
    "text_classification": text_findings,
    "question_answering": question_findings,
    "token_classification": tag_findings,
    "multiple_choice": choice_findings,
}


@checks.answers(**foreign_names("report"))
def report(
    folder: str | os.PathLike,
    out: str | os.PathLike | None = None,
    *,
    data: Any = None,
    part: str = "validation",
    data_dir: str | os.PathLike | None = None,
    trained_rows: str = "refuse",
    trust: bool = False,
) -> str:
    """Writes what is known of a tuned model as one HTML file, which needs no network, and its model card.

    It measures the model on rows with labels: scores with intervals, scores by class or type, what is taken for
    what, calibration and the worst errors. To these come the curves of training, the data, the encoder, and how to
    use the model. Where the rows cannot be had, the report holds what the folder says, and says so.

    The model card is `README.md` of the folder, with the metadata that model hubs read. One that somebody has changed
    by hand stays as it is, with a warning.

    >>> bk.report("runs/reviews")
    'runs/reviews/report.html'
    >>> bk.report("runs/mrpc", "mrpc.html", data_dir="~/tensorflow_datasets")

    Args:
        folder: what `bk.finetune` wrote.
        out: the file; `report.html` in the folder if None. A report that is there is made again.
        data: what is scored: data of `bk.load_task` and its sisters for this model's encoder; or a task or a file of
            your own, as `Predictor.task_data` takes them. If None the rows that were held out in training.
        part: "validation", "test" or "train".
        data_dir: as in `bk.load_task`.
        trained_rows: as for `Predictor.task_data`.
        trust: as for `bk.load`.

    Returns:
        The file written.

    Raises:
        ValueError: if the folder is no model folder, or `data` cannot be scored by its model.
        FileExistsError: if `out` is there and is no report.
        OSError: if it cannot be written.
    """
    file = check_report_file(folder, out, part)
    predictor = load(folder, trust=trust)
    path = pathlib.Path(folder).expanduser().resolve()
    name, config = path.name, predictor.config
    chosen, missing = _data(predictor, data, part, data_dir, trained_rows)
    found = {} if chosen is None else _findings(predictor, chosen, part)
    first = next(iter(found.values()), None)
    told = chosen is not None and hasattr(chosen, "label_counts")
    held_out = chosen.label_counts(next(iter(found))) if told and found else None
    sections = []
    if missing:
        text = (
            f"The rows to score the model on cannot be had here: {missing} So this report holds what the model folder "
        )
        sections.append(Section("Scores", parts.joined([parts.note(text + "says of itself."), _kept_scores(config)])))
    for split, own in found.items():
        ending = f" – {split}" if len(found) > 1 else ""
        of = _rows_of(chosen, split)
        whole = [score_section(own.scores, of, own.note), *own.sections]
        sections += [Section(section.title + ending, section.body) for section in whole]
    parameters = sum(int(np.prod(weight.shape)) for weight in predictor.model.weights)
    sections += [*confidence_sections(config), training_section(config), data_section(config, held_out)]
    sections += [encoder_section(config, parameters), use_section(config, name)]
    cards = score_cards(first.scores) if first else score_cards(_kept(config))
    cards += [("Rows scored", f"{first.rows:,}", next(iter(found)))] if found else []
    cards += [("Parameters", f"{parameters / 1e6:.1f} M", "with the head")]
    end = f"Written by bert_keras {config.get('versions', {}).get('bert-keras') or ''}".rstrip() + ". It loads nothing."
    write_report_file(file, page(name, f"{kind_in_words(config)}.", cards, sections, end))
    _write_card(path, name, config, found, chosen)
    return str(file)


def _data(
    predictor: Any, data: Any, part: str, data_dir: str | os.PathLike | None, trained_rows: str
) -> tuple[TaskData | None, str]:
    """The data to score, or why there are none."""
    if isinstance(data, TaskData):
        if not data.names_of(part):
            raise ValueError(checks.message("part", "be a part of `data`", part, f"There are: {list(data.splits)}."))
        return data, ""
    if data is not None or data_dir is not None:
        return predictor.task_data(part, data, data_dir, trained_rows), ""
    try:
        return predictor.task_data(part), ""
    except (ValueError, OSError) as error:
        return None, _reason(error)


def _reason(error: Exception) -> str:
    """What an error says, without the folders of this machine: a report travels."""
    text = " ".join(str(error).split()).removeprefix("`task` must be given. Received: task=None. ")
    for folder, sign in ((os.getcwd(), "."), (os.path.expanduser("~"), "~")):
        text = text.replace(folder + os.sep, sign + os.sep) if len(folder) > 1 else text
    return _ABSOLUTE.sub(lambda found: "…/" + os.path.basename(found[0].rstrip("/")), text)


def _findings(predictor: Any, data: TaskData, part: str) -> dict[str, Findings]:
    """What was measured, by split."""
    measure = _FINDINGS.get(data.kind)
    if measure is None:
        scores = tuple(Measured(name, value, top=None) for name, value in evaluate(predictor.model, data, part).items())
        return {part: Findings(scores, sum(map(data.row_count, data.names_of(part))), ())}
    return {name: measure(predictor, data, name) for name in data.names_of(part)}


def _rows_of(data: TaskData, split: str) -> str:
    what = f" {data.which}" if data.which else f" of {data.task}"
    return f"the {data.row_count(split):,} {split} rows{what}" if split in data.splits else f"the {split} rows{what}"


def _kept(config: dict[str, Any]) -> list[Measured]:
    """The scores of training, without intervals."""
    percent = config.get("kind") == "question_answering"
    names = [name for name in config.get("metric_names", ()) if name in config.get("metrics", {})]
    return [Measured(name, config["metrics"][name], top=100.0 if percent else None) for name in names]


def _kept_scores(config: dict[str, Any]) -> str:
    rows = [(name, f"{value:.4f}") for name, value in (config.get("metrics") or {}).items()]
    return parts.data_table(("Score of the validation rows in training", "Value"), rows, "Scores of training", (1,))


def _write_card(
    folder: pathlib.Path, name: str, config: dict[str, Any], found: dict[str, Findings], data: TaskData | None
) -> None:
    """Writes the model card, unless somebody has written another."""
    card = folder / CARD
    if card.exists() and not is_unchanged(card.read_text(encoding="utf-8", errors="replace")):
        checks.warn(f"{card} was changed by hand, and stays as it is: remove it to have it written again.")
        return
    if not found:
        content = model_card(config, name)
    else:
        split, own = next(iter(found.items()))
        scores = {score.name: score.value for score in own.scores}
        intervals = {score.name: (score.low, score.high) for score in own.scores if score.low == score.low}
        tables = [] if own.table is None else [(f"Scores by {own.table[0][0].lower()}", markdown_table(*own.table))]
        content = model_card(config, name, scores, intervals, (split, _rows_of(data, split)), tables)
    write_report_file(card, content)
