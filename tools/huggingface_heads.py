"""Makes tests/data/huggingface/heads.json: what transformers' tuned models give for texts, with drawn weights.

    benchmarks/.venvs/huggingface/bin/python tools/huggingface_heads.py

Each entry has the files that `save_pretrained` writes, the names and shapes of the weights, which the tests draw again
(`tests/helpers/drawn_weights.py`), and logits in float32.
"""

import json
import pathlib
import sys
import tempfile

import torch
import transformers
from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from drawn_weights import drawn_weights  # noqa: E402

PIECES = "[PAD] [UNK] [CLS] [SEP] [MASK] a b ##c good bad film who ? é e ##s 中 ##中".split()
SIZES = {
    "vocab_size": len(PIECES),
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 8,
    "max_position_embeddings": 40,
    "layer_norm_eps": 1e-3,
}
TEXTS = ("a good film", "bad É films ?", "ac 中中 bc", "")
LABELS = {"id2label": {0: "O", 1: "B-X", 2: "I-X"}, "label2id": {"O": 0, "B-X": 1, "I-X": 2}}
MODELS = {
    "classes": ("BertForSequenceClassification", {"num_labels": 3}),
    "labels": ("BertForSequenceClassification", {"num_labels": 2, "problem_type": "multi_label_classification"}),
    "number": ("BertForSequenceClassification", {"num_labels": 1}),
    "tags": ("BertForTokenClassification", LABELS),
    "questions": ("BertForQuestionAnswering", {}),
    "choices": ("BertForMultipleChoice", {}),
    "words": ("BertForMaskedLM", {}),
    "both": ("BertForPreTraining", {}),
}
SHORT = {"vocab_size": "vocab_size", "hidden_size": "dim", "num_hidden_layers": "n_layers"}
SHORT |= {"num_attention_heads": "n_heads", "intermediate_size": "hidden_dim"}
SHORT |= {"max_position_embeddings": "max_position_embeddings"}
FAMILIES = {  # classifiers of three classes that read no pooler, with their sizes
    "roberta": ("Roberta", {**SIZES, "pad_token_id": 0, "type_vocab_size": 1}),
    "electra": ("Electra", {**SIZES, "embedding_size": 4}),
    "distilbert": ("DistilBert", {theirs: SIZES[name] for name, theirs in SHORT.items()}),
}
FLAGS = {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False, "model_max_length": 30}


def main() -> None:
    found = {}
    tokenizer = transformers.BertTokenizer(vocab={piece: n for n, piece in enumerate(PIECES)}, **FLAGS)
    made = {name: (cls, "BertConfig", {**SIZES, **settings}) for name, (cls, settings) in MODELS.items()}
    for name, (family, settings) in FAMILIES.items():
        made[name] = f"{family}ForSequenceClassification", f"{family}Config", {**settings, "num_labels": 3}
    for name, (cls, config, settings) in made.items():
        model = getattr(transformers, cls)(getattr(transformers, config)(**settings)).eval()
        files = {}
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            for path in pathlib.Path(folder).glob("*.json"):
                files[path.name] = json.loads(path.read_text(encoding="utf-8"))
            with safe_open(f"{folder}/model.safetensors", framework="numpy") as file:
                shapes = {key: file.get_slice(key).get_shape() for key in sorted(file.keys())}
        weights = {key: torch.from_numpy(values) for key, values in drawn_weights(shapes).items()}
        rest = model.load_state_dict(weights, strict=False)
        assert not rest.unexpected_keys, rest
        model.tie_weights()
        found[name] = {"files": files, "shapes": shapes, "logits": [logits(name, model, tokenizer, t) for t in TEXTS]}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(form)}" for name, form in found.items())
    (ROOT / "tests" / "data" / "huggingface" / "heads.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"transformers {transformers.__version__}: {', '.join(found)}")


@torch.no_grad()
def logits(name, model, tokenizer, text):
    """Those of one text, of a question about it, or of two choices behind it."""
    if name == "choices":
        rows = tokenizer([text, text], ["good", "bad"], return_tensors="pt", padding=True)
        return model(**{key: values[None] for key, values in rows.items()}).logits[0].tolist()
    row = (
        tokenizer("who ?", text or "a", return_tensors="pt")
        if name == "questions"
        else tokenizer(text, return_tensors="pt")
    )
    if name == "distilbert":  # which has no segments
        del row["token_type_ids"]
    out = model(**row)
    if name == "questions":
        return [out.start_logits[0].tolist(), out.end_logits[0].tolist()]
    return (out.prediction_logits if name == "both" else out.logits)[0].tolist()


if __name__ == "__main__":
    main()
