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
    parser.add_argument("--limit", type=int, required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    set_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(sample_folder())
    trainer = Trainer(
        model=load_model(BertForSequenceClassification),
        args=settings(arguments.limit, arguments.out),
        train_dataset=examples(tokenizer, *glue_rows(arguments.data, arguments.task, "train", arguments.limit)),
        eval_dataset=examples(tokenizer, *glue_rows(arguments.data, arguments.task, "dev")),
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=scores,
        processing_class=tokenizer,
    )
    trainer.train()
    found = {name.removeprefix("eval_"): value for name, value in trainer.evaluate().items()}
    trainer.save_model(arguments.out)
    (pathlib.Path(arguments.out) / "metrics.json").write_text(json.dumps(found), encoding="utf-8")


def settings(rows: int, out: str) -> TrainingArguments:
    """The recipe of one epoch."""
    steps = -(-rows // 32)
    return TrainingArguments(
        output_dir=out,
        num_train_epochs=1,
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
