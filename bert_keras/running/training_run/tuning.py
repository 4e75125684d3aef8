"""What of a model is trained: all of it, LoRA's matrices or the biases; and in words, which weights these are."""

import dataclasses
from typing import Any

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.lora_adapter import check_matrices
from bert_keras.encoders.matching_weights import matching_weights
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.tuned.kind import Kind

BIASES = ("bias", "beta")  # Ben Zaken et al., 2021, https://arxiv.org/abs/2106.10199: those of the layer norms too
_LORA_FIELDS = ("lora_rank", "lora_alpha", "lora_on")


def check_recipe(recipe: Recipe, kind: Kind, task: str) -> None:
    """Raises ValueError for fields that tasks of this kind have no use for, and settings of LoRA that are wrong."""
    of_kinds = {name for other in KINDS.values() for name in other.recipe_fields}
    for name in of_kinds - set(kind.recipe_fields):
        if getattr(recipe, name) != getattr(Recipe, name):
            must = f"be left at {getattr(Recipe, name)} for {task}, which has no use for it"
            raise ValueError(checks.message(name, must, getattr(recipe, name)))
    if recipe.tune == "lora":
        check_matrices("lora_on", recipe.lora_on)
        if recipe.lora_alpha == 0:
            raise ValueError(checks.message("lora_alpha", "be above 0", recipe.lora_alpha))
        return
    for name in _LORA_FIELDS:
        if getattr(recipe, name) != getattr(Recipe, name):
            must = f"be left at {getattr(Recipe, name)!r} with tune={recipe.tune!r}, which has no use for it"
            raise ValueError(checks.message(name, must, getattr(recipe, name), "Pass tune='lora' (--tune lora)."))


def changing_numbers(recipe: Recipe) -> dict[str, Any]:
    """The fields of a recipe that must be equal for a run to go on: all that change a number."""
    fields = dataclasses.asdict(recipe)
    del fields["checkpoint_every"]
    return fields


def choose_weights(encoder: Encoder, recipe: Recipe) -> str:
    """Leaves those weights of `encoder` trainable that the recipe says; returns what is trained, in words.

    The last `reinit_layers` are given random weights before.

    Raises:
        ValueError: if `freeze` matches no weight, or none that is trained; if `lora_rank` is above the encoder's width;
            if weights would stay random, or `layer_decay` has no weight of the encoder to go by.
    """
    drawn = encoder.reinitialize(recipe.reinit_layers, recipe.seed) if recipe.reinit_layers else []
    if recipe.tune == "lora":
        checks.integer("lora_rank", recipe.lora_rank, 1, encoder.config.hidden_size, "the encoder's width")
        encoder.add_lora(recipe.lora_rank, recipe.lora_alpha, recipe.lora_on)
    elif recipe.tune == "biases":
        encoder.train_only(*BIASES)
    if recipe.freeze:
        before = _trained(encoder)
        matching_weights(encoder.tunable_weights(), (recipe.freeze,), "freeze")
        encoder.freeze(recipe.freeze)
        if len(_trained(encoder)) == len(before):
            must = f"match weights that tune={recipe.tune!r} trains"
            advice = f"These are {before[0]}, {before[-1]} and the like." if before else ""
            raise ValueError(checks.message("freeze", must, recipe.freeze, advice))
    trained = _trained(encoder)
    still = [name for name in drawn if name not in trained]
    if still:
        must = "be 0 where weights of these layers are not trained, and would stay random"
        raise ValueError(checks.message("reinit_layers", must, recipe.reinit_layers, f"E.g. {still[0]} is not."))
    if recipe.layer_decay != 1.0 and not trained:
        must = "be left at 1.0 where the head alone is trained, which has the whole rate"
        raise ValueError(checks.message("layer_decay", must, recipe.layer_decay))
    return _in_words(encoder, recipe)


def _trained(encoder: Encoder) -> list[str]:
    return [name for name, weight in encoder.tunable_weights().items() if weight.trainable]


def _in_words(encoder: Encoder, recipe: Recipe) -> str:
    words = _which(encoder, recipe)
    if encoder.layers_before is not None:
        words += f"; the first {encoder.config.num_layers} of {encoder.layers_before} layers were kept"
    if recipe.reinit_layers:
        words += f"; the last {recipe.reinit_layers} of {encoder.config.num_layers} layers and the pooler begin anew"
    if recipe.layer_decay != 1.0:
        depths = encoder.layer_depths()
        deepest = encoder.config.num_layers + 1 - min(depths[name] for name in _trained(encoder))
        lowest = recipe.learning_rate * recipe.layer_decay**deepest
        words += f"; layer decay {recipe.layer_decay:g}: the peak rates are {lowest:.3g} to {recipe.learning_rate:g}"
    if recipe.ema:
        words += f"; what is kept are averages of these weights over the steps, of momentum {recipe.ema:g}"
    return words


def _which(encoder: Encoder, recipe: Recipe) -> str:
    names = _trained(encoder)
    if not names:
        return "the head alone"
    if recipe.tune == "biases":
        return f"{len(names)} biases of the encoder, those of its layer norms among them, and the head"
    if recipe.tune == "all":
        return f"{len(names)} of {len(encoder.named_weights())} weights of the encoder, and the head"
    layers = len({name.split("/")[1] for name in names})
    matrices = encoder.lora["matrices"].replace(",", ", ")
    return f"LoRA of rank {recipe.lora_rank}, alpha {recipe.lora_alpha:g}, on {matrices} of {layers} layers; the head"
