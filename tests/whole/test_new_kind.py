"""A new kind of task in one file: pairs of sentences, of which one is to be preferred, from its rows to its export."""

import dataclasses
from typing import Any, ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

import bert_keras as bk
from bert_keras.data.examples import Examples
from bert_keras.data.split import make_split
from bert_keras.data.splitting import Shares, by_part
from bert_keras.data.task import Task, loaded, preprocessor_of
from bert_keras.data.task_data import TaskData
from bert_keras.features import POOLED_OUTPUT
from bert_keras.models.task_model import TaskModel
from bert_keras.running.kinds import KINDS
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.tuned.check_text import text_list
from bert_keras.tuned.evaluator import Evaluator, logits_of
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.predictor import Predictor
from bert_keras.tuned.served import Served
from bert_keras.tuned.text_batches import TextBatches

RANKING = "sentence_ranking"


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class RankingData(TaskData):
    kind: ClassVar[str] = RANKING


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class RankingTask(Task):
    kind: ClassVar[str] = RANKING

    def tokenize(self, rows, encoder):
        preprocessor = preprocessor_of(encoder, Preprocessor, "preprocessor", self.seq_length)
        return self, {name: make_split(examples, preprocessor) for name, examples in rows.items()}

    def as_data(self, splits, batch_size, order):
        told = {"metrics": ("accuracy",), "settings": self.settings()}
        return RankingData(task=self.name, splits=splits, batch_size=batch_size, order=order, **told)


def load_ranking(rows, encoder=None, *, validation_share=0.25, **options):
    shares = Shares(validation_share)
    sources = by_part(rows)

    def read(parts):
        return shares.read(sources, _examples, parts, lambda rows: rows.texts[0])

    return loaded(RankingTask(name="ranking", read=read, parts=shares.parts(sources)), encoder, options)


def _examples(rows, part):
    firsts, seconds, labels = zip(*((row["better"], row["than"], row["label"]) for row in rows), strict=True)
    return Examples((list(firsts), list(seconds)), np.array(labels, "float32"), np.arange(len(rows)), part)


@keras.saving.register_keras_serializable(package="bert_keras_tests")
class SentenceRanker(TaskModel):
    kind = RANKING
    settings = ("dropout",)

    def __init__(self, encoder: Any, dropout: float = 0.1, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(encoder, **kwargs)
        self.dropout = dropout
        self.scorer = keras.layers.Dense(1, name="scorer", dtype="float32")
        self.scorer.build((None, encoder.config.hidden_size))
        self.compile()
        self.built = True

    def call(self, inputs, training=None):
        return self.scorer(self.encoder(inputs, training=training)[POOLED_OUTPUT])

    def default_loss(self):
        return keras.losses.BinaryCrossentropy(from_logits=True)


class RankingEvaluator(Evaluator):
    model_class = SentenceRanker

    def __call__(self):
        split = self.data.split(self.part)
        logits = logits_of(self.model, split, self.data.batch_size)
        return {"accuracy": float(((logits[:, 0] > 0) == split.examples.labels).mean())}


class RankingPredictor(Predictor):
    columns = 2

    def __init__(self, model, config, batch_size=32, kind=None):
        super().__init__(model, config, batch_size, kind)
        self.preprocessor = model.encoder.preprocessor(config["seq_length"], padding="longest")
        self._batches = TextBatches(model, self.preprocessor, 1)

    def __call__(self, firsts, seconds):
        texts = text_list("firsts", firsts), text_list("seconds", seconds)
        return self._batches(texts, self.batch_size)[:, 0]

    def read(self, firsts, seconds):
        return self._batches.read(tf.constant(self.batch_size), firsts, seconds)[:, 0]

    def lines(self, rows):
        for (first, second), score in zip(rows, self(*zip(*rows, strict=True)), strict=True):
            yield {"first": first, "second": second, "score": float(score)}


class ServedRanking(Served):
    def __init__(self, predictor):
        super().__init__(predictor, predictor.model, predictor.preprocessor.tokenizer)

    def signatures(self):
        specs = [tf.TensorSpec([None], tf.string, name=name) for name in ("first", "second")]
        return {"serving_default": tf.function(self._serve, input_signature=specs).get_concrete_function()}

    def _serve(self, first, second):
        return {"score": self._predictor.read(first, second)}


KIND = Kind(
    task=RankingTask,
    model=SentenceRanker,
    make_model=lambda data, encoder, recipe: SentenceRanker(encoder, recipe.dropout),
    recipe_fields=("dropout",),
    evaluator=RankingEvaluator,
    predictor=RankingPredictor,
    served=ServedRanking,
    open_files=load_ranking,
    holds=lambda rows: isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict) and "better" in rows[0],
    described="rows with better, than and label",
)


@pytest.fixture
def ranking(monkeypatch):
    """The table with one line more."""
    monkeypatch.setitem(KINDS, RANKING, KIND)


def test_a_kind_is_a_file_and_a_line(ranking, tiny_encoder, tmp_path, command):
    texts = tiny.sentences(32)
    rows = [
        {"better": a, "than": b, "label": int("good" in a.split())} for a, b in zip(texts, texts[::-1], strict=True)
    ]
    lines: list[str] = []
    recipe = bk.Recipe(epochs=2, batch_size=8, learning_rate=1e-2, native=True)
    task = bk.load_files(rows, seq_length=24)
    assert (type(task), task.kind, task.parts) == (RankingTask, RANKING, ("train", "validation"))
    result = bk.finetune(task, tiny_encoder, tmp_path / "run", recipe=recipe, say=lines.append)
    assert lines[0].startswith("ranking: 24 train, 8 validation")
    predictor = bk.load(tmp_path / "run")
    data = predictor.task_data("test", rows, trained_rows="keep")
    assert bk.evaluate(predictor.model, data, "test")["accuracy"] == bk.evaluate(result.model, data, "test")["accuracy"]
    scores = predictor(texts, texts[::-1])
    share = np.mean((scores > 0) == [row["label"] for row in rows])
    assert bk.evaluate(predictor.model, data, "test")["accuracy"] == pytest.approx(share)
    served = tf.saved_model.load(bk.export(predictor, tmp_path / "served")).signatures["serving_default"]
    np.testing.assert_allclose(served(first=texts, second=texts[::-1])["score"], scores, atol=1e-5)
    status, out, _ = command("predict", tmp_path / "run", texts[0], texts[1])
    assert status == 0 and '"second"' in out
    with pytest.raises(ValueError, match="`data` must be a task with a file format for predictions"):
        bk.write_predictions(predictor.model, data, tmp_path / "files", "test")
