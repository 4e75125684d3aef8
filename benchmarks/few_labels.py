"""Few labels a class: `bk.fit_few`, its pairs in any case, frozen vectors, SetFit and fine-tuning, on the same rows.

    python benchmarks/environments.py setfit
    python benchmarks/few_labels.py draw --data DATA --out runs/rows --seeds 10
    python benchmarks/few_labels.py run --rows runs/rows --system fit_few --out runs/few.jsonl
    PYTHON benchmarks/few_labels.py run --rows runs/rows --system setfit --out runs/few.jsonl
    python benchmarks/few_labels.py table --out runs/few.jsonl

`draw` writes the rows: of SST-2 (DATA/glue/SST-2, in GLUE's TSV layout; tested on its dev part); of messages to a
bank, written for this project, in eight subjects (tested on those that were not drawn); and of SQuAD's questions
(DATA/squad/train-v1.1.json), whose class is the article that they are asked of, the 20 with the most questions (tested
on 60 others of each); a draw for each seed and each number of labels a class. It also writes the sample encoder in
Hugging Face's form. `run` trains a system on each draw in one process, seed by seed, and adds a line to the results
for each: accuracy, and the CPU seconds that it took. A draw whose line is there is passed over, so a run that was
broken off goes on. `table` prints means, and the differences of runs on the same draw, with Student's interval.

SetFit runs in an environment of its own, as it takes transformers before version 5: its PYTHON is
benchmarks/.venvs/setfit/bin/python.
"""

import argparse
import collections
import functools
import json
import os
import pathlib
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

ENCODER = "sample/all-MiniLM-L6-v2"
SHOTS = {"sst2": (8, 16, 64), "bank": (4, 8), "articles": (16, 64)}  # labels a class
ARTICLES, TESTED = 20, 60  # of SQuAD, and questions of each that are tested on
SEQ_LENGTH = 128
PAIRS = 2000  # looked at, at most, by both contrastive ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("draw", "run", "table"))
    parser.add_argument("--data", type=pathlib.Path, help="holds glue/SST-2 and squad/train-v1.1.json")
    parser.add_argument("--rows", type=pathlib.Path, help="the folder that `draw` wrote")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--system", choices=tuple(SYSTEMS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="draws whose name begins so, as sst2-8-")
    parser.add_argument("--nice", type=int, default=10, help="added to the niceness of the process")
    arguments = parser.parse_args()
    {"draw": draw, "run": run, "table": table}[arguments.command](arguments)


def draw(arguments: argparse.Namespace) -> None:
    from parts.bank_messages import bank_messages

    import bert_keras as bk

    arguments.out.mkdir(parents=True, exist_ok=True)
    task = bk.load_task("glue/sst2", data_dir=arguments.data / "glue").rows(("train", "validation"))
    texts, labels, names = bank_messages()
    pools = {"sst2": (task["train"].texts[0], task["train"].labels, ["negative", "positive"])}
    pools["bank"] = (texts, labels, names)
    pools["articles"] = questions_of_articles(arguments.data / "squad" / "train-v1.1.json")
    for name, (texts, labels, classes) in pools.items():
        labels = np.asarray(labels)
        for seed in range(arguments.seeds):
            random = np.random.default_rng((seed, len(classes)))
            order = [random.permutation(np.flatnonzero(labels == number)) for number in range(len(classes))]
            for shots in SHOTS[name]:  # of one seed, the fewer are among the more
                chosen = np.concatenate([rows[:shots] for rows in order])
                train = [[texts[row] for row in chosen], labels[chosen].tolist()]
                rest = np.concatenate([rows[shots:] for rows in order])
                test = [[texts[row] for row in rest], labels[rest].tolist()]
                if name == "articles":  # the same of both numbers of labels
                    rest = np.concatenate([rows[max(SHOTS[name]) :][:TESTED] for rows in order])
                    test = [[texts[row] for row in rest], labels[rest].tolist()]
                if name == "sst2":
                    test = [list(task["validation"].texts[0]), np.asarray(task["validation"].labels).tolist()]
                content = {"classes": classes, "train": train, "test": test, "seed": seed}
                (arguments.out / f"{name}-{shots}-{seed}.json").write_text(json.dumps(content))
    encoder = arguments.out / "encoder"
    bk.convert(ENCODER, encoder, to="huggingface")
    _as_sentence_transformer(encoder)


