"""The model of an export, from whatever the user passed, and what is to be said of it."""

import choices
import pytest
import questions
import tuned

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.loading.load import load


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("source")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


def with_length(predictor, seq_length, **config):
    return type(predictor)(
        predictor.model, {**predictor.config, "seq_length": seq_length, **config}, 32, predictor.kind
    )


def test_a_folder_a_predictor_and_an_encoder_with_a_head(encoder, place):
    folder = tuned.write_model(place / "model", encoder)
    of_folder, of_predictor = ExportSource(folder, "onnx"), ExportSource(load(folder), "onnx")
    assert of_folder.kind is of_predictor.kind and of_folder.head.labels == ("negative", "positive")
    assert of_folder.seq_length == of_predictor.seq_length == 24
    native = load_encoder(encoder, native=True)
    saved = save_encoder(native, place / "pretrained", mlm=MaskedLM(native).head)
    source = ExportSource(saved, "onnx")
    assert isinstance(source.model, MaskedLM) and source.predictor is None and source.seq_length == 64
    with pytest.raises(TypeError, match=r"`data` must be what bk\.load_masked"):
        source.task_data("texts.txt")
    with pytest.raises(ValueError, match="must be a model folder of bert_keras"):
        ExportSource(saved, "savedmodel")


def test_notes_say_what_the_tokenizer_cannot(encoder, place):
    predictor = load(tuned.write_model(place / "pairs", encoder, "pairs"))
    even, odd = (ExportSource(with_length(predictor, length), "onnx").notes() for length in (24, 23))
    assert len(even) == 1 and even[0].startswith("Of a pair whose texts are both cut") and odd == []
    single = load(tuned.write_model(place / "single", encoder))
    assert ExportSource(single, "onnx").notes() == []
    windows = ExportSource(with_length(single, 24, long_text="windows", max_windows=2), "onnx").notes()
    assert len(windows) == 1 and windows[0].startswith("Texts of more than 24 tokens were read in windows")


def test_pairs_are_known(encoder, place, tmp_path):
    assert ExportSource(questions.write_model(place / "questions", encoder), "onnx").takes_pairs
    assert ExportSource(choices.predictor(tmp_path), "onnx").takes_pairs
    assert not ExportSource(tuned.write_model(place / "one", encoder), "onnx").takes_pairs


def test_an_encoder_without_a_tokenizer_is_refused(tmp_path):
    model = MaskedLM(choices.encoder(tmp_path))
    model.encoder.tokenizer = None
    with pytest.raises(ValueError, match=r"`model` must have an encoder with a tokenizer.*Set `encoder.tokenizer"):
        _ = ExportSource(model, "onnx").tokenizer
