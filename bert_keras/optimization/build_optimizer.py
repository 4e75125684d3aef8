"""`build_optimizer`: the optimizer of a recipe."""

from typing import Any

from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.recipe import Recipe
from bert_keras.optimization.warmup_decay import WarmupDecay


def build_optimizer(recipe: Recipe | None = None, total_steps: int | None = None, schedule: Any = None) -> AdamW:
    """The recipe's optimizer: AdamW, warm-up and decay of the rate, clipped global norm.

    Args:
        recipe: its hyper-parameters; the defaults if None.
        total_steps: optimizer steps of the whole run; None lets the model's `fit` fill it in.
        schedule: a rate in place of the recipe's.
    """
    recipe = recipe or Recipe()
    if schedule is None:
        schedule = WarmupDecay(recipe.learning_rate, total_steps, recipe.warmup_share, schedule=recipe.schedule)
    return AdamW(
        learning_rate=schedule,
        weight_decay=recipe.weight_decay,
        global_clipnorm=recipe.clip_norm or None,
        epsilon=recipe.adam_epsilon,
        layer_decay=recipe.layer_decay,
        use_ema=recipe.ema > 0,
        ema_momentum=recipe.ema,
    )
