"""The model folder: what stands in it, what does not, that it travels, and what is said when it is none or damaged."""

import json
import os
import re
import shutil
import socket

import h5py
import numpy as np
import pytest
import tuned

from bert_keras.disk import sha256_of
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.running.export import export
from bert_keras.running.folders.folder_files import HEAD, check_out, read_config
from bert_keras.running.folders.model_folder import load_model, portable_name
from bert_keras.running.folders.verify import verify
from bert_keras.running.loading.load import load

TEXTS = ["a very good film", "not the best food", "", "who was it?"]


@pytest.fixture(scope="module", params=["hub", "native"])
def model_folder(request, place, encoder):
    return tuned.write_model(place / f"{request.param} model", encoder, native=request.param == "native")


@pytest.fixture
def folder(place, encoder, tmp_path):
    """A folder of one's own, to harm."""
    made = place / "to copy"
    if not made.exists():
        tuned.write_model(made, encoder)
    return shutil.copytree(made, tmp_path / "model")


def edit(folder, **changes):
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    verify(folder, accept=True)


def test_the_folder_is_that_of_the_architecture(model_folder):
    native = model_folder.name.startswith("native")
    note = {"encoder/assets.extra", "encoder/assets.extra/bert_keras.json"} if native else set()
    assert tuned.below(model_folder) == note | {
        *(
            "bert_keras.sha256",
            "encoder/bert_keras.sha256",
            "config.json",
            "head.weights.h5",
            "metrics.json",
            "encoder",
            "encoder/saved_model.pb",
            "encoder/fingerprint.pb",
        ),
        *("encoder/assets", "encoder/assets/vocab.txt", "encoder/variables", "encoder/variables/variables.index"),
        "encoder/variables/variables.data-00000-of-00001",
    }
    config = json.loads((model_folder / "config.json").read_text())
    told = {name: config[name] for name in ("format", "task", "labels", "seq_length", "problem_type", "metrics")}
    assert told == {
        "format": 1,
        "task": "samples/reviews",
        "labels": ["negative", "positive"],
        "seq_length": 24,
        "problem_type": "single_label_classification",
        "metrics": {"accuracy": 0.5},
    }
    sizes = {name: config["encoder"][name] for name in ("num_layers", "hidden_size", "num_heads", "max_positions")}
    assert sizes == {"num_layers": 1, "hidden_size": 8, "num_heads": 2, "max_positions": 64}
    assert config["encoder"]["gelu"] == "tanh"
    assert config["encoder"]["source"] == "the_encoder" and len(config["encoder"]["sha256"]) == 64
    assert json.loads((model_folder / "metrics.json").read_text()) == {"accuracy": 0.5}
    assert {"tensorflow", "keras", "tensorflow-text"} <= set(config["versions"])


def test_no_path_and_no_machines_name_stands_in_it(model_folder, place):
    secrets = [os.fspath(place).encode(), place.name.encode(), socket.gethostname().encode()]
    secrets += [os.path.expanduser("~/").encode()]
    for path in model_folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [secret for secret in secrets if len(secret) > 3 and secret in content], path


def test_it_travels(model_folder, tmp_path, monkeypatch):
    wanted = load(model_folder).probabilities(TEXTS)
    shutil.copytree(model_folder, tmp_path / "elsewhere" / "model")
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "no cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "no home"))
    monkeypatch.chdir(tmp_path)
    model, config = load_model("elsewhere/model")
    assert model.encoder.source == "the_encoder" and config["task"] == "samples/reviews"
    np.testing.assert_array_equal(load("elsewhere/model").probabilities(TEXTS), wanted)
    assert not (tmp_path / "no cache").exists()


def test_its_encoder_is_an_encoder(model_folder):
    encoder = load_encoder(model_folder / "encoder")
    model, _ = load_model(model_folder)
    features = encoder.preprocessor(8)(TEXTS)
    np.testing.assert_array_equal(
        encoder(features)["pooled_output"].numpy(), model.encoder(features)["pooled_output"].numpy()
    )


def test_a_folder_that_does_not_say_the_gelu_has_the_same_answers(folder):
    model, _ = load_model(folder)
    assert model.encoder.inference is not None
    wanted = load(folder).probabilities(TEXTS)
    config = json.loads((folder / "config.json").read_text())
    del config["encoder"]["gelu"]
    edit(folder, **config)
    model, _ = load_model(folder)
    assert model.encoder.inference is None
    np.testing.assert_allclose(load(folder).probabilities(TEXTS), wanted, atol=1e-6)


