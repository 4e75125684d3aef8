"""Comparisons without training, for the tests of what is said of them."""

from bert_keras.comparing.comparison import Comparison
from bert_keras.comparing.run_record import RunRecord
from bert_keras.metrics.paired_difference import paired_difference


def record(name, seed, accuracy=None, unlearned="", seconds=12.0, memory=2**30, folder=None):
    scores = {} if accuracy is None else {"accuracy": accuracy, "f1": accuracy / 2}
    return RunRecord(name, seed, scores, unlearned, seconds, memory, 0 if accuracy is None else 2, folder)


def comparison(scores, baseline=None, unlearned=(), notes=()):
    """Of accuracies by contestant, None where a run has none; runs in `unlearned`, (name, seed), learned nothing."""
    names, count = tuple(scores), len(next(iter(scores.values())))
    runs = tuple(
        record(name, seed, scores[name][seed], "It failed." if (name, seed) in unlearned else "")
        for seed in range(count)
        for name in names
    )
    places = range(len(names))
    pairs = [(names[b], names[a]) for a in places for b in places if a < b]
    pairs = pairs if baseline is None else [(name, baseline) for name in names if name != baseline]
    numbers = {name: [float("nan") if value is None else value for value in own] for name, own in scores.items()}
    found = tuple(
        paired_difference(pair, numbers[pair[0]], numbers[pair[1]], step=0.01, comparisons=len(pairs)) for pair in pairs
    )
    return Comparison(
        "samples/reviews", "accuracy", names, tuple(range(count)), runs, found, baseline, "runs/x", tuple(notes)
    )
