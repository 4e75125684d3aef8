"""`FORMATS`: the one table of the formats of exports: name -> format. A new one is a file and its line here."""

from bert_keras.hub.folders import SAVED_MODEL_PARTS
from bert_keras.running.exporting.format import Format

_FORMATS = (
    Format("savedmodel", "saved_model", "strings in, for TensorFlow and TF Serving", parts=SAVED_MODEL_PARTS),
    Format("huggingface", "huggingface", "for transformers in PyTorch"),
    Format(
        "onnx",
        "onnx_model",
        "ids in, for ONNX Runtime",
        options=("data", "opset", "quantization"),
        quantizations={"int8": ()},
        packages={"onnx": "onnx", "onnxruntime": "onnxruntime"},
    ),
    Format(
        "litert",
        "litert_model",
        "ids in, for phones and small devices",
        options=("data", "quantization", "seq_length"),
        quantizations={"int8": (), "int8_static": ("data", "seq_length")},
    ),
)
FORMATS: dict[str, Format] = {one.name: one for one in _FORMATS}