@pytest.mark.parametrize("dialect", ["dict", "list"])
def test_model_gardens_encoders_in_both_dialects(dialect, request, tmp_path):
    encoder = load_encoder(request.getfixturevalue(f"{dialect}_encoder"))
    tuned.write_model(tmp_path / "model", encoder.source)
    model, _ = load_model(tmp_path / "model")
    features = encoder.preprocessor(8)(TEXTS)
    np.testing.assert_array_equal(
        encoder(features)["pooled_output"].numpy(), model.encoder(features)["pooled_output"].numpy()
    )
    assert model.encoder.tokenizer.vocabulary == encoder.tokenizer.vocabulary


def test_a_vocabulary_that_the_savedmodel_does_not_bring_comes_along(encoder, tmp_path):
    own = tmp_path / "words.txt"
    own.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "The", "film"]), encoding="utf-8")
    loaded = load_encoder(encoder, vocab_file=own, lower_case=False)
    model = tuned.TextClassifier(loaded)
    (tmp_path / "model").mkdir()
    config = {"task": "t", "labels": ["n", "p"], "text_columns": ["sentence"], "seq_length": 8}
    tuned.write_model_folder(tmp_path / "model", model, config, {})
    own.unlink()
    tokenizer = load_model(tmp_path / "model")[0].encoder.tokenizer
    assert tokenizer(["The film the"]).to_list() == [[4, 5, 1]]


@pytest.mark.parametrize(
    "file", ["encoder/variables/variables.data-00000-of-00001", "encoder/assets/vocab.txt", "encoder/saved_model.pb"]
)
def test_a_damaged_encoder_is_refused(folder, file):
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    said = rf"`folder` must hold the files that were written, and '{file.removeprefix('encoder/')}' has changed since"
    with pytest.raises(ValueError, match=said + r".* run: bert-keras verify '.*/model/encoder' --accept"):
        load(folder)
    with pytest.raises(ValueError, match=r"hold the encoder that config.json describes, and it has changed since"):
        load(tuned.without_lists(folder))


def test_a_damaged_or_missing_head_is_refused(folder):
    content = (folder / "head.weights.h5").read_bytes()
    (folder / "head.weights.h5").write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"and 'head.weights.h5' has changed since it was written"):
        load(folder)
    (folder / "head.weights.h5").unlink()
    with pytest.raises(ValueError, match=r"and 'head.weights.h5' is not there"):
        load(folder)
    tuned.without_lists(folder)
    with pytest.raises(ValueError, match=r"must hold the head that config.json describes, and it is not there.*again"):
        load(folder)
    (folder / "encoder" / "saved_model.pb").unlink()
    with pytest.raises(ValueError, match=r"must hold the encoder that config.json describes, and it is not there"):
        load(folder)


def test_a_newer_format_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (tuned.without_lists(folder) / "config.json").write_text(json.dumps(config | {"format": 2}))
    with pytest.raises(ValueError, match=r"must have format 1 or older\. Received: folder=2\. Update bert_keras"):
        load(folder)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"model_type": "bert"}', '{"format": 1}', '{"format": "1", "encoder": {}}']
)
def test_a_config_that_is_not_ours(folder, content):
    (tuned.without_lists(folder) / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"must hold a config.json that bert_keras wrote.*copy the whole model folder"):
        read_config(folder)


def test_what_is_no_model_folder(tmp_path, encoder, folder):
    def said(path, match):
        with pytest.raises(ValueError, match=r"`folder` must be a model folder of bert_keras.*" + match):
            load(path)

    said(tmp_path / "nowhere", "There is no such folder")
    said(folder / "config.json", "It is a file")
    said(encoder, r"It is a SavedModel: .* bk.load_encoder loads an encoder")
    export(folder, tmp_path / "served")
    said(tmp_path / "served", r"It is a SavedModel: tf.saved_model.load serves an export")
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    said(tmp_path / "run", r"checkpoints of a run that has not ended: run `bert-keras finetune … --resume`")
    said(tmp_path / "run" / "checkpoints", r"There is: \[\]")
    with pytest.raises(TypeError, match="`folder` must be the path of a model folder"):
        load(None)


def test_names_that_may_travel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "mine").mkdir(parents=True)
    url = "https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4"
    given = [None, url, "small_bert/bert_en_uncased_L-2_H-128_A-2", "models/mine", str(tmp_path / "models/mine/")]
    given += ["/gone/since", "models/mine/.."]
    wanted = [None, url, "small_bert/bert_en_uncased_L-2_H-128_A-2", "mine", "mine", "since", "models"]
    assert [portable_name(name) for name in given] == wanted


