"""`bert-keras vocab` and `bert-keras pretrain`: from a text file to a folder, and mistakes on one line."""

import pytest

from bert_keras.cli.pretraining import _start
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.text.tokenizer import Tokenizer

TEXT = "\n".join(["The river runs to the sea.", "Walking and talking by the river.", "Rain fell on the sea."] * 12)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text(TEXT + "\n", encoding="utf-8")
    return path


def test_a_vocabulary_and_an_encoder_from_a_text_file(command, text, tmp_path):
    status, told, error = command("vocab", text, "--out", tmp_path / "v.txt", "--size", 80, "--cased")
    assert (status, told.strip()) == (0, str(tmp_path / "v.txt")), error
    assert "The" in Tokenizer(tmp_path / "v.txt", False).vocabulary
    sizes = ("--from-scratch", "--layers", 1, "--hidden-size", 8, "--heads", 2, "--vocab", tmp_path / "v.txt")
    short = ("--epochs", 1, "--batch-size", 4, "--seq-length", 16, "--cased", "--pieces", "--limit", 8)
    status, told, error = command("pretrain", text, "--out", tmp_path / "encoder", *sizes, *short)
    assert status == 0, error
    assert "on held-out text: accuracy" in told
    encoder = load_encoder(tmp_path / "encoder")
    assert encoder.config.hidden_size == 8 and not encoder.tokenizer.lower_case


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "`encoder` must be given, or --from-scratch"),
        (("--encoder", "x", "--from-scratch"), "`encoder` must be left out with --from-scratch"),
        (("--from-scratch", "--layers", 2), "must be given with --from-scratch"),
        (("--encoder", "x", "--layers", 1, "--heads", 2), "must be left out without --from-scratch"),
        (("--encoder", "bert_en_uncased", "--rows", "packed"), "must be an encoder of the catalogue"),
    ],
)
def test_mistakes_are_one_line(command, text, tmp_path, options, said):
    status, _, error = command("pretrain", text, "--out", tmp_path / "out", *options)
    assert status == 1 and said in error and len(error.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_is_named(command, tmp_path):
    status, _, error = command("vocab", tmp_path / "gone.txt", "--out", tmp_path / "v.txt")
    assert status == 1 and "`files_or_texts` must be an existing file" in error


def test_of_an_encoder_that_is_there_the_first_layers_can_be_kept():
    assert _start("x", False, {"layers": 2, "hidden_size": None, "heads": None}) == {"handle": "x", "num_layers": 2}
