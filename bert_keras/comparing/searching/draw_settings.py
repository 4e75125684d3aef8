"""What Optuna decides: the settings of the next trial, and whether one is not worth its next epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.comparing.searching.search_space import Dimension, SearchSpace
from bert_keras.comparing.searching.trial_record import ENDED, FAILED, TrialRecord

_STARTING = 4  # trials that have ended, before one may be stopped
_DRAWS = 100


def optuna_module() -> Any:
    """Optuna, or an ImportError that says how to have it."""
    try:
        import optuna
    except ImportError as error:
        raise ImportError("bk.search draws with Optuna, which is not here: pip install optuna") from error
    return optuna


def draw_settings(
    space: SearchSpace, trials: Sequence[TrialRecord], metric: str, seed: int
) -> dict[str, float | int] | None:
    """What the next trial is to have; None where nothing new is found.

    The first ten are drawn at random, then by a tree of Parzen estimators. Each draw follows from the trials and the
    seed alone, so a search that was interrupted draws what it would have drawn.

    Args:
        space: what is drawn.
        trials: that have ended.
        metric: by which they are compared.
        seed: of the search.
    """
    tried = [trial.drawn for trial in trials]
    for attempt in range(_DRAWS):
        number = int(np.random.SeedSequence([seed, len(trials), attempt]).generate_state(1)[0])
        trial = _study(space, trials, metric, number).ask()
        drawn: dict[str, float | int] = {}
        for dimension in space.dimensions:
            if space.has_use(dimension, drawn):
                drawn[dimension.name] = dimension.rounded(_suggest(trial, dimension))
        if drawn not in tried:
            return drawn
    return None


def is_hopeless(
    space: SearchSpace,
    trials: Sequence[TrialRecord],
    metric: str,
    drawn: dict[str, float | int],
    scores: Sequence[float],
) -> bool:
    """Whether a trial's best score is below the median of the others after as many epochs, once four have ended."""
    study = _study(space, trials, metric, 0)
    study.enqueue_trial(drawn)
    trial = study.ask()
    for dimension in space.dimensions:
        if dimension.name in drawn:
            _suggest(trial, dimension)
    for epoch, score in enumerate(scores, 1):
        trial.report(score, epoch)
    return trial.should_prune()


def _study(space: SearchSpace, trials: Sequence[TrialRecord], metric: str, seed: int) -> Any:
    """A study of the trials that have ended. It is made anew for each decision: what is noted is all that decides."""
    optuna = optuna_module()
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_STARTING),
        )
    finally:
        optuna.logging.set_verbosity(verbosity)
    states = optuna.trial.TrialState
    for trial in trials:
        state = {ENDED: states.COMPLETE, FAILED: states.FAIL}.get(trial.state, states.PRUNED)
        study.add_trial(
            optuna.trial.create_trial(
                state=state,
                value=trial.run.scores[metric] if state == states.COMPLETE else None,
                params=trial.drawn,
                distributions={own.name: _distribution(own) for own in space.dimensions if own.name in trial.drawn},
                intermediate_values=dict(enumerate(trial.epochs, 1)),
            )
        )
    return study


def _distribution(dimension: Dimension) -> Any:
    distributions = optuna_module().distributions
    if dimension.choices:
        return distributions.CategoricalDistribution(range(len(dimension.choices)))
    if dimension.is_whole:
        return distributions.IntDistribution(int(dimension.low), int(dimension.high))
    return distributions.FloatDistribution(dimension.low, dimension.high, log=dimension.by_logarithm)


def _suggest(trial: Any, dimension: Dimension) -> float | int:
    if dimension.choices:
        return trial.suggest_categorical(dimension.name, range(len(dimension.choices)))
    if dimension.is_whole:
        return trial.suggest_int(dimension.name, int(dimension.low), int(dimension.high))
    return trial.suggest_float(dimension.name, dimension.low, dimension.high, log=dimension.by_logarithm)
