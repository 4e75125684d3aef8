"""`calibrate`: probabilities that say how often they are right, and a model that says where it does not know."""

import json
import os
import pathlib
import shutil
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.row_digests import RowDigests
from bert_keras.data.task_data import TaskData
from bert_keras.disk import check_replaceable, clear_errors, replacing, sha256_of
from bert_keras.foreign_names import foreign_names
from bert_keras.from_json import from_json
from bert_keras.manifest import Manifest
from bert_keras.models.divide_logits import divide_logits
from bert_keras.running.cards.model_card import model_card, write_model_card
from bert_keras.running.confidence.calibrated import Calibrated
from bert_keras.running.confidence.fit_confidence import fit_confidence
from bert_keras.running.evaluate import evaluator
from bert_keras.running.folders.folder_files import CALIBRATED, CARD, CONFIG, DECIDING, HEAD, ORDINARY, read_config
from bert_keras.running.folders.model_folder import head_bytes
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors
from bert_keras.tuned.predictor import Predictor


@checks.answers(**foreign_names("calibrate"))
def calibrate(
    model: Predictor | str | os.PathLike,
    data: Any = None,
    part: str = "validation",
    *,
    precision: float | None = None,
    false_alarms: float | None = None,
    assurance: float = 0.9,
    seed: int = 0,
    trained_rows: str = "refuse",
    trust: bool = False,
) -> Calibrated:
    """Fits a temperature, by which a model's probabilities say how often they are right, and keeps it in the model.

    The rows are drawn into two halves. On one the temperature is fitted, and the thresholds are chosen; all figures
    that are returned are of the other. The logits are divided by the temperature in the head's own weights, so that the
    predictor, exports of every format and the server give the same probabilities. What the model says stays as it is,
    until `precision` asks for a promise: then it says nothing where it is not sure enough.

    >>> print(bk.calibrate("runs/reviews", precision=0.9))
    temperature: ..., fitted on 204 rows of reviews.csv, held out in training
    measured on: the 204 others, drawn by seed 0
    expected calibration error: ... before, ... after
    log loss: ... before, ... after
    abstains: below ..., promised 0.9: ... of 149 are right, coverage ...

    Args:
        model: a model folder, which is replaced by the calibrated one as a whole or not at all; or a predictor, which
            is calibrated in memory alone, and of which `bk.export` writes what it says.
        data: rows with labels, as `bk.evaluate` takes them. If None those that were held out in training.
        part: as for `bk.evaluate`.
        precision: the share of what is said that shall be right, above 0 and below 1; of several labels of each label.
            `abstain_below` of the folder is then the threshold that lets most through and keeps it. None: the model
            abstains from nothing.
        false_alarms: the share of texts like these that may be called unlike them, above 0 and below 1: a classifier of
            texts then says of some that they are unlike all that it knows, and gives them no label. `unlike_above` of
            the folder is the least distance that keeps it. None: every text is taken for one like these.
        assurance: how sure each promise is, above 0 and below 1: at 0.9 it is broken by one of ten draws of rows.
        seed: of the draw of the halves.
        trained_rows: as for `Predictor.task_data`.
        trust: as for `bk.load`.

    Returns:
        The temperature, and figures before and after. Called again, it begins with the trained model's own logits.

    Raises:
        ValueError: for a kind whose confidence is not calibrated, a model of numbers, rows without labels, fewer than
            20 of them, half of them without a mistake or no better than chance, and a promise that they cannot bear or
            that is none of this kind.
        OSError: if the folder cannot be written; it stays as it was.
    """
    checks.integer("seed", seed, 0)
    checks.number("assurance", assurance, 1e-6, 1 - 1e-6)
    for name, value in {"precision": precision, "false_alarms": false_alarms}.items():
        if value is not None:
            checks.number(name, value, 1e-6, 1 - 1e-6)
    folder = None
    if not isinstance(model, Predictor):
        read_config(model)  # says what is no model folder
        folder = pathlib.Path(model).expanduser()
        check_replaceable("model", folder)
    predictor = model if folder is None else load(folder, trust=trust)
    if not isinstance(data, TaskData):
        data = predictor.task_data(part, data, trained_rows=trained_rows)
    options = {name: predictor.config.get(name) for name in KINDS[data.kind].evaluator.options}
    measure = evaluator(predictor.model, data, part, **options)
    evidence = measure.evidence()
    vectors = None if false_alarms is None else measure.vectors()
    before = (predictor.config.get("calibration") or {}).get("temperature", 1.0)
    labels = predictor.config.get("labels")
    asked = {"precision": precision, "assurance": assurance, "seed": seed, "false_alarms": false_alarms}
    found, is_fitted, ordinary = fit_confidence(evidence, labels, data.which, before, **asked, vectors=vectors)
    after = found.temperature / before
    changed = {**predictor.config, **evidence.settings(predictor.config, after), "calibration": found.to_config()}
    changed |= {"abstain_below": found.abstain_below, "unlike_above": found.unlike_above}
    divide_logits(predictor.model, after)
    if folder is None:
        predictor.config = changed
        predictor.know_ordinary(ordinary)
    else:
        rows = RowDigests.of(evidence.texts[row] for row in np.flatnonzero(is_fitted))
        _write(folder, predictor.model, changed, rows, ordinary)
    return found


def _write(
    folder: pathlib.Path, model: Any, config: dict[str, Any], rows: RowDigests, ordinary: OrdinaryVectors | None
) -> None:
    """Puts the folder with another head and config in the place of the folder."""
    with clear_errors("model", folder, "It stays as it was."), replacing(folder) as beside:
        shutil.copytree(folder, beside, dirs_exist_ok=True)
        (beside / HEAD).write_bytes(head_bytes(model))
        is_as_written = _is_as_written(beside, folder.resolve().name)
        config = {**config, "head": {"sha256": sha256_of([beside / HEAD])}}
        (beside / CONFIG).write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if is_as_written:
            write_model_card(beside, folder.resolve().name)
        rows.write(beside / CALIBRATED)
        (beside / ORDINARY).unlink(missing_ok=True)
        if ordinary is not None:
            ordinary.write(beside / ORDINARY)
        Manifest(beside).write(DECIDING)


def _is_as_written(folder: pathlib.Path, name: str) -> bool:
    """Whether the card is that of the run: one that a report measured for, or that a person changed, stays."""
    card = folder / CARD
    if not card.is_file():
        return False
    return card.read_text(encoding="utf-8", errors="replace") == model_card(
        from_json((folder / CONFIG).read_bytes()), name
    )
