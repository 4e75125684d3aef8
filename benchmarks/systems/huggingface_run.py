"""A whole run of Hugging Face's Trainer: read, tokenize, train an epoch, score the dev part, save a model folder.

    python -m systems.huggingface_run --data DATA --task mrpc --limit 1024 --out OUT

Batches are grouped by length, AdamW is the fused one. The scores are written to `metrics.json` in the folder.
"""

import argparse
import json
import pathlib
from typing import Any

import numpy as np
from common import recipe
from common.huggingface_files import load_model, sample_folder
from common.texts import glue_rows
from transformers import (
    AutoTokenizer,
    BertForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--limit", type=int, help="rows to train on; all if not given")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    set_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(sample_folder())
    rows = examples(tokenizer, *glue_rows(arguments.data, arguments.task, "train", arguments.limit))
    trainer = Trainer(
        model=load_model(BertForSequenceClassification),
        args=settings(len(rows), arguments.out, arguments.epochs, arguments.precision),
        train_dataset=rows,
        eval_dataset=examples(tokenizer, *glue_rows(arguments.data, arguments.task, "dev")),
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=scores,
        processing_class=tokenizer,
    )
    trainer.train()
    if arguments.epochs == 1:
        scored = trainer.evaluate()
    else:
        scored = [log for log in trainer.state.log_history if "eval_accuracy" in log][-1]
    found = {name.removeprefix("eval_"): value for name, value in scored.items()}
    trainer.save_model(arguments.out)
    (pathlib.Path(arguments.out) / "metrics.json").write_text(json.dumps(found), encoding="utf-8")


def settings(rows: int, out: str, epochs: int, precision: str) -> TrainingArguments:
    """The recipe; more epochs than one are scored one by one, as `bert-keras finetune` scores them."""
    steps = -(-rows // 32) * epochs
    return TrainingArguments(
        output_dir=out,
        num_train_epochs=epochs,
        eval_strategy="no" if epochs == 1 else "epoch",
        bf16=precision == "bfloat16",
        per_device_train_batch_size=32,
        per_device_eval_batch_size=32,
        learning_rate=recipe.LEARNING_RATE,
        weight_decay=recipe.WEIGHT_DECAY,
        warmup_steps=round(steps * recipe.WARMUP_SHARE),
        max_grad_norm=recipe.CLIP_NORM,
        optim="adamw_torch_fused",
        train_sampling_strategy="group_by_length",
        logging_strategy="no",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )


def examples(tokenizer: Any, columns: list[list[str]], labels: list[int]) -> list[dict[str, Any]]:
    encoded = tokenizer(*columns, truncation=True, max_length=128)
    return [{**{name: encoded[name][row] for name in encoded}, "labels": label} for row, label in enumerate(labels)]


def scores(output: Any) -> dict[str, float]:
    """Accuracy, and F1 of class 1, as GLUE has them."""
    predicted, labels = np.argmax(output.predictions, axis=-1), output.label_ids
    hits = float(((predicted == 1) & (labels == 1)).sum())
    named = float((predicted == 1).sum() + (labels == 1).sum())
    return {"accuracy": float((predicted == labels).mean()), "f1": 2 * hits / named if named else 0.0}


if __name__ == "__main__":
    main()
