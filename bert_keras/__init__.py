"""bert_keras: fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production."""

import importlib
from typing import Any

from bert_keras.hub.made_here import MADE_HERE
from bert_keras.register_with_keras import register_with_keras
from bert_keras.use_onednn import use_onednn

use_onednn()
register_with_keras()

__version__ = "0.1.0"

# Names are loaded when they are first used (PEP 562): `import bert_keras` itself loads nothing heavy.
_HOMES = {
    "Answer": "bert_keras.question_answering.question_predictor",
    "AttentionMaps": "bert_keras.inspection.attention_maps",
    "BertEncoder": "bert_keras.encoders.bert_encoder",
    "Calibrated": "bert_keras.running.confidence.calibrated",
    "Choice": "bert_keras.multiple_choice.choice_predictor",
    "ChoiceData": "bert_keras.multiple_choice.choice_data",
    "ChoicePredictor": "bert_keras.multiple_choice.choice_predictor",
    "Comparison": "bert_keras.comparing.comparison",
    "Devices": "bert_keras.training.devices",
    "DocumentAnswer": "bert_keras.retrieval.document_answer",
    "DocumentReader": "bert_keras.retrieval.document_reader",
    "Embedder": "bert_keras.tuned.embed",
    "Entity": "bert_keras.token_classification.tag_predictor",
    "FileReport": "bert_keras.text_classification.file_report",
    "Filling": "bert_keras.masked_lm.fill_mask",
    "FinetuneResult": "bert_keras.running.training_run.run_result",
    "Hit": "bert_keras.retrieval.hit",
    "HuggingFaceTokenizer": "bert_keras.text.hugging_face_tokenizer",
    "KerasLayer": "bert_keras.hub.keras_layer",
    "MaskedData": "bert_keras.masked_lm.masked_data",
    "MaskedLM": "bert_keras.masked_lm.masked_lm",
    "MultipleChoice": "bert_keras.multiple_choice.multiple_choice",
    "Plan": "bert_keras.planning.plan",
    "Predictor": "bert_keras.tuned.predictor",
    "PretrainResult": "bert_keras.running.training_run.run_result",
    "Promise": "bert_keras.running.confidence.promise",
    "QuestionData": "bert_keras.question_answering.question_data",
    "QuestionPipeline": "bert_keras.question_answering.question_pipeline",
    "QuestionPredictor": "bert_keras.question_answering.question_predictor",
    "RateCurve": "bert_keras.optimization.rate_curve",
    "Recipe": "bert_keras.optimization.recipe",
    "RowReport": "bert_keras.row_checks.row_report",
    "Scores": "bert_keras.tuned.scores",
    "SearchIndex": "bert_keras.retrieval.search_index",
    "SearchResult": "bert_keras.comparing.searching.search_result",
    "SentencePieceTokenizer": "bert_keras.text.sentence_piece_tokenizer",
    "ServingLimits": "bert_keras.serving.serving_limits",
    "SpanLabeler": "bert_keras.question_answering.span_labeler",
    "TagPredictor": "bert_keras.token_classification.tag_predictor",
    "TaggedText": "bert_keras.token_classification.tag_predictor",
    "TaggingData": "bert_keras.token_classification.tagging_data",
    "Task": "bert_keras.data.task",
    "TaskData": "bert_keras.data.task_data",
    "TextClassifier": "bert_keras.text_classification.text_classifier",
    "TextData": "bert_keras.text_classification.text_data",
    "TextPrediction": "bert_keras.text_classification.text_prediction",
    "TextPredictor": "bert_keras.text_classification.text_predictor",
    "TextTable": "bert_keras.text_classification.text_table",
    "TokenClassifier": "bert_keras.token_classification.token_classifier",
    "Tokenizer": "bert_keras.text.tokenizer",
    "TopLoss": "bert_keras.inspection.top_losses",
    "WordImportance": "bert_keras.inspection.word_importance",
    "attention_maps": "bert_keras.inspection.attention_maps",
    "build_optimizer": "bert_keras.optimization.build_optimizer",
    "calibrate": "bert_keras.running.calibrate",
    "check_files": "bert_keras.running.choosing.check_files",
    "check_rows": "bert_keras.row_checks.check_rows",
    "compare": "bert_keras.comparing.compare",
    "convert": "bert_keras.running.convert",
    "convert_huggingface": "bert_keras.running.convert_huggingface",
    "cosine_similarity": "bert_keras.tuned.embed",
    "demo": "bert_keras.inspection.trying.demo",
    "device_bytes": "bert_keras.training.sharding",
    "doctor": "bert_keras.installation",
    "embed": "bert_keras.tuned.embed",
    "evaluate": "bert_keras.running.evaluate",
    "export": "bert_keras.running.export",
    "fill_mask": "bert_keras.masked_lm.fill_mask",
    "find_learning_rate": "bert_keras.running.find_learning_rate",
    "finetune": "bert_keras.running.finetune",
    "fit_few": "bert_keras.running.fit_few",
    "layout_map": "bert_keras.encoders.layout_map",
    "learn_vocabulary": "bert_keras.text.learn_vocabulary",
    "list_encoders": "bert_keras.hub.catalog",
    "load": "bert_keras.running.loading.load",
    "load_choices": "bert_keras.multiple_choice.load_choices",
    "load_encoder": "bert_keras.encoders.load_encoder",
    "load_files": "bert_keras.running.choosing.load_files",
    "load_glue": "bert_keras.text_classification.glue.load_glue",
    "load_huggingface": "bert_keras.running.loading.load_huggingface",
    "load_index": "bert_keras.retrieval.load_index",
    "load_masked": "bert_keras.masked_lm.load_masked",
    "load_next_sentences": "bert_keras.text_classification.next_sentences",
    "load_squad": "bert_keras.question_answering.load_squad",
    "load_tagging": "bert_keras.token_classification.load_tagging",
    "load_task": "bert_keras.running.choosing.load_task",
    "open_table": "bert_keras.data.tables.open_table",
    "pack_rows": "bert_keras.text.pack_rows",
    "plan": "bert_keras.planning.plan",
    "predict_file": "bert_keras.running.predict_file",
    "predictor": "bert_keras.running.loading.predictor",
    "pretrain": "bert_keras.running.pretrain",
    "report": "bert_keras.inspection.report",
    "save": "bert_keras.running.save",
    "save_encoder": "bert_keras.encoders.save_encoder",
    "search": "bert_keras.comparing.searching.search",
    "search_index": "bert_keras.retrieval.search_index",
    "serve": "bert_keras.serving.serve",
    "shard": "bert_keras.training.sharding",
    "top_losses": "bert_keras.inspection.top_losses",
    "verify": "bert_keras.running.folders.verify",
    "word_importance": "bert_keras.inspection.word_importance",
    "write_predictions": "bert_keras.running.evaluate",
}
_MODULES = {"hub": "bert_keras.hub", "metrics": "bert_keras.metrics", "plot": "bert_keras.inspection.plot"}


def _sample(cache_dir: Any) -> str:
    return importlib.import_module("bert_keras.encoders.sample_encoder").sample_encoder(cache_dir)


MADE_HERE["sample/all-MiniLM-L6-v2"] = _sample

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