class TestOut:
    """`check_out`: where a run may write."""

    def said(self, out, match, error=FileExistsError, **flags):
        before = tuned.below(out) if out.is_dir() else None
        with pytest.raises(error, match=match):
            check_out(out, flags.get("resume", False), flags.get("overwrite", False))
        assert before is None or tuned.below(out) == before

    def test_new_and_empty_folders_are_free(self, tmp_path):
        for flags in [(False, False), (True, False), (False, True)]:
            assert check_out(tmp_path / "new", *flags) == tmp_path / "new"
            assert check_out(tmp_path, *flags) == tmp_path
        assert tuned.below(tmp_path) == set()

    def test_a_finished_model(self, folder):
        self.said(folder, r"`out` must be new or empty.*--resume \(resume=True\).*--overwrite \(overwrite=True\)")
        self.said(folder, "must hold a run that has not ended, to resume it.*Its model is finished", resume=True)
        (folder / "predictions.json").write_text("")
        (folder / "logs").mkdir()
        assert check_out(folder, resume=False, overwrite=True) == folder

    def test_a_run_that_has_not_ended(self, tmp_path):
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / "checkpoints" / "state.json").write_text("{}")
        self.said(tmp_path, "must be new or empty.*--resume")
        for flags in [(True, False), (False, True)]:
            assert check_out(tmp_path, *flags) == tmp_path

    def test_a_run_that_died_before_its_first_checkpoint(self, tmp_path):
        checkpoints = tmp_path / "checkpoints"
        (checkpoints / "logs" / "train").mkdir(parents=True)
        (checkpoints / "logs" / "train" / "events.out.tfevents.17.host.1.v2").write_text("")
        self.said(
            tmp_path, r"It holds \['checkpoints'\], not of bert_keras", resume=True
        )  # a lock is ours, logs may not be
        (checkpoints / "lock").write_text("17 on host\n")
        self.said(tmp_path, "must be new or empty.*--resume")
        for more in ("state.json.writing", "writing.safetensors", "epoch-1.safetensors", "epoch-1.safetensors.damaged"):
            for flags in [(True, False), (False, True)]:
                assert check_out(tmp_path, *flags) == tmp_path
            (checkpoints / more).write_text("")
        (checkpoints / "epoch-best.safetensors").write_text("")
        self.said(tmp_path, "not of bert_keras", resume=True)

    def test_a_run_over_a_finished_model_can_be_resumed(self, folder):
        (folder / "checkpoints").mkdir()
        assert check_out(folder, resume=True, overwrite=False) == folder

    @pytest.mark.parametrize("flags", [{}, {"resume": True}, {"overwrite": True}])
    def test_what_others_wrote_is_never_replaced(self, tmp_path, folder, flags):
        (folder / "notes.txt").write_text("mine")
        self.said(folder, r"It holds \['notes.txt'\], not of bert_keras.*pass a new folder", **flags)
        for number, name in enumerate(["logs/a", "checkpoints/a.ckpt", "config.json", "encoder/saved_model.pb"]):
            other = tmp_path / f"other{number}"
            (other / name).parent.mkdir(parents=True)
            (other / name).write_text("{}")
            self.said(other, "not of bert_keras, and the run would replace it", **flags)

    def test_a_file(self, folder):
        self.said(folder / "config.json", "`out` must be a folder.*There is a file of that name", overwrite=True)

    def test_contradictions(self, tmp_path):
        flags = {"resume": True, "overwrite": True}
        self.said(tmp_path, "`resume` must not be given together with overwrite", ValueError, **flags)
        self.said(tmp_path, "`resume` must be True or False", TypeError, resume="yes")


@pytest.mark.parametrize("form", ["another file's bytes", "another HDF5 file", "a view of another file"])
def test_values_of_the_head_that_lie_elsewhere_are_refused(folder, tmp_path, form):
    head = folder / HEAD
    with h5py.File(head, "r+") as file:
        values = file["classifier/kernel"][()]
        del file["classifier/kernel"]
        if form == "another file's bytes":
            (tmp_path / "secret").write_bytes(values.astype("<f4").tobytes())
            place = [(str(tmp_path / "secret"), 0, values.nbytes)]
            file.create_dataset("classifier/kernel", values.shape, "<f4", external=place)
        else:
            with h5py.File(tmp_path / "secret.h5", "w") as other:
                other["values"] = values
            if form == "another HDF5 file":
                file["classifier/kernel"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "values")
            else:
                layout = h5py.VirtualLayout(values.shape, "<f4")
                layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "values", values.shape)
                file.create_virtual_dataset("classifier/kernel", layout)
    edit(folder, head={"sha256": sha256_of([head])})
    with pytest.raises(
        ValueError, match=rf"`folder` must have the values of 'classifier/kernel' in {re.escape(HEAD)} itself"
    ):
        load_model(folder)
