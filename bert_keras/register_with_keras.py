"""`register_with_keras`: after a plain `import bert_keras`, Keras finds the classes that a `.keras` file names.

Keras looks a class of others up among those that were registered, which a class is when its module is imported; and
modules of this library are imported when they are first used.
"""

import importlib
import importlib.util
import sys
from typing import Any

PACKAGE = "bert_keras"
# By the name that a `.keras` file holds, its module.
CLASSES = {
    "AdamW": "optimization.adamw",
    "BertEncoder": "encoders.bert_encoder",
    "ClassCrossentropy": "models.class_crossentropy",
    "FocalCrossentropy": "models.focal_crossentropy",
    "HubEncoder": "encoders.hub_encoder",
    "KerasLayer": "hub.keras_layer",
    "LabelledAccuracy": "models.labelled_tokens",
    "LabelledCrossentropy": "models.labelled_tokens",
    "LogitsAccuracy": "text_classification.text_classifier",
    "LossScale": "optimization.loss_scale",
    "MaskedLM": "masked_lm.masked_lm",
    "MultipleChoice": "multiple_choice.multiple_choice",
    "OnLogits": "models.metrics_on_logits",
    "SpanLabeler": "question_answering.span_labeler",
    "TextClassifier": "text_classification.text_classifier",
    "TokenClassifier": "token_classification.token_classifier",
    "TwoPasses": "models.two_passes",
    "WarmupDecay": "optimization.warmup_decay",
    "WarmupLinearDecay": "optimization.warmup_decay",  # the same, in files of before it had other schedules
}


def register_with_keras() -> None:
    """Registers a stand-in for each class, once Keras is imported: now where it is, else right after that."""
    if "keras" in sys.modules:
        _register()
    elif not any(isinstance(finder, _AfterKeras) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterKeras())


class _AfterKeras:
    """A finder of modules that finds none itself, and has `_register` called at the end of `import keras`."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                del spec.loader.exec_module  # the class's own again
                execute(module)
                _register()

            spec.loader.exec_module = exec_module
        return spec


def _register() -> None:
    saving = sys.modules["keras"].saving
    for name, module in CLASSES.items():
        if saving.get_registered_object(f"{PACKAGE}>{name}") is None:
            saving.register_keras_serializable(PACKAGE, name)(_stand_in(name, module))


def _stand_in(name: str, module: str) -> type:
    """A class whose `from_config` is that of the class of this name, which takes its place when it is imported."""

    def from_config(cls: type, config: dict[str, Any], **options: Any) -> Any:
        return getattr(importlib.import_module(f"{PACKAGE}.{module}"), name).from_config(config, **options)

    def get_config(self: Any) -> dict[str, Any]:
        raise NotImplementedError  # Keras wants the method; nothing is ever made of this class

    functions = {"from_config": classmethod(from_config), "get_config": get_config}
    return type(name, (), {**functions, "__module__": f"{PACKAGE}.{module}"})
