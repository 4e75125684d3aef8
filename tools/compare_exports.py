"""Exports of every kind for transformers, compared with transformers itself, which needs PyTorch and its own Python.

    python tools/compare_exports.py make FOLDER [TEXTS]     # with bert_keras; TEXTS: a file with a text a line
    other/python tools/compare_exports.py check FOLDER      # with transformers and torch

`make` gives the sample encoder a head of random weights for each kind, exports it, and keeps ids and logits of ours.
`check` loads the folders by their Auto classes and prints how far ids and logits are from ours; it exits with 1 where
ids differ or a logit by more than 1e-5.
"""

import json
import pathlib
import sys

import numpy as np

LENGTH = 64
CLASSES = {
    "single": "AutoModelForSequenceClassification",
    "pairs": "AutoModelForSequenceClassification",
    "multi": "AutoModelForSequenceClassification",
    "regression": "AutoModelForSequenceClassification",
    "questions": "AutoModelForQuestionAnswering",
    "tags": "AutoModelForTokenClassification",
    "choices": "AutoModelForMultipleChoice",
    "masked": "AutoModelForMaskedLM",
}
PLAIN = [
    "Not once did it fail.",
    "Straße, naïve, Ελλάς ᾳ, 東京に行く, ﬁne [SEP] and [MASK].",
    "",
    "a\u00a0b\u200bc\u00add e\u0301\t\x07x \U0001f600 don't",
]


def main() -> int:
    if len(sys.argv) < 3 or sys.argv[1] not in ("make", "check"):
        print(__doc__)
        return 2
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "check":
        return check(folder)
    more = pathlib.Path(sys.argv[3]).read_text(encoding="utf-8").splitlines() if sys.argv[3:] else []
    make(folder, [*PLAIN, *more])
    return 0


def make(folder: pathlib.Path, texts: list[str]) -> None:
    import bert_keras as bk

    for number, kind in enumerate(CLASSES):
        encoder = bk.load_encoder("sample", native=kind != "single")
        if kind == "pairs":
            encoder.add_lora(rank=4)
            for name, weight in encoder.lora_weights().items():
                weight.assign(np.random.default_rng(len(name)).normal(0, 0.02, weight.shape))
        preprocessor = encoder.preprocessor(LENGTH - (kind in ("pairs", "choices")))
        model, config = _model(bk, kind, encoder)
        config["seq_length"] = preprocessor.seq_length
        for layer in model.layers:
            if layer is not encoder and layer.weights and kind != "masked":
                kernel, bias = layer.weights
                random = np.random.default_rng(number)
                kernel.assign(random.normal(0, 0.1, kernel.shape))
                bias.assign(random.normal(0, 0.1, bias.shape))
        source = model
        if kind != "masked":
            from bert_keras.running.kinds import KINDS

            source = KINDS[model.kind].predictor(model, config)
        bk.export(source, folder / kind, to="huggingface")
        # Typed in a text, [MASK] is a mask for a model of masked words alone.
        own = texts if kind != "masked" else [text for text in texts if "[" not in text][:20]
        columns = (own, texts[::-1]) if kind in ("pairs", "choices", "questions") else (own,)
        if kind == "questions":
            columns = ([" ".join(text.split()[:4]) for text in own], texts[::-1])
            windows = encoder.question_preprocessor(LENGTH, doc_stride=16, max_query_length=12)
            kept = [(q, c) for q, c in zip(*columns, strict=True) if q.strip() and c.strip()]
            columns = tuple(zip(*kept, strict=True))
            found = windows([q for q, _ in kept], [c for _, c in kept])
            first = np.unique(found.rows.numpy(), return_index=True)[1]
            whole = [place for place in first if found.question_lengths.numpy()[found.rows.numpy()[place]] <= 12]
            columns = tuple([column[row] for row in found.rows.numpy()[whole]] for column in columns)
            ids = [found.word_ids[int(place)].numpy().tolist() for place in whole]
            types = [found.type_ids[int(place)].numpy().tolist() for place in whole]
        else:
            ids, types = (part.to_list() for part in preprocessor.ragged(*columns))
        (folder / f"{kind}.json").write_text(json.dumps({"columns": columns, "ids": ids, "types": types}))
        np.savez(folder / f"{kind}.npz", *(_logits(model, a, b) for a, b in zip(ids, types, strict=True)))
        print(kind, len(ids))


