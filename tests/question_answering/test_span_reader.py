"""`SpanReader`: strings to spans, however many at a time, and probabilities."""

import keras
import numpy as np
import pytest
import questions
import tensorflow as tf

from bert_keras.question_answering import span_reader
from bert_keras.question_answering.span_decoder import Spans, best_spans
from bert_keras.question_answering.span_reader import SpanReader, span_probabilities
from bert_keras.text.packing import pad_features

LONG = " ".join(f"the {noun} is {colour}." for noun in questions.NOUNS for colour in questions.COLOURS)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return questions.with_random_head(questions.encoder(tmp_path_factory.mktemp("reader")))


@pytest.fixture(scope="module")
def reader(model):
    return SpanReader(model, model.encoder.question_preprocessor(**questions.WINDOWS), 8, batch_size=4)


@pytest.fixture(scope="module")
def asked():
    rows = questions.examples(21, seed=3)
    return [*rows.questions, "what is the film?"], [*rows.contexts, LONG]


def test_spans_are_those_of_each_window_run_by_itself(model, reader, asked):
    """No batches, no padding, no order: one window after the other through the model, then one decoding."""
    windows = reader.preprocessor(*asked)
    assert windows.rows.shape[0] > 40
    columns = {"start_logits": [], "end_logits": []}
    for window in range(windows.rows.shape[0]):
        row = slice(window, window + 1)
        logits = model(pad_features(windows.word_ids[row], windows.type_ids[row]))
        for name, column in columns.items():
            column.append(logits[name][0])
    joined = (tf.concat(columns[name], 0) for name in ("start_logits", "end_logits"))
    wanted = best_spans(*joined, windows, tf.constant(asked[1]), tf.constant(5), 8)
    found, lengths = reader(*asked, n_best=5)
    for name in ("starts", "ends"):
        assert (getattr(found, name) == getattr(wanted, name).numpy()).all()
    np.testing.assert_allclose(found.logits, wanted.logits, atol=1e-5)
    np.testing.assert_allclose(found.null_logits, wanted.null_logits, atol=1e-5)
    assert lengths.tolist() == reader.preprocessor.tokenizer(asked[0]).row_lengths().numpy().tolist()


@pytest.mark.parametrize("ladder", [(), (12, 24)])
def test_logits_of_windows_are_what_spans_are_decoded_from(model, asked, monkeypatch, ladder):
    monkeypatch.setattr(span_reader, "_CHUNK_QUESTIONS", 15)
    reader = SpanReader(model, model.encoder.question_preprocessor(**questions.WINDOWS), 8, batch_size=4, ladder=ladder)
    wanted, _ = reader(*asked, n_best=5)
    chunks = list(reader.window_logits(*asked))
    assert [own[0] for own in chunks] == [(0, 15), (15, len(asked[0]))]
    for (begin, stop), windows, starts, ends in chunks:
        assert len(starts) == len(ends) == len(windows.word_ids.values)
        found = best_spans(starts, ends, windows, tf.constant(asked[1][begin:stop]), tf.constant(5), 8)
        assert (found.starts.numpy() == wanted.starts[begin:stop]).all()
        np.testing.assert_allclose(found.logits, wanted.logits[begin:stop], atol=1e-5)


@pytest.mark.parametrize(("questions_a_call", "characters"), [(1, 1_000_000), (4, 1_000_000), (256, 50), (3, 120)])
def test_chunks_change_nothing(reader, asked, monkeypatch, questions_a_call, characters):
    whole, _ = reader(*asked)
    monkeypatch.setattr(span_reader, "_CHUNK_QUESTIONS", questions_a_call)
    monkeypatch.setattr(span_reader, "_CHUNK_CHARACTERS", characters)
    parts, _ = reader(*asked)
    assert (parts.starts == whole.starts).all() and (parts.ends == whole.ends).all()
    np.testing.assert_allclose(parts.logits, whole.logits, atol=1e-5)


