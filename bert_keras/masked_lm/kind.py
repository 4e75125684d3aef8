"""`MASKED_LM`: the words behind masks of plain text, with which an encoder is pretrained."""

from typing import Any

from keras import ops

from bert_keras.features import SEQUENCE_OUTPUT
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.portable_head import PortableHead, Transform


def _portable(model: Any, config: dict[str, Any]) -> PortableHead:
    weights = {name: ops.convert_to_numpy(weight) for name, weight in model.head.named_weights().items()}
    dense, norm = "transform/dense", "transform/LayerNorm"
    names = f"{dense}/kernel", f"{dense}/bias", f"{norm}/gamma", f"{norm}/beta"
    return PortableHead(
        architecture="BertForMaskedLM",
        layer="cls.predictions",
        reads=SEQUENCE_OUTPUT,
        kernel=None,
        bias=weights["output_bias/bias"],
        transform=Transform(*(weights[name] for name in names), model.head.epsilon),
    )


MASKED_LM = Kind(
    task=MaskedTask,
    model=MaskedLM,
    make_model=lambda data, encoder, recipe: MaskedLM(encoder, seed=recipe.seed),
    evaluator=MaskedEvaluator,
    portable=_portable,
    open_files=load_masked,
)
