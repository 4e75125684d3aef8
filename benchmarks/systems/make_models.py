"""One tuned model in the forms that the systems read: a model folder, its exports, and arrays under PyTorch's names.

python -m systems.make_models DATA OUT
"""

import pathlib
import sys

import numpy as np
from common.recipe import SAMPLE

import bert_keras as bk
from bert_keras.encoders.huggingface.to_huggingface import huggingface_weights

ROWS = 1024  # of SST-2, enough for answers that differ from text to text


def main(data: str, out: pathlib.Path) -> None:
    task = bk.load_glue("sst2", data_dir=f"{data}/glue", limit=ROWS)
    bk.finetune(task, SAMPLE, out / "bert_keras", recipe=bk.Recipe(epochs=1), say=lambda line: None)
    bk.export(out / "bert_keras", out / "served")
    bk.export(out / "bert_keras", out / "onnx", to="onnx")
    model = bk.load(out / "bert_keras", native=True).model
    np.savez(out / "weights.npz", **arrays(model))


def arrays(model: bk.TextClassifier) -> dict[str, np.ndarray]:
    """The weights of a native model under the names of transformers' BertForSequenceClassification."""
    own = {name: weight.numpy() for name, weight in model.encoder.named_weights().items()}
    found = {f"bert.{name}": values for name, values in huggingface_weights(own).items()}
    kernel, bias = (weight.numpy() for weight in model.head_weights().values())
    return found | {"classifier.weight": kernel.T, "classifier.bias": bias}


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
