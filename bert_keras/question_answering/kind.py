"""`QUESTION_ANSWERING`: the span of a text that answers a question about it, or that there is none."""

import functools
from typing import Any

from keras import ops

from bert_keras.features import END_LOGITS, SEQUENCE_OUTPUT, START_LOGITS
from bert_keras.question_answering.holds_questions import holds_questions
from bert_keras.question_answering.load_squad import (
    QUESTIONS,
    load_question_files,
    load_questions,
    load_squad,
)
from bert_keras.question_answering.question_evaluator import QuestionEvaluator
from bert_keras.question_answering.question_pipeline import QuestionPipeline
from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.question_answering.question_task import QuestionTask
from bert_keras.question_answering.read_squad import SQUAD_VERSIONS
from bert_keras.question_answering.served_questions import ServedQuestions
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.tuned.foreign_head import ForeignHead
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.portable_head import PortableHead

_SETTINGS = ("doc_stride", "max_query_length", "max_answer_length", "has_impossible", "null_threshold")


def _portable(model: Any, config: dict[str, Any]) -> PortableHead:
    kernel, bias = map(ops.convert_to_numpy, model.span.weights)
    return PortableHead(
        architecture="BertForQuestionAnswering",
        layer="qa_outputs",
        reads=SEQUENCE_OUTPUT,
        kernel=kernel,
        bias=bias,
        outputs=(START_LOGITS, END_LOGITS),
        hides_padding=True,
        settings={name: config[name] for name in _SETTINGS if name in config},
    )


def _imported(encoder: Any, head: ForeignHead) -> SpanLabeler:
    head.check_columns(2, "the scores of an answer's first and last token")
    length = head.length(384)
    own = {"seq_length": length, "doc_stride": min(128, max(length // 3, 1)), "max_query_length": min(64, length // 3)}
    own |= {"max_answer_length": 30, "has_impossible": False, "null_threshold": None}
    model = SpanLabeler(encoder, task_config=head.described(**own))
    head.fill(model.span)
    return model


QUESTION_ANSWERING = Kind(
    task=QuestionTask,
    model=SpanLabeler,
    make_model=lambda data, encoder, recipe: SpanLabeler(encoder, seed=recipe.seed),
    recipe_fields=("reinit_layers",),
    evaluator=QuestionEvaluator,
    predictor=QuestionPredictor,
    served=ServedQuestions,
    portable=_portable,
    imported=_imported,
    pipeline=QuestionPipeline,
    tasks={
        **{f"squad/{version}": functools.partial(load_squad, version) for version in SQUAD_VERSIONS},
        QUESTIONS: load_questions,
    },
    open_files=load_question_files,
    holds=holds_questions,
    reads_tables=True,
    described="a .json file with questions as in SQuAD, or a table of questions and contexts with answers",
)
