"""bert_keras: fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production."""

import importlib
from typing import Any

__version__ = "0.1.0"

# Names are loaded when they are first used (PEP 562): `import bert_keras` itself loads nothing heavy.
_HOMES = {
    "BertEncoder": "bert_keras.encoders.native",
    "ChoiceData": "bert_keras.data.choices.choice_data",
    "ChoicePredictor": "bert_keras.predictors.choices",
    "Embedder": "bert_keras.predictors.embedding",
    "Filling": "bert_keras.predictors.masks",
    "KerasLayer": "bert_keras.hub.keras_layer",
    "Answer": "bert_keras.predictors.questions",
    "MaskedLM": "bert_keras.models.masked_lm",
    "MultipleChoice": "bert_keras.models.multiple_choice",
    "Predictor": "bert_keras.predictors.texts",
    "QuestionData": "bert_keras.data.questions.question_data",
    "QuestionPredictor": "bert_keras.predictors.questions",
    "Recipe": "bert_keras.optimization.recipe",
    "SpanLabeler": "bert_keras.models.span_labeler",
    "TextTable": "bert_keras.data.texts.text_table",
    "TaskData": "bert_keras.data.texts.task_data",
    "Entity": "bert_keras.predictors.tags",
    "TagPredictor": "bert_keras.predictors.tags",
    "TaggingData": "bert_keras.data.tagging.tagging_data",
    "TextClassifier": "bert_keras.models.text_classifier",
    "TokenClassifier": "bert_keras.models.token_classifier",
    "Tokenizer": "bert_keras.text.tokenizer",
    "check_files": "bert_keras.data.texts.checking",
    "convert_huggingface": "bert_keras.encoders.huggingface",
    "attention_maps": "bert_keras.inspection.attention",
    "cosine_similarity": "bert_keras.predictors.embedding",
    "device_bytes": "bert_keras.training.sharding",
    "doctor": "bert_keras.installation",
    "embed": "bert_keras.predictors.embedding",
    "evaluate": "bert_keras.evaluation.evaluate",
    "export": "bert_keras.exporting.export",
    "fill_mask": "bert_keras.predictors.masks",
    "finetune": "bert_keras.finetuning.finetune",
    "layout_map": "bert_keras.encoders.layout",
    "learn_vocabulary": "bert_keras.text.learning",
    "list_encoders": "bert_keras.encoders.catalog",
    "load": "bert_keras.predictors.loading",
    "load_choices": "bert_keras.data.choices.loading",
    "load_encoder": "bert_keras.encoders.loading",
    "load_files": "bert_keras.data.loading",
    "load_glue": "bert_keras.data.glue.loading",
    "load_masked": "bert_keras.data.masking.masked_data",
    "load_next_sentences": "bert_keras.data.texts.next_sentences",
    "load_squad": "bert_keras.data.questions.squad",
    "load_tagging": "bert_keras.data.tagging.loading",
    "load_task": "bert_keras.data.tasks",
    "open_table": "bert_keras.data.files.open_table",
    "plan": "bert_keras.planning.plan",
    "pretrain": "bert_keras.pretraining.pretrain",
    "save_encoder": "bert_keras.encoders.saving",
    "shard": "bert_keras.training.sharding",
    "top_losses": "bert_keras.inspection.top_losses",
    "word_importance": "bert_keras.inspection.word_importance",
    "write_predictions": "bert_keras.evaluation.evaluate",
}
_MODULES = {"hub": "bert_keras.hub", "metrics": "bert_keras.metrics", "plot": "bert_keras.inspection.plot"}

__all__ = ["__version__", *sorted(set(_HOMES) - {"KerasLayer"}), *sorted(_MODULES)]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = importlib.import_module(_MODULES[name])
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'bert_keras' has no attribute '{name}'; it has {', '.join(__all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
