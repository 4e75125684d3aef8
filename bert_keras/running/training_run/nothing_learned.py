"""`nothing_learned`: what is said after training where a model seems to know no more than before."""

from typing import Any

from bert_keras.features import MEAN
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.unlearned import unlearned

# docs/scores.md: of CoLA 3 of 5 runs learned nothing, and none of the runs with one of these
_MAY_HELP = {"pooling": MEAN, "layer_decay": 0.9, "reinit_layers": 1}


def nothing_learned(kind: str, recipe: Recipe, measure: Evaluator, history: list[dict[str, Any]]) -> list[str]:
    """A line with the reason and what may help, where the last epoch shows that nothing was learned; else none.

    Args:
        kind: of the task; pretraining is not judged.
        recipe: the run's; what it has set already is not named.
        measure: the dev part's, as the last epoch has left it: no pass over the rows is made.
        history: of the epochs.
    """
    if KINDS[kind].predictor is None or not history:
        return []
    why = unlearned(measure.last_answers(), history)
    own = {name: value for name, value in _MAY_HELP.items() if getattr(recipe, name) == getattr(Recipe, name)}
    if recipe.packed or "pooling" not in KINDS[kind].recipe_fields:
        own.pop("pooling", None)
    helps = [f"{name}={value!r}" for name, value in own.items()]
    advice = ", ".join(["Other seeds may, or another learning rate (bk.find_learning_rate)", *helps, "or more rows."])
    return [f"it seems that nothing was learned. {why} {advice}"] if why else []