def _model(bk, kind, encoder):
    labels, config = ["no", "yes", "maybe"], {"task": "tools/compare", "text_columns": ["text"], "metric_names": []}
    if kind == "questions":
        windows = {"doc_stride": 16, "max_query_length": 12, "max_answer_length": 8}
        return bk.SpanLabeler(encoder), config | windows | {"has_impossible": False, "null_threshold": None}
    if kind == "tags":
        return bk.TokenClassifier(encoder, 3), config | {"labels": ["O", "B-PER", "I-PER"], "scheme": "bio"}
    if kind == "choices":
        return bk.MultipleChoice(encoder, 2), config
    if kind == "masked":
        return bk.MaskedLM(encoder), config
    problem = {"multi": "multi_label_classification", "regression": "regression"}.get(kind)
    problem = problem or "single_label_classification"
    config["text_columns"] = ["a", "b"] if kind == "pairs" else ["text"]
    count = 1 if kind == "regression" else 3
    return bk.TextClassifier(encoder, count, problem), config | {"labels": None if count == 1 else labels}


def _logits(model, ids, types):
    ids, types = np.array([ids], "int32"), np.array([types], "int32")
    features = {"input_word_ids": ids, "input_mask": np.ones_like(ids), "input_type_ids": types}
    logits = model(features, training=False)
    if isinstance(logits, dict):
        return np.stack([logits["start_logits"], logits["end_logits"]])
    return np.asarray(logits)


def check(folder: pathlib.Path) -> int:
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    failed = False
    for kind, name in CLASSES.items():
        model, loading = getattr(transformers, name).from_pretrained(folder / kind, output_loading_info=True)
        model.eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder / kind)
        asked = json.loads((folder / f"{kind}.json").read_text())
        stored = np.load(folder / f"{kind}.npz")
        truncation = "only_second" if kind == "questions" else True
        given = tokenizer(*asked["columns"], truncation=truncation)
        other = [
            (number, a, b) for number, (a, b) in enumerate(zip(given["input_ids"], asked["ids"], strict=True)) if a != b
        ]
        other += [n for n, (a, b) in enumerate(zip(given["token_type_ids"], asked["types"], strict=True)) if a != b]
        gaps = [0.0]
        with torch.no_grad():
            for number, (ids, types) in enumerate(zip(asked["ids"], asked["types"], strict=True)):
                shape = (1, 1, -1) if kind == "choices" else (1, -1)
                ids, types = (torch.tensor(row).reshape(shape) for row in (ids, types))
                out = model(input_ids=ids, token_type_ids=types, attention_mask=torch.ones_like(ids))
                found = torch.stack([out.start_logits, out.end_logits]) if kind == "questions" else out.logits
                gaps.append(float(np.abs(found.numpy() - stored[f"arr_{number}"]).max()))
        loose = {what: sorted(names) for what, names in loading.items() if names}
        labels = getattr(model.config, "id2label", None)
        print(
            f"{kind:11} {type(model).__name__:32} texts {len(asked['ids'])}, other ids {len(other)}, most of a "
            f"difference {max(gaps):.1e}, not loaded {loose}, length {tokenizer.model_max_length}, {labels}, "
            f"{getattr(model.config, 'problem_type', None)}"
        )
        print(*other[:3], sep="\n", end="\n" if other else "")
        failed |= bool(other) or max(gaps) > 1e-5 or bool(loose)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
