"""`check_rows`: what models that learn from the rows say of the rows."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.folds import folds as dealt
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
from bert_keras.row_checks.held_out_chances import frozen_chances, tuned_chances
from bert_keras.row_checks.likely_errors import is_steady, likely_errors
from bert_keras.row_checks.near_doubles import groups_of, near_doubles
from bert_keras.row_checks.pooled_rows import NO_LABEL, PooledRows
from bert_keras.row_checks.question_doubles import question_doubles
from bert_keras.row_checks.row_report import RowReport
from bert_keras.row_checks.telling_words import telling_words
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.folders.model_folder import portable_name
from bert_keras.running.kinds import KINDS
from bert_keras.running.training_run.keywords import keywords
from bert_keras.running.training_run.run_encoder import check_handle
from bert_keras.running.training_run.tuning import check_recipe
from bert_keras.text_classification.text_task import TextTask
from bert_keras.tuned.embed import Embedder

MOST_FOLDS = 20
_HOW = {TUNED: "{}, fine-tuned", FROZEN: "logistic regressions over vectors of {}"}
# Fields of a recipe that a training of one fold has no use for; a teacher may have seen the row.
_UNUSED = ("label_smoothing", "teacher", "teacher_share", "packed", "patience", "checkpoint_every")


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
        checks.tensorflow_backend("bk.check_rows with how='tuned'", "how='frozen' takes any.")
        check_handle(encoder)
        _check_recipe(recipe, chosen)
    rows = PooledRows.of(chosen.rows())
    labelled = np.flatnonzero(rows.labels != NO_LABEL)
    fold_of = _folds(rows, labelled, chosen.label_names, folds, seed)
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
    names, pool = chosen.label_names, rows.take(labelled)
    telling = telling_words([pool.text(row) for row in range(len(pool))], pool.labels, names, pool.places)
    rests = _rests(cuts, labelled)
    if how == FROZEN:
        beside = _vectors(embedder, ([text for _, text in rests],)) if rests else np.zeros((0, vectors.shape[1]))
        places = [row for row, _ in rests]
        learned = frozen_chances(vectors[labelled], pool.labels, len(names), fold_of, beside, places)
    else:
        learned = tuned_chances(chosen, pool, fold_of, encoder, recipe, rests, say)
    chances, expected = learned.of_rows, learned.of_rows.argmax(axis=1)
    all_chances = np.full((len(rows), len(names)), np.nan)
    all_chances[labelled] = chances
    of_rests = {int(labelled[row]): share for (row, _), share in zip(rests, learned.of_beside, strict=True)}
    return RowReport(
        chosen.name,
        parts,
        f"{_HOW[how].format(_name(embedder.encoder))}, {int(fold_of.max()) + 1} folds",
        float(np.mean(expected == pool.labels)),
        tuple(likely_errors(rows, labelled, chances, names)),
        tuple(doubles),
        tuple(telling),
        tuple(confused_classes(expected, pool.labels, names)),
        tuple(cut_rows(rows, cuts, capacity, names, telling, all_chances, of_rests)),
        _notes(len(rows) - len(pool), is_steady(chances, pool.labels)),
    )


def _notes(unlabelled: int, has_learned: bool) -> tuple[str, ...]:
    notes = [f"{unlabelled:,} rows have no label to be looked at"] if unlabelled else []
    if not has_learned:
        own = "their own mistakes are among the labels that they call wrong"
        notes.append(f"the models have learned too little, and {own}: more rows, or how='tuned', tell better")
    return tuple(notes)


def _check_task(task: Task) -> None:
    problem = getattr(task, "problem_type", None)
    if not isinstance(task, TextTask) or problem != SINGLE_LABEL:
        must = "be texts or pairs with one class each, or questions, for bk.check_rows"
        advice = "bk.check_files says what can be said without learning."
        raise ValueError(checks.message("task", must, task.kind if problem is None else problem, advice))


def _check_recipe(recipe: Recipe, task: TextTask) -> None:
    for name in _UNUSED:
        if getattr(recipe, name) != getattr(Recipe, name):
            must = f"be left at {getattr(Recipe, name)!r} for bk.check_rows, which has no use for it"
            raise ValueError(checks.message(name, must, getattr(recipe, name)))
    check_recipe(recipe, KINDS[task.kind], task.name)


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


def _name(encoder: Encoder) -> str:
    return portable_name(encoder.source) if encoder.source else "the encoder"


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
        f"windows of {task.seq_length} tokens of {_name(loaded)}'s tokenizer; no model was trained",
        None,
        doubles=tuple(question_doubles(parts)),
        cut=tuple(sorted(cut, key=lambda item: not item.loses_answer)),
        notes=("labels are not looked at, which questions do not have",),
    )
