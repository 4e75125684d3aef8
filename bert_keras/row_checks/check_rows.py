"""`check_rows`: what models that learn from the rows say of the rows."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.splitting import part_of
from bert_keras.data.task import Task
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import SINGLE_LABEL, WINDOWS
from bert_keras.optimization.recipe import Recipe
from bert_keras.row_checks.checking_recipe import CHECKING_RECIPE, FROZEN, HOWS, TUNED
from bert_keras.row_checks.confused_classes import confused_classes
from bert_keras.row_checks.cut_questions import cut_questions
from bert_keras.row_checks.cut_rows import Cut, cut_rows, find_cuts
from bert_keras.row_checks.folds import folds as dealt
from bert_keras.row_checks.held_out_chances import frozen_chances, tuned_chances
from bert_keras.row_checks.likely_errors import is_steady, likely_errors
from bert_keras.row_checks.near_doubles import groups_of, near_doubles
from bert_keras.row_checks.pooled_rows import NO_LABEL, PooledRows
from bert_keras.row_checks.question_doubles import question_doubles
from bert_keras.row_checks.row_report import RowReport
from bert_keras.row_checks.telling_words import telling_words
from bert_keras.running.keywords import keywords
from bert_keras.running.load_task import load_task
from bert_keras.running.run_encoder import check_handle
from bert_keras.text_classification.text_task import TextTask
from bert_keras.tuned.embed import Embedder

MOST_FOLDS = 20


@checks.answers(**keywords("finetune"))
def check_rows(
    task: str | os.PathLike | Task,
    encoder: Any = "sample",
    *,
    how: str = TUNED,
    folds: int = 3,
    recipe: Recipe | None = None,
    seed: int = 0,
    say: Callable[[str], None] = print,
) -> RowReport:
    """Learns from your rows, and says which of them are likely at fault.

    >>> report = bk.check_rows(bk.load_files("reviews.csv", text="review", label="stars", validation_share=0))
    >>> print(report)
    >>> report.wrong_labels[0].place, report.wrong_labels[0].expected

    The rows of all parts are dealt into folds, each class evenly and equal texts together; a model that is trained on
    the other folds says what the labels of each should be. Nothing that a finding rests on was trained on its row. What
    is found: labels that are likely wrong; rows that stand in two parts, or with two labels; words that give a label
    away; classes that are taken for each other; rows whose end is cut off, and the answer with it.

    Of questions it is looked at doubles between parts, and at answers that a model cannot read or give.

    Args:
        task: a name, a file or a `Task`, as for `bk.finetune`: texts or pairs with one class each, or questions. Its
            seq_length is that at which texts are cut. Weights of rows have no use here.
        encoder: as for `bk.finetune`; with how="frozen" an encoder that is loaded, too.
        how: "tuned" fine-tunes the encoder for each fold; "frozen" fits a logistic regression over its vectors, which
            is quicker and finds less.
        folds: 2 to 20; fewer where a class has fewer rows.
        recipe: of the fine-tuning; None for 2 epochs of batches of 64 with a peak of 7e-5, over the mean of all tokens.
        seed: of the draw of folds.
        say: takes each line of progress.

    Raises:
        ValueError: for data of another kind; for several labels or numbers; for classes with too few rows.
        TypeError: for an encoder that is loaded already, which cannot be tuned anew for each fold.
    """
    checks.one_of("how", how, HOWS)
    checks.integer("folds", folds, 2, MOST_FOLDS)
    checks.integer("seed", seed, 0)
    if recipe is not None and how == FROZEN:
        raise ValueError(checks.message("recipe", "be None with how='frozen', which trains no encoder", recipe))
    recipe = CHECKING_RECIPE if recipe is None else recipe
    if not isinstance(recipe, Recipe):
        raise TypeError(checks.message("recipe", "be a bk.Recipe", recipe, "E.g. bk.Recipe(epochs=2)."))
    chosen = load_task(task)
    if chosen.kind == "question_answering":
        return _check_questions(chosen, encoder)
    _check_task(chosen)
    if how == TUNED:
        check_handle(encoder)
    rows = PooledRows.of(chosen.rows())
    labelled = np.flatnonzero(rows.labels != NO_LABEL)
    fold_of = _folds(rows, labelled, chosen.label_names, folds, seed)
    count = int(fold_of.max()) + 1
    embedder = _embedder(encoder, chosen.seq_length)
    capacity = chosen.seq_length
    if chosen.long_text == WINDOWS:
        capacity = chosen.max_windows * (chosen.seq_length - 2) + 2
    cuts = find_cuts(rows, embedder.encoder.tokenizer, capacity)
    parts = {name: rows.parts.count(name) for name in dict.fromkeys(rows.parts)}
    vectors = None
    if how == FROZEN or len(parts) > 1:
        say(f"{len(rows):,} rows as vectors")
        vectors = _vectors(embedder, rows.texts)
    say("doubles")
    doubles = near_doubles(rows, vectors)
    names = chosen.label_names
    telling = telling_words(
        [rows.text(row) for row in labelled], rows.labels[labelled], names, [rows.places[row] for row in labelled]
    )
    rests = _rests(cuts, labelled)
    own = rows.labels[labelled]
    if how == FROZEN:
        beside = _vectors(embedder, ([text for _, text in rests],)) if rests else np.zeros((0, vectors.shape[1]))
        places = [row for row, _ in rests]
        chances, of_rests = frozen_chances(vectors[labelled], own, len(names), fold_of, beside, places)
        learned = f"logistic regressions over vectors of {embedder.encoder.source or 'the encoder'}"
    else:
        pool = PooledRows(
            tuple([column[row] for row in labelled] for column in rows.texts),
            own,
            [rows.parts[row] for row in labelled],
            [rows.places[row] for row in labelled],
        )
        del vectors
        chances, of_rests = tuned_chances(chosen, pool, fold_of, encoder, recipe, rests, say)
        learned = f"{embedder.encoder.source or 'the encoder'}, fine-tuned"
    all_chances = np.full((len(rows), len(names)), np.nan)
    all_chances[labelled] = chances
    of_rows = {int(labelled[row]): share for (row, _), share in zip(rests, of_rests, strict=True)}
    _, confused = confused_classes(chances.argmax(axis=1), own, names)
    notes = [] if len(labelled) == len(rows) else [f"{len(rows) - len(labelled):,} rows have no label to be looked at"]
    if not is_steady(chances, own):
        notes.append(
            "the models have learned too little to tell wrong labels from their own mistakes: believe these least"
        )
    return RowReport(
        chosen.name,
        parts,
        f"{learned}, {count} folds",
        float(np.mean(chances.argmax(axis=1) == own)),
        tuple(likely_errors(rows, labelled, chances, names)),
        tuple(doubles),
        tuple(telling),
        tuple(confused),
        tuple(cut_rows(rows, cuts, capacity, names, telling, all_chances, of_rows)),
        tuple(notes),
    )


def _check_task(task: Task) -> None:
    problem = getattr(task, "problem_type", None)
    if not isinstance(task, TextTask) or problem != SINGLE_LABEL:
        must = "be texts or pairs with one class each, or questions, for bk.check_rows"
        advice = "bk.check_files says what can be said without learning."
        raise ValueError(checks.message("task", must, task.kind if problem is None else problem, advice))


def _folds(rows: PooledRows, labelled: np.ndarray, names: tuple[str, ...], count: int, seed: int) -> np.ndarray:
    if not len(labelled):
        raise ValueError(checks.message("task", "have rows with a label", len(rows), "bk.check_files needs none."))
    labels, groups = rows.labels[labelled], groups_of(rows)[labelled]
    for number, name in enumerate(names):
        texts = len(np.unique(groups[labels == number]))
        if texts < 2:
            must = "have 2 different texts of each class at least: one is learned from, and one is looked at"
            raise ValueError(checks.message("task", must, f"{texts} of '{name}'", "Give more rows, or leave it out."))
        count = min(count, texts)
    return dealt(labels, groups, count, seed)


def _embedder(encoder: Any, seq_length: int) -> Embedder:
    loaded = encoder
    if isinstance(encoder, dict) and "handle" in encoder:
        stated = {name: value for name, value in encoder.items() if name != "handle"}
        loaded = load_encoder(encoder["handle"], **{"trainable": False, **stated})
    elif isinstance(encoder, dict):
        advice = "Pass the handle of one that was pretrained."
        raise ValueError(checks.message("encoder", "be one that has learned something", encoder, advice))
    embedder = Embedder(loaded, "mean", 64)
    if embedder.encoder.tokenizer is None:
        raise ValueError(checks.message("encoder", "have a tokenizer", loaded))
    longest = min(seq_length, embedder.seq_length)
    return embedder if longest == embedder.seq_length else Embedder(embedder.encoder, "mean", 64, longest)


def _vectors(embedder: Embedder, texts: tuple[Any, ...]) -> np.ndarray:
    """float32 [rows, size]; of pairs both texts' vectors, how they differ, and what they share."""
    first = embedder(list(texts[0]))
    if len(texts) == 1:
        return first
    second = embedder(list(texts[1]))
    return np.concatenate([first, second, np.abs(first - second), first * second], axis=1)