@pytest.mark.parametrize("ladder", [(), (16, 20)], ids=["another backend", "static shapes"])
def test_spans_outside_the_graph_are_those_inside(model, reader, asked, monkeypatch, ladder):
    wanted, lengths = reader(*asked)
    if not ladder:
        monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    other = SpanReader(model, reader.preprocessor, 8, batch_size=4, ladder=ladder)
    assert other.in_shapes and not reader.in_shapes
    assert other.ladder == ((16, 20, 24) if ladder else (24,))
    spans, counts = other(*asked)
    assert (spans.starts == wanted.starts).all() and (spans.ends == wanted.ends).all()
    np.testing.assert_allclose(spans.logits, wanted.logits, atol=1e-5)
    np.testing.assert_allclose(spans.null_logits, wanted.null_logits, atol=1e-5)
    assert (counts == lengths).all()


def test_a_context_of_a_million_characters(model):
    preprocessor = model.encoder.question_preprocessor(64, doc_stride=48, max_query_length=6)
    reader = SpanReader(model, preprocessor, 8, batch_size=512)
    context = "the dog is red. " + "z " * 499_990
    spans, _ = reader(["what is red?", "what is red?"], [context, context[:-4000]])
    for row in range(2):
        texts = [context[start:end] for start, end in zip(spans.starts[row], spans.ends[row], strict=True)]
        assert len(set(texts)) == 20 and max(map(len, texts)) < 40
    # Cutting off an end where all is alike changes neither the best span nor what speaks against one.
    assert len(context) > 999_990 and (spans.starts[0, 0], spans.ends[0, 0]) == (spans.starts[1, 0], spans.ends[1, 0])
    np.testing.assert_allclose(spans.logits[0, 0], spans.logits[1, 0], atol=1e-5)


def test_it_is_traced_once(reader, asked):
    reader(*asked)
    before = reader._function.experimental_get_tracing_count()
    for count in (1, 2, 5, 20):
        reader(asked[0][:count], asked[1][:count], n_best=count)
    assert reader._function.experimental_get_tracing_count() == before == 1


def test_a_context_without_tokens_has_no_span(reader):
    spans, _ = reader(["who?", "who?"], ["\u0301", "the film"])
    assert np.isinf(spans.logits[0]).all() and np.isfinite(spans.logits[1, 0])
    assert spans.null_scores.numpy()[0] > 1e4 and np.isfinite(spans.null_scores.numpy()).all()


def test_probabilities():
    none = -np.inf
    logits = np.array([[2.0, 1.0, 0.0], [3.0, none, none], [none, none, none]], "float32")
    spans = Spans(np.zeros((3, 3)), np.zeros((3, 3)), logits, np.array([1.0, 3.0, 5.0], "float32"))
    shares, null = (column.numpy() for column in span_probabilities(spans, with_null=False))
    np.testing.assert_allclose(shares[0], np.exp([2, 1, 0]) / np.exp([2, 1, 0]).sum(), rtol=1e-6)
    assert shares[1].tolist() == [1, 0, 0] and shares[2].tolist() == [0, 0, 0] and null.tolist() == [0, 0, 0]
    shares, null = (column.numpy() for column in span_probabilities(spans, with_null=True))
    np.testing.assert_allclose(shares[0], np.exp([2, 1, 0]) / np.exp([2, 1, 0, 1]).sum(), rtol=1e-6)
    np.testing.assert_allclose(null, [np.exp(1) / np.exp([2, 1, 0, 1]).sum(), 0.5, 1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_answer_length": 0}, "`max_answer_length` must be at least 1"),
        ({"batch_size": 0}, "`batch_size` must be at least 1"),
    ],
)
def test_settings_that_cannot_be(model, reader, options, words):
    with pytest.raises(ValueError, match=words):
        SpanReader(model, reader.preprocessor, **options)
