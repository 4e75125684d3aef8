"""Commands about encoders: the list of what is published, and a Hugging Face BERT written as TF-Hub's."""

import json

import bert_reference
import numpy as np
import safetensors.numpy
import tuned
from commands import failed
from encoders import VOCABULARY
from google_files import SPECIALS, google_tensors, write_google


def test_encoders(command):
    status, out, _ = command("encoders")
    assert status == 0 and out.startswith("name ")
    rows = [line.split() for line in out.splitlines()]
    row = next(row for row in rows if row[0] == "tensorflow/bert_en_uncased_L-12_H-768_A-12" or row[0].endswith("/4"))
    assert row[1:4] == ["12", "768", "12"] and row[-4:] == ["yes", "yes", "yes", "all"]
    modules = [
        line.split() for line in command("encoders", "--all")[1].splitlines() if line.startswith("google/bert_unc")
    ]
    assert modules and all(row[-5:] == ["TF1", "no", "yes", "no", "all"] for row in modules)
    status, out, _ = command("encoders", "--json", "--language", "zh")
    entries = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and entries and all(entry["language"] == "zh" for entry in entries)
    assert {"handle", "num_layers", "hidden_size", "num_heads", "parameters", "vocabulary"} <= set(entries[0])
    assert {"trains", "tokenizes", "heads", "native"} <= set(entries[0])
    assert len(command("encoders", "--all")[1].splitlines()) > len(rows)
    failed(command("encoders", "--language", "klingon"), "language")


def test_convert(command, tmp_path):
    folder = write_hugging_face(tmp_path / "bert")
    failed(command("convert", folder, tmp_path / "out"), "--uncased")
    status, out, _ = command("convert", folder, tmp_path / "out", "--uncased")
    assert status == 0 and out == f"{tmp_path / 'out'}\n"
    assert {"saved_model.pb", "assets/vocab.txt"} <= tuned.below(tmp_path / "out")
    failed(command("convert", folder, tmp_path / "out", "--uncased"), "must be new or empty")
    failed(command("convert", tmp_path / "nowhere", tmp_path / "other", "--uncased"), "nowhere")


def write_hugging_face(folder):
    """A BERT of one layer with random weights, as `save_pretrained` writes it, without tokenizer_config.json."""
    folder.mkdir()
    width, inner, random = 8, 16, np.random.default_rng(0)
    config = {
        "model_type": "bert",
        "vocab_size": len(VOCABULARY),
        "hidden_size": width,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": inner,
        "max_position_embeddings": 32,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
    }
    dense = {
        "encoder.layer.0.attention.self.query": (width, width),
        "encoder.layer.0.attention.self.key": (width, width),
        "encoder.layer.0.attention.self.value": (width, width),
        "encoder.layer.0.attention.output.dense": (width, width),
        "encoder.layer.0.intermediate.dense": (inner, width),
        "encoder.layer.0.output.dense": (width, inner),
        "pooler.dense": (width, width),
    }
    norms = ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"]
    shapes = {f"{name}.weight": shape for name, shape in dense.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in dense.items()}
    shapes |= {f"{name}.LayerNorm.{kind}": (width,) for name in norms for kind in ("weight", "bias")}
    tables = {"word": len(VOCABULARY), "position": 32, "token_type": 2}
    shapes |= {f"embeddings.{name}_embeddings.weight": (rows, width) for name, rows in tables.items()}
    tensors = {name: random.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    safetensors.numpy.save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    return folder


def test_convert_from_form_to_form(command, tmp_path):
    """Google's files to TF-Hub's form and on to Hugging Face's, with a vocabulary from elsewhere."""
    google = write_google(tmp_path / "google", google_tensors(bert_reference.random_weights()), pieces=None)
    failed(command("convert", google, tmp_path / "hub", "--cased"), "vocab_file")
    lines = (*SPECIALS, *(f"w{number}" for number in range(45)))
    (tmp_path / "own.txt").write_text("\n".join(lines) + "\n")
    options = ("--cased", "--vocab-file", tmp_path / "own.txt")
    status, out, _ = command("convert", google, tmp_path / "hub", *options)
    assert status == 0 and out == f"{tmp_path / 'hub'}\n"
    status, out, _ = command("convert", tmp_path / "hub", tmp_path / "hf", "--to", "huggingface")
    assert status == 0 and {"config.json", "model.safetensors", "vocab.txt"} <= tuned.below(tmp_path / "hf")
    failed(command("convert", tmp_path / "hub", tmp_path / "more", "--to", "pytorch"), "'savedmodel', 'huggingface'")
    # A Hugging Face folder as it comes back needs no word on casing.
    status, out, _ = command("convert", tmp_path / "hf", tmp_path / "hub_again")
    assert status == 0 and "saved_model.pb" in tuned.below(tmp_path / "hub_again")