def _rests(cuts: list[Cut], labelled: np.ndarray) -> list[tuple[int, str]]:
    """What is cut off of rows with a label, each with the number of its row among these."""
    numbers = {int(row): number for number, row in enumerate(labelled)}
    return [(numbers[cut.row], cut.rest) for cut in cuts if cut.row in numbers and cut.rest and cut.rest.strip()]


def _check_questions(task: Any, encoder: Any) -> RowReport:
    loaded: Encoder = encoder if isinstance(encoder, Encoder) else load_encoder(encoder, trainable=False)
    sizes = {"doc_stride": task.doc_stride, "max_query_length": task.max_query_length}
    preprocessor = loaded.question_preprocessor(task.seq_length, **sizes)
    parts = task.rows()
    cut = [
        item
        for name, own in parts.items()
        for item in cut_questions(own, part_of(name), preprocessor, task.max_answer_length)
    ]
    return RowReport(
        task.name,
        {name: len(own) for name, own in parts.items()},
        f"windows of {task.seq_length} tokens of {loaded.source or 'the encoder'}'s tokenizer; no model was trained",
        None,
        doubles=tuple(question_doubles(parts)),
        cut=tuple(sorted(cut, key=lambda item: not item.loses_answer)),
        notes=("labels are not looked at, which questions do not have",),
    )
