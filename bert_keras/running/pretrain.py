"""`pretrain`: an encoder goes on learning from plain text, or begins with it, by masked words."""

import dataclasses
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.disk import check_replaceable, held
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.from_hub_encoder import NoBertError
from bert_keras.features import MASKED_LM
from bert_keras.masked_lm.masked_data import load_masked
from bert_keras.optimization.adamw import build_optimizer
from bert_keras.optimization.recipe import PRETRAINING, Recipe
from bert_keras.running.digests import digests
from bert_keras.running.evaluate import evaluator
from bert_keras.running.kinds import check_fields, data_options, make_model
from bert_keras.running.model_folder import CHECKPOINTS, check_out, portable_name
from bert_keras.running.precision import policy_of, precise_recipe
from bert_keras.running.pretraining_run import PretrainingRun, PretrainResult
from bert_keras.running.run_encoder import load_for_run
from bert_keras.running.tuning import check_tuning, choose_weights
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.devices import check_batch_size, choose_strategy, cluster_of
from bert_keras.training.execution import Execution
from bert_keras.training.workers import Workers

SIZES = ("num_layers", "hidden_size", "num_heads")  # of an encoder that begins anew, at least
_OPTIONS = (*SIZES, "intermediate_size", "max_positions", "type_vocab_size", "gelu", "dropout", "attention_dropout")


