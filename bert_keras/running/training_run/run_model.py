"""What a run trains: its recipe, once it is known to fit the task and the encoder, and the model that is compiled."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.data.task_data import TaskData
from bert_keras.encoders.encoder import Encoder
from bert_keras.features import POOLED
from bert_keras.models.task_model import TaskModel
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.running.training_run.run_encoder import is_native, precise_recipe
from bert_keras.running.training_run.soften import check_soft
from bert_keras.running.training_run.tuning import check_recipe, choose_weights


def fitting_recipe(recipe: Recipe, task: Task, encoder: Any, parts: Sequence[str]) -> tuple[Recipe, bool]:
    """The recipe in its precision, and whether the native encoder is trained, after all that can be said against it.

    Args:
        recipe, task: as a user chose them.
        encoder: as for `bk.finetune`.
        parts: that the task must have.
    """
    check_recipe(recipe, KINDS[task.kind], task.name)
    check_soft(recipe, task)
    for part in parts:
        if part not in task.parts:
            advice = "Pass validation_share=0.1 to hold it out." if part == "validation" else ""
            raise ValueError(checks.message("task", f"have the part '{part}'", list(task.parts), advice))
    recipe = precise_recipe(recipe)
    native = is_native(encoder, recipe)
    if recipe.recompute and not native:
        advice = "The hub's graph is what it is: pass native=True (--native)."
        raise ValueError(checks.message("recompute", "be False but for the native encoder", True, advice))
    if recipe.packed:
        task.check_packed()
        if recipe.pooling != POOLED:
            advice = "The mean is over the tokens of a row, which packed texts share."
            raise ValueError(checks.message("pooling", f"be '{POOLED}' with packed=True", recipe.pooling, advice))
        if not native:
            advice = "A hub's graph has a row for each text: pass native=True (--native)."
            raise ValueError(checks.message("packed", "be False but for the native encoder", True, advice))
    return recipe, native


def run_model(
    data: TaskData,
    encoder: Encoder,
    recipe: Recipe,
    native: bool,
    strategy: tf.distribute.Strategy | None = None,
    optimizer: AdamW | None = None,
    **execution: Any,
) -> tuple[TaskModel, str]:
    """The compiled model, and which of its weights are trained, in words.

    Args:
        data: what is trained on.
        encoder: loaded for the recipe.
        recipe: a fitting one.
        native: whether the encoder is the native one.
        strategy: in whose scope the model is made; the current one if None.
        optimizer: the recipe's if None.
        **execution: of `compile`.
    """
    with (strategy or tf.distribute.get_strategy()).scope():
        model = KINDS[data.kind].make_model(data, encoder, recipe)
        if native:
            encoder.recompute = recipe.recompute
        trained = choose_weights(encoder, recipe)
        optimizer = build_optimizer(recipe) if optimizer is None else optimizer
        model.compile(optimizer, micro_batches=recipe.micro_batches, **execution)
    return model, trained
