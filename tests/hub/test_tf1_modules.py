import pytest

from bert_keras.hub.catalog import find_encoder, list_encoders, successor_of
from bert_keras.hub.tf1_modules import check_frozen, is_tf1_module


def test_a_module_is_known_by_its_file(tmp_path):
    assert not is_tf1_module(str(tmp_path))
    (tmp_path / "tfhub_module.pb").write_bytes(b"")
    assert is_tf1_module(str(tmp_path))


def test_it_stays_frozen():
    check_frozen("x", False)
    with pytest.raises(ValueError, match=r"`trainable` must be False for one of TF-Hub's TF1.*that is trained\.$"):
        check_frozen("x", True)
    with pytest.raises(ValueError, match=r"or train 'y', the same encoder in TF2\.$"):
        check_frozen("x", True, "y")


@pytest.mark.parametrize(
    ("name", "successor"),
    [
        ("google/bert_uncased_L-12_H-768_A-12", "tensorflow/bert_en_uncased_L-12_H-768_A-12"),
        ("google/bert_cased_L-24_H-1024_A-16", "tensorflow/bert_en_cased_L-24_H-1024_A-16"),
        ("google/bert_chinese_L-12_H-768_A-12", "tensorflow/bert_zh_L-12_H-768_A-12"),
        ("google/bert_multi_cased_L-12_H-768_A-12", "tensorflow/bert_multi_cased_L-12_H-768_A-12"),
        ("google/small_bert/bert_uncased_L-2_H-128_A-2", "tensorflow/small_bert/bert_en_uncased_L-2_H-128_A-2"),
        ("google/albert_xxlarge", "tensorflow/albert_en_xxlarge"),
        (
            "google/mobilebert/uncased_L-24_H-128_B-512_A-4_F-4_OPT",
            "tensorflow/mobilebert_en_uncased_L-24_H-128_B-512_A-4_F-4_OPT",
        ),
        ("google/bertseq2seq/bert24_de_en", None),
    ],
)
def test_its_successor_in_tf2(name, successor):
    assert successor_of(find_encoder(name)) == successor


def test_every_plain_bert_of_tf1_has_a_successor():
    modules = [entry for entry in list_encoders(trainable=False) if entry.name.startswith(("bert_", "small_bert/"))]
    assert len(modules) > 50 and all(map(successor_of, modules))