def questions_of_articles(file: pathlib.Path) -> tuple[list[str], list[int], list[str]]:
    """Each question once, the number of its article, and the articles' titles."""
    article_of: dict[str, str] = {}
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for one in paragraph["qas"]:
                article_of.setdefault(one["question"].strip(), article["title"])
    titles = [title for title, _ in collections.Counter(article_of.values()).most_common(ARTICLES)]
    rows = [(text, titles.index(title)) for text, title in article_of.items() if text and title in titles]
    return [text for text, _ in rows], [number for _, number in rows], titles


def _as_sentence_transformer(folder: pathlib.Path) -> None:
    """The files that say what all-MiniLM-L6-v2 does with its tokens: their mean, divided by its length."""
    modules = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]
    entries = [
        {"idx": int(number), "name": number, "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, path, kind in modules
    ]
    (folder / "modules.json").write_text(json.dumps(entries))
    length = {"max_seq_length": SEQ_LENGTH, "do_lower_case": False}
    (folder / "sentence_bert_config.json").write_text(json.dumps(length))
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))


def run(arguments: argparse.Namespace) -> None:
    os.nice(arguments.nice)
    done = {(line["draw"], line["system"]) for line in _lines(arguments.out)}
    files = [path for path in arguments.rows.glob(f"{arguments.only}*.json") if path.stem.count("-") == 2]
    for path in sorted(files, key=lambda path: (int(path.stem.split("-")[2]), path.stem)):
        if int(path.stem.split("-")[2]) >= arguments.seeds or (path.stem, arguments.system) in done:
            continue
        rows = json.loads(path.read_text())
        begun = time.process_time()
        predicted = SYSTEMS[arguments.system](rows, arguments.rows / "encoder")
        right = float(np.mean(np.asarray(predicted) == np.asarray(rows["test"][1])))
        seconds = round(time.process_time() - begun, 1)
        line = {"draw": path.stem, "system": arguments.system, "accuracy": round(right, 4), "cpu_seconds": seconds}
        print(json.dumps(line), flush=True)
        with arguments.out.open("a") as file:
            file.write(json.dumps(line) + "\n")