def pretrain(
    files_or_texts: Any,
    encoder: str | os.PathLike | dict[str, Any],
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    vocab_file: str | os.PathLike | None = None,
    lower_case: bool | None = None,
    validation: Any = None,
    held_out: float = 0.05,
    rows: str = "packed",
    masked_share: float = 0.15,
    whole_words: bool = True,
    limit: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    strategy: Any = "auto",
    jit_compile: bool = False,
    static_shapes: bool | None = None,
    steps_per_execution: int | None = None,
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> PretrainResult:
    """Trains an encoder on masked words of plain text and writes it, with its head, as a TF-Hub SavedModel.

    It goes on from a published encoder, with the head that came with it or a fresh one, or begins anew. The epoch with
    the best accuracy on held-out text is kept. There is no next-sentence task; the pooler stays what it was.

    >>> bk.pretrain("letters.txt", "bert_en_uncased_L-12_H-768_A-12", "encoders/letters", recipe=bk.Recipe(epochs=3))
    >>> bk.finetune("glue/cola", "encoders/letters", "runs/cola")

    >>> bk.learn_vocabulary("letters.txt", "vocab.txt", size=8000)
    >>> sizes = {"num_layers": 2, "hidden_size": 128, "num_heads": 2}
    >>> bk.pretrain("letters.txt", sizes, "encoders/small", vocab_file="vocab.txt")

    Args:
        files_or_texts: as for `bk.load_masked`.
        encoder: a handle for `bk.load_encoder`, of a plain BERT; or a dict of `bk.BertEncoder`'s arguments, with
            `num_layers`, `hidden_size` and `num_heads` at least, for one with random weights.
        out: the new encoder's folder. It is whole when the run ends; until then it holds checkpoints and logs.
        recipe: the hyper-parameters; `Recipe(learning_rate=1e-4)` if None. `dropout` and what belongs to tasks has no
            use here.
        vocab_file: the vocabulary, needed for an encoder that begins anew.
        lower_case: whether text is lower-cased; True for an encoder that begins anew if None.
        validation, held_out, rows, masked_share, whole_words, limit: as for `bk.load_masked`.
        resume, overwrite, jit_compile, static_shapes, steps_per_execution, callbacks, say: as for `bk.finetune`.
        strategy: as for `bk.finetune`, in one process.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for texts, a vocabulary or a seq_length as in `bk.load_masked`, an encoder without a native form, a
            resumed run with other settings or other text.
        RuntimeError: on another backend of Keras than TensorFlow.
        OSError: if `out` cannot be written.
    """
    checks.tensorflow_backend("bk.pretrain")
    recipe = precise_recipe(_checked_recipe(recipe))
    if cluster_of(strategy) is not None:
        raise ValueError(checks.message("strategy", "be that of one process to pretrain", strategy))
    folder = check_out(out, resume, overwrite)
    check_replaceable("out", folder)
    strategy, chosen = choose_strategy(strategy)
    execution = Execution.choose(strategy, jit_compile, static_shapes, steps_per_execution)
    check_batch_size(recipe.batch_size, recipe.micro_batches, strategy, execution.static_shapes)
    workers = Workers(strategy)
    keras.utils.set_random_seed(recipe.seed)
    loaded = _encoder(encoder, vocab_file, lower_case, recipe, strategy, say)
    masks = {"held_out": held_out, "rows": rows, "masked_share": masked_share, "whole_words": whole_words}
    options = {**masks, "limit": limit, "static_shapes": execution.static_shapes, **data_options(recipe, MASKED_LM)}
    data = load_masked(files_or_texts, loaded, validation=validation, **options)
    with strategy.scope():
        model = make_model(data, loaded, recipe)
        loaded.recompute = recipe.recompute
        trained = choose_weights(loaded, recipe)
        model.compile(build_optimizer(recipe), micro_batches=recipe.micro_batches, **dataclasses.asdict(execution))
    settings = {"encoder": portable_name(loaded.source), "trained": trained, "task": data.task, "limit": limit}
    settings |= {"head": "fresh" if loaded.mlm_weights is None else "the encoder's own", **masks}
    found = digests(settings, data, loaded)
    same = {f"sha256_{name}": found[name] for name in ("train", "validation", "encoder")}
    described = settings | same | dataclasses.asdict(recipe)
    checkpoints = Checkpoints(folder / CHECKPOINTS, f"val_{data.metrics[0]}", described, workers)
    measure = evaluator(model, data)
    before = measure()
    run = PretrainingRun(folder, recipe, data, model, checkpoints, measure, say, workers, before=before)
    run.introduce(chosen, trained)
    say(f"  head: {settings['head']}. On held-out text before: {_told(before)}")
    with held("out", folder / CHECKPOINTS):
        seconds = run.fit(checkpoints.restore(model) if resume else checkpoints.start(), callbacks or [])
        ended = run.finish(settings, seconds)
    say(f"on held-out text: {_told(before)} before, {_told(ended.metrics)} after")
    kept = (ended.metrics, ended.best_epoch, ended.history, ended.seconds)
    return PretrainResult(ended.folder, before, *kept, model)


def _told(metrics: dict[str, float]) -> str:
    return f"accuracy {metrics['masked_accuracy']:.4f}, perplexity {metrics['perplexity']:.1f}"


def _checked_recipe(recipe: Recipe | None) -> Recipe:
    if recipe is None:
        return PRETRAINING
    if not isinstance(recipe, Recipe):
        raise TypeError(checks.message("recipe", "be a bk.Recipe", recipe, "E.g. bk.Recipe(epochs=4)."))
    check_fields(recipe, MASKED_LM, "masked words")
    check_tuning(recipe)
    return recipe


def _encoder(
    encoder: Any,
    vocab_file: Any,
    lower_case: bool | None,
    recipe: Recipe,
    strategy: tf.distribute.Strategy,
    say: Callable[[str], None],
) -> Encoder:
    if isinstance(encoder, dict):
        return _fresh_encoder(encoder, vocab_file, lower_case, recipe, strategy)
    vocabulary = {"vocab_file": vocab_file, "lower_case": lower_case}
    try:
        return load_for_run(encoder, True, recipe, strategy, say, **vocabulary)
    except NoBertError as error:
        must = "be a plain BERT, whose weights are trained in native form with a head on its word table"
        raise ValueError(checks.message("encoder", must, str(encoder), error.reason)) from None


def _fresh_encoder(
    sizes: dict[str, Any], vocab_file: Any, lower_case: bool | None, recipe: Recipe, strategy: tf.distribute.Strategy
) -> BertEncoder:
    unknown = [name for name in sizes if name not in _OPTIONS]
    missing = [name for name in SIZES if name not in sizes]
    if unknown or missing:
        must = f"have {', '.join(SIZES)}, and may have {', '.join(_OPTIONS[len(SIZES) :])}"
        raise ValueError(checks.message("encoder", must, sizes))
    if vocab_file is None:
        advice = "bk.learn_vocabulary (bert-keras vocab) learns one from your text."
        raise ValueError(checks.message("vocab_file", "be given for an encoder that begins anew", None, advice))
    tokenizer = Tokenizer(pathlib.Path(vocab_file).expanduser(), True if lower_case is None else lower_case)
    options = {"seed": recipe.seed, "dtype": policy_of(recipe.precision), "name": "encoder"}
    with strategy.scope():
        made = BertEncoder(vocab_size=tokenizer.vocab_size, **sizes, **options)
    made.tokenizer, made.source = tokenizer, "random weights"
    return made
