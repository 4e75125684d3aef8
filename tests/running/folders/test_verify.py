"""`bk.verify` and `bert-keras verify`: each kind of folder, what is found, and what is accepted."""

import json
import shutil
import subprocess
import sys

import pytest
import tuned

import bert_keras as bk
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.manifest import CHANGED, GONE, Manifest
from bert_keras.running.export import export
from bert_keras.running.folders.verify import verify
from bert_keras.running.loading.load import load

TEXTS = ["a very good film", "not the best food"]


@pytest.fixture
def folder(tuned_run, tmp_path):
    return shutil.copytree(tuned_run.folder, tmp_path / "model")


def test_a_model_folder_and_what_decides_its_answers(folder):
    assert verify(folder) == bk.verify(str(folder)) == {}
    assert Manifest(folder).names() == [
        "config.json",
        "encoder/bert_keras.sha256",
        "head.weights.h5",
        "trained_rows.npy",
    ]
    for name in ("README.md", "metrics.json"):
        (folder / name).write_text("mine")
    (folder / "notes.txt").write_text("mine")
    assert verify(folder) == {}
    vocabulary = folder / "encoder" / "assets" / "vocab.txt"
    vocabulary.write_text("\n".join(reversed(vocabulary.read_text().splitlines())) + "\n")
    (folder / "trained_rows.npy").unlink()
    assert verify(folder) == {"encoder/assets/vocab.txt": CHANGED, "trained_rows.npy": GONE}
    (folder / "encoder" / Manifest.NAME).unlink()
    assert verify(folder) == {"encoder/bert_keras.sha256": GONE, "trained_rows.npy": GONE}
    with pytest.raises(ValueError, match=r"'encoder/bert_keras.sha256' is not there"):
        load(folder)
    (folder / Manifest.NAME).write_text("nonsense\n")
    assert list(verify(folder)) == [Manifest.NAME]


def test_a_change_that_is_meant_is_accepted(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"labels": ["thumbs down", "thumbs up"]}))
    with pytest.raises(ValueError, match=r"'config.json' has changed since.*bert-keras verify '.*' --accept"):
        load(folder)
    assert verify(folder, accept=True) == verify(folder) == {}
    assert load(folder)(TEXTS[0]).label in ("thumbs down", "thumbs up")
    (folder / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"must hold a config.json that bert_keras wrote"):
        verify(folder, accept=True)
    assert verify(folder) == {"config.json": CHANGED}


def test_a_folder_of_before_there_were_lists(folder):
    tuned.without_lists(folder)
    assert verify(folder) == {}
    (folder / "head.weights.h5").write_bytes(b"x")
    assert verify(folder) == {"head": CHANGED}
    (folder / "encoder" / "saved_model.pb").unlink()
    assert verify(folder) == {"encoder": GONE, "head": CHANGED}


def test_encoders_and_exports(folder, tmp_path):
    export(folder, tmp_path / "served")
    export(folder, tmp_path / "hf", "huggingface")
    for made in (folder / "encoder", tmp_path / "served", tmp_path / "hf"):
        assert verify(made) == {}
        name = "model.safetensors" if made.name == "hf" else "variables/variables.index"
        content = (made / name).read_bytes()
        (made / name).write_bytes(content[:-1])
        assert verify(made) == {name: CHANGED}
        assert verify(made, accept=True) == verify(made) == {}
        (made / name).unlink()
        assert verify(made, accept=True) == {}
        (made / name).write_bytes(content)
    tuned.without_lists(tmp_path / "served")
    with pytest.raises(ValueError, match=r"must hold bert_keras.sha256, .*older versions have none. Pass --accept"):
        verify(tmp_path / "served")
    verify(tmp_path / "served", accept=True)
    assert verify(tmp_path / "served") == {} and load_encoder(folder / "encoder", native=False) is not None


def test_checkpoints_of_a_run_that_has_not_ended(encoder, tmp_path, monkeypatch):
    class Stopped(Exception):
        pass

    def stop(self, seconds):
        raise Stopped

    monkeypatch.setattr("bert_keras.running.training_run.run.Run._finish", stop)
    with pytest.raises(Stopped):
        tuned.run(encoder, tmp_path / "out")
    for place in (tmp_path / "out", tmp_path / "out" / "checkpoints"):
        assert verify(place) == {}
    file = tmp_path / "out" / "checkpoints" / "epoch-2.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert verify(tmp_path / "out") == {"checkpoints/epoch-2.safetensors": "is damaged, or of an older bert_keras"}
    assert list(verify(tmp_path / "out" / "checkpoints")) == ["epoch-2.safetensors"]


def test_what_is_no_folder_of_ours(tmp_path):
    (tmp_path / "file").write_text("")
    for place, said in (("file", "It is a file"), ("nowhere", "There is no such folder")):
        with pytest.raises(ValueError, match=f"be a folder that bert_keras wrote.*{said}"):
            verify(tmp_path / place)
    with pytest.raises(ValueError, match=r"must hold bert_keras.sha256, the list of what was written, or checkpoints"):
        verify(tmp_path)
    with pytest.raises(ValueError, match=r"`accept` must be a model folder, an encoder or an export"):
        verify(tmp_path, accept=True)
    with pytest.raises(TypeError, match=r"`folder` must be the path of a folder"):
        verify(None)


def test_the_command(folder, command):
    status, out, err = command("verify", folder)
    assert (status, out, err) == (0, f"{folder} holds what was written.\n", "")
    (folder / "config.json").write_text("{}")
    (folder / "head.weights.h5").unlink()
    status, out, err = command("verify", folder)
    assert (
        status == 1
        and err == ""
        and out.splitlines()
        == [
            f"{folder}/config.json has changed since it was written",
            f"{folder}/head.weights.h5 is not there",
        ]
    )
    status, out, err = command("verify", folder, "--accept")
    assert status == 1 and out == "" and err.startswith("bert-keras: `folder` must hold a config.json that")


def test_it_loads_nothing_heavy(folder):
    code = f"import sys, bert_keras as bk; bk.verify({str(folder)!r}); "
    code += "print([m for m in ('tensorflow', 'keras', 'h5py') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