def fine_tuned(rows: dict, encoder: pathlib.Path) -> list[int]:
    """`fit` with the recipe as it stands, but for the epochs: 60 steps at least, as few rows make few an epoch."""
    import keras

    import bert_keras as bk

    keras.utils.set_random_seed(rows["seed"])
    epochs = max(3, -(-60 * 16 // len(rows["train"][0])))
    model, begun = _classifier(len(rows["classes"]))
    for weight, value in zip(model.weights, begun, strict=True):
        weight.assign(value)
    head = model.classifier.kernel
    head.assign(keras.initializers.TruncatedNormal(stddev=0.02, seed=rows["seed"])(head.shape))
    for variable in model.optimizer.variables:  # it begins anew, and what was traced stays
        variable.assign(np.zeros(variable.shape, variable.dtype))
    data = _task_of(rows).load(model.encoder, parts=("train",), batch_size=16, seed=rows["seed"])
    model.fit(data.train, epochs=epochs, verbose=0)
    return _answers(bk.predictor(model), rows)


@functools.cache
def _classifier(num_classes: int) -> tuple[object, list[np.ndarray]]:
    """A model that one draw after another is trained with, and the weights that each begins with."""
    import bert_keras as bk

    model = bk.TextClassifier(bk.load_encoder(ENCODER, native=True), num_classes)
    model.compile()
    return model, [weight.numpy() for weight in model.weights]


def few(rows: dict, encoder: pathlib.Path, max_pairs: int | None = None) -> list[int]:
    """`bk.fit_few` as it stands."""
    import dataclasses

    import bert_keras as bk
    from bert_keras.optimization.recipe import FEW_LABELS

    recipe = dataclasses.replace(FEW_LABELS, seed=rows["seed"], native=True)
    options = {"recipe": recipe, "max_pairs": max_pairs, "say": _silent}
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "model"
        return _answers(bk.predictor(bk.fit_few(_task_of(rows), ENCODER, out, **options).model), rows)


def on_pairs(rows: dict, encoder: pathlib.Path) -> list[int]:
    return few(rows, encoder, PAIRS)


def frozen(rows: dict, encoder: pathlib.Path) -> list[int]:
    from bert_keras.tuned.logistic_regression import logistic_regression

    train, test = (_frozen_vectors(tuple(rows[part][0])) for part in ("train", "test"))
    kernel, bias = logistic_regression(train, rows["train"][1], len(rows["classes"]))
    return (test @ kernel + bias).argmax(axis=1).tolist()


@functools.cache
def _frozen_vectors(texts: tuple[str, ...]) -> np.ndarray:
    return _embedder()(list(texts))


@functools.cache
def _embedder() -> object:
    import bert_keras as bk

    return bk.Embedder(ENCODER, "mean", seq_length=SEQ_LENGTH, normalize=True)


def setfit(rows: dict, encoder: pathlib.Path) -> list[int]:
    import datasets
    import transformers
    from setfit import SetFitModel, Trainer, TrainingArguments

    transformers.set_seed(rows["seed"])
    model = SetFitModel.from_pretrained(str(encoder))
    with tempfile.TemporaryDirectory() as folder:
        train = datasets.Dataset.from_dict({"text": rows["train"][0], "label": rows["train"][1]})
        shots, classes = len(rows["train"][0]) // len(rows["classes"]), len(rows["classes"])
        alike, apart = classes * shots * (shots + 1) // 2, classes * (classes - 1) // 2 * shots**2
        steps = PAIRS // 16 if 2 * max(alike, apart) > PAIRS else -1
        options = {"batch_size": 16, "num_epochs": 1, "seed": rows["seed"], "max_steps": steps}
        arguments = TrainingArguments(output_dir=folder, report_to="none", save_strategy="no", **options)
        Trainer(model=model, args=arguments, train_dataset=train).train()
    return [int(number) for number in model.predict(rows["test"][0], batch_size=32)]


def _task_of(rows: dict) -> object:
    """The training rows as a task. A class is called by its number, in order."""
    import bert_keras as bk

    texts, labels = rows["train"]
    names = [f"{number:02d}" for number in range(len(rows["classes"]))]
    parts = {"train": {"text": texts, "label": [names[label] for label in labels]}}
    parts["validation"] = parts["train"]  # it is measured and chooses nothing
    return bk.load_files(parts, text="text", label="label", label_names=names, seq_length=SEQ_LENGTH)


def _answers(predictor: object, rows: dict) -> list[int]:
    return predictor.logits(rows["test"][0]).argmax(axis=1).tolist()


SYSTEMS = {"finetune": fine_tuned, "frozen": frozen, "fit_few": few, "pairs": on_pairs, "setfit": setfit}


def _silent(line: str) -> None:
    """Takes a line for nobody."""


def _lines(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def table(arguments: argparse.Namespace) -> None:
    """Prints each system's mean and deviation by number of labels, and its differences to SetFit and frozen vectors."""
    from bert_keras.metrics.paired_difference import paired_difference

    found: dict[str, dict[str, dict[str, float]]] = {}
    for line in _lines(arguments.out):
        name, seed = line["draw"].rsplit("-", 1)
        found.setdefault(name, {}).setdefault(line["system"], {})[seed] = line["accuracy"]
    for name, systems in sorted(found.items()):
        for system in filter(systems.get, SYSTEMS):
            values = list(systems[system].values())
            deviation = np.std(values, ddof=1) if len(values) > 1 else float("nan")
            print(f"{name:9} {system:9} {np.mean(values):.4f} ± {deviation:.4f}  {len(values)} draws")
            for other in filter(systems.get, ("setfit", "frozen", "finetune")):
                seeds = sorted(set(systems[system]) & set(systems[other]))
                if other == system or not seeds:
                    continue
                own, theirs = ([systems[one][seed] for seed in seeds] for one in (system, other))
                difference = paired_difference((system, other), own, theirs)
                interval = f"{difference.low:+.4f} to {difference.high:+.4f}"
                print(f"{'':19} beside {other}: {difference.mean:+.4f}, {interval}, {len(seeds)} draws")


if __name__ == "__main__":
    main()
