"""The model of `make_models` as Hugging Face's folder and as an ONNX file.

python -m systems.make_huggingface_models OUT
"""

import pathlib
import sys

import numpy as np
import torch
from common.huggingface_files import load_model, sample_folder
from transformers import AutoTokenizer, BertForSequenceClassification


def main(out: pathlib.Path) -> None:
    model = load_model(BertForSequenceClassification).eval()
    with np.load(out / "weights.npz") as stored:
        model.load_state_dict({name: torch.tensor(stored[name]) for name in stored}, strict=True)
    model.save_pretrained(out / "huggingface")
    tokenizer = AutoTokenizer.from_pretrained(sample_folder())
    tokenizer.save_pretrained(out / "huggingface")
    names = ("input_ids", "attention_mask", "token_type_ids")
    example = tokenizer(["a text of some words", "another"], padding=True, return_tensors="pt")
    sizes = {0: torch.export.Dim("rows"), 1: torch.export.Dim("tokens", max=512)}
    torch.onnx.export(
        model,
        kwargs={name: example[name] for name in names},
        f=str(out / "model.onnx"),
        dynamo=True,
        input_names=list(names),
        output_names=["logits"],
        dynamic_shapes=dict.fromkeys(names, sizes),
    )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
