import pytest

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.hub.catalog import list_encoders
from bert_keras.hub.other_model import other_model


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("google/elmo/3", "ELMo"),
        ("elmo", "ELMo"),
        ("https://tfhub.dev/google/universal-sentence-encoder/4", "the Universal Sentence Encoder"),
        ("universal-sentence-encoder-multilingual-large", "the Universal Sentence Encoder"),
        ("google/nnlm-en-dim128/2", "NNLM"),
        ("Wiki-words-250", "word2vec"),
        ("google/tf2-preview/gnews-swivel-20dim/1", "Swivel"),
        ("google/sentence-t5/st5-base/1", "T5"),
        ("microsoft/deberta-v3-base", "DeBERTa.*'electra_base'"),
        ("google/imagenet/mobilenet_v2_100_224/classification/5", "no model of text"),
        ("meta-llama/Llama-3", "writes text"),
    ],
)
def test_another_kind_of_model_is_said_to_be_one_and_nothing_is_fetched(name, says, monkeypatch):
    monkeypatch.setenv("BERT_KERAS_MIRROR", "http://127.0.0.1:9")  # where nobody answers
    with pytest.raises(ValueError, match=rf"is .*{says}|is {says}") as error:
        load_encoder(name)
    assert "Did you mean" not in str(error.value)


def test_no_encoder_of_the_catalogue_is_taken_for_another():
    assert [entry.handle for entry in list_encoders() if other_model(entry.handle) and "cmlm" not in entry.handle] == []
    assert other_model("google/universal-sentence-encoder-cmlm/en-base") == ""
