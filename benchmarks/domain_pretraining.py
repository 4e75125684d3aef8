"""Does an encoder that goes on learning from unlabelled reviews classify reviews better from few labels?

    python benchmarks/domain_pretraining.py --data-dir DIR --out DIR [--stage pretrain|classify|both]

DIR is TFDS's folder with imdb_reviews. `pretrain` takes the text of the first --reviews training reviews, measures on
the next 100, and writes the encoder to OUT/encoder. `classify` draws --labels of the same reviews for each seed, trains
a classifier from the encoder as it was and from the one in OUT/encoder, cut at 128 tokens, and prints the accuracy on
the first --test test reviews: each run, and mean and standard deviation over the seeds.
"""

import argparse
import pathlib
import statistics
import time

import keras
import numpy as np
import tensorflow_datasets as tfds

import bert_keras as bk

HELD_OUT = 100  # reviews


def reviews(split: str, data_dir: str) -> tuple[list[str], np.ndarray]:
    """Texts, without their line breaks, and labels of a TFDS split."""
    found = list(tfds.as_numpy(tfds.load("imdb_reviews/plain_text", split=split, data_dir=data_dir, download=False)))
    texts = [" ".join(row["text"].decode("utf-8").replace("<br />", " ").split()) for row in found]
    return texts, np.array([row["label"] for row in found], "int32")


def pretrain(arguments: argparse.Namespace) -> None:
    texts, _ = reviews(f"train[:{arguments.reviews + HELD_OUT}]", arguments.data_dir)
    recipe = bk.Recipe(
        epochs=arguments.epochs,
        learning_rate=arguments.learning_rate,
        precision=arguments.precision,
    )
    task = bk.load_masked({"train": texts[: arguments.reviews], "validation": texts[arguments.reviews :]})
    out = arguments.out / "encoder"
    result = bk.pretrain(task, arguments.encoder, out, recipe=recipe, resume=arguments.resume)
    print(f"before {result.before}\nafter {result.metrics}\n{result.seconds:.0f} s of training", flush=True)


def accuracy(handle: str, train: tuple, test: tuple, seed: int, arguments: argparse.Namespace) -> float:
    """Of a classifier that is trained on a few labelled texts from an encoder."""
    keras.utils.set_random_seed(seed)
    encoder = bk.load_encoder(handle, native=True, seed=seed)
    features = [{n: v.numpy() for n, v in encoder.preprocessor(128)(texts).items()} for texts, _ in (train, test)]
    model = bk.TextClassifier(encoder, num_classes=2, seed=seed)
    model.compile(bk.build_optimizer(bk.Recipe(learning_rate=5e-5, seed=seed)))
    model.fit(features[0], train[1], batch_size=16, epochs=arguments.label_epochs, verbose=0)
    logits = model.predict(features[1], batch_size=64, verbose=0)
    return float((logits.argmax(axis=-1) == test[1]).mean())


def classify(arguments: argparse.Namespace) -> None:
    texts, labels = reviews(f"train[:{arguments.reviews}]", arguments.data_dir)
    test = reviews(f"test[:{arguments.test}]", arguments.data_dir)
    found: dict[str, list[float]] = {"before": [], "after": []}
    for seed in arguments.seeds:
        rows = np.random.default_rng(seed).permutation(len(texts))[: arguments.labels]
        train = ([texts[row] for row in rows], labels[rows])
        for name, handle in (("before", arguments.encoder), ("after", str(arguments.out / "encoder"))):
            start = time.monotonic()
            found[name].append(accuracy(handle, train, test, seed, arguments))
            print(f"seed {seed} {name}: {found[name][-1]:.4f}  {time.monotonic() - start:.0f} s", flush=True)
    for name, values in found.items():
        spread = statistics.stdev(values) if len(values) > 1 else float("nan")
        print(f"{name}: mean {statistics.mean(values):.4f}, standard deviation {spread:.4f} of {len(values)} seeds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--stage", choices=("pretrain", "classify", "both"), default="both")
    parser.add_argument("--encoder", default="sample/all-MiniLM-L6-v2")
    parser.add_argument("--reviews", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--labels", type=int, default=200)
    parser.add_argument("--label-epochs", type=int, default=4)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    if arguments.stage != "classify":
        pretrain(arguments)
    if arguments.stage != "pretrain":
        classify(arguments)


if __name__ == "__main__":
    main()
