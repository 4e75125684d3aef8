"""`find_learning_rate`: a learning rate by a short training in which it rises at every step."""

import os
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.models.diverging import Diverged
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.rate_curve import RateCurve
from bert_keras.optimization.recipe import Recipe
from bert_keras.optimization.rising_rate import RisingRate
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.training_run.keywords import keywords
from bert_keras.running.training_run.run_encoder import check_handle, load_run_encoder
from bert_keras.running.training_run.run_model import fitting_recipe, run_model
from bert_keras.running.training_run.soften import soften
from bert_keras.training.callbacks import EpochOrder
from bert_keras.training.loss_by_step import LossByStep

LEAST_STEPS = 20


@checks.answers(**keywords("find_learning_rate"))
def find_learning_rate(
    task: str | os.PathLike | Task,
    encoder: str | os.PathLike | dict[str, Any],
    *,
    recipe: Recipe | None = None,
    lowest: float = 1e-6,
    highest: float = 1e-2,
    steps: int = 100,
    say: Callable[[str], None] = print,
) -> RateCurve:
    """Trains for some steps, in each with a higher learning rate, and says at which rate the loss fell.

    This is the range test of Smith (2017, https://arxiv.org/abs/1506.01186), of the training rows alone. Nothing is
    written, and what was trained is thrown away.

    >>> curve = bk.find_learning_rate("glue/sst2", "sample", recipe=bk.Recipe(batch_size=16))
    >>> print(curve)
    >>> bk.plot.learning_rates(curve)
    >>> bk.finetune("glue/sst2", "sample", "runs/sst2", recipe=bk.Recipe(learning_rate=curve.suggestion))

    Args:
        task, encoder: as for `bk.finetune`; the task needs no part but that it is trained on.
        recipe: of the training, as a run has it; `bk.Recipe()` if None. Its rate, warm-up, schedule, epochs,
            patience and checkpoints have no use here.
        lowest, highest: the rates of the first and of the last step.
        steps: 20 or more; each looks at one batch, in the order of the run's first epochs. It ends earlier where the
            loss has risen to twice its least.
        say: takes each line of progress.

    Raises:
        ValueError: for rates or steps out of range, and as `bk.finetune`.
        TypeError: for a keyword of another call, with what takes its place.
    """
    checks.integer("steps", steps, LEAST_STEPS)
    checks.number("lowest", lowest, 1e-12, 1.0)
    checks.number("highest", highest, 1e-12, 100.0)
    if highest < 10 * lowest:
        raise ValueError(checks.message("highest", f"be ten times lowest={lowest:g} or more", highest))
    recipe = Recipe() if recipe is None else recipe
    if not isinstance(recipe, Recipe):
        raise TypeError(checks.message("recipe", "be a bk.Recipe", recipe, "E.g. bk.Recipe(batch_size=16)."))
    if recipe.packed:
        raise ValueError(checks.message("packed", "be False here, where a text has a row of its own", True))
    checks.tensorflow_backend("bk.find_learning_rate")
    check_handle(encoder)
    chosen = load_task(task)
    recipe, native = fitting_recipe(recipe, chosen, encoder, ("train",))
    keras.utils.set_random_seed(recipe.seed)
    rows = chosen.rows(("train",))
    loaded = load_run_encoder(encoder, recipe, tf.distribute.get_strategy(), say)
    data = soften(chosen.data(rows, loaded, batch_size=recipe.batch_size, seed=recipe.seed), recipe, say)
    optimizer = build_optimizer(recipe, schedule=RisingRate(lowest, highest, steps))
    model, trained = run_model(data, loaded, recipe, native, optimizer=optimizer)
    say(f"{data.task}: {len(data.split('train')):,} rows; encoder {loaded.source}; trained: {trained}")
    say(f"  {steps} steps of {recipe.batch_size} rows, with rates from {lowest:g} to {highest:g}")
    looked, end = LossByStep(steps), ""
    try:
        epochs = -(-steps // len(data.order))
        model.fit(data.train, epochs=epochs, callbacks=[EpochOrder(data.order), looked], verbose=0)
    except Diverged as error:
        end = str(error)
    if looked.has_risen:
        end = "the loss had risen to twice its least"
    return RateCurve(np.array(looked.rates), np.array(looked.losses), end)
