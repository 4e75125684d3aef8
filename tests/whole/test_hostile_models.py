"""Models of strangers, through every door of the library: nothing in them runs, and nothing is fetched."""

import json
import os
import shutil
import zipfile

import hostile_models
import keras
import pytest
import tensorflow as tf
import tuned
from archive_making import model_archive
from hostile_models import FOLDERS, MARKER, PLACES, WRITERS, forms
from loopback import Answer, loopback
from tensorflow.core.protobuf import saved_model_pb2

import bert_keras as bk
from bert_keras.beam.exported_model import ExportedModel
from bert_keras.beam.table_form import TableForm
from bert_keras.disk import sha256_of
from bert_keras.hub.check_graph import check_graph
from bert_keras.running.training_run.run_encoder import load_run_encoder
from bert_keras.serving.servable import Servable
from bert_keras.serving.served_folder import ServedFolder

FORMS = forms()
REFUSED = r"holds the operation|files lie in its own|assets (lie|are)|name a complete SavedModel"


@pytest.fixture(scope="module")
def place(tmp_path_factory, tiny_encoder):
    """What the doors need, made once: a model folder, and `.keras` files of either layer."""
    folder = tmp_path_factory.mktemp("doors")
    tuned.write_model(folder / "tuned", tiny_encoder)
    inputs = keras.Input([], dtype="float32")
    layer = bk.hub.KerasLayer(str(hostile_models.harmless()))
    keras.Model(inputs, layer(inputs)).save(folder / "layer.keras")
    bk.TextClassifier(bk.load_encoder(tiny_encoder), 2).save(folder / "encoder.keras")
    return folder


def of_keras_file(place, name, folder, **changes):
    """A copy of a `.keras` file beside `folder`, which its config names in place of the model that it was made of."""
    with zipfile.ZipFile(place / f"{name}.keras") as file:
        content = {one: file.read(one) for one in file.namelist()}
    config = json.loads(content["config.json"], object_hook=lambda found: _renamed(found, str(folder), changes))
    content["config.json"] = json.dumps(config).encode()
    path = folder.parent / f"{name}.keras" if hasattr(folder, "parent") else place / f"changed_{name}.keras"
    with zipfile.ZipFile(path, "w") as file:
        for one, data in content.items():
            file.writestr(one, data)
    return path


def _renamed(found, handle, changes):
    return {**found, "handle": handle, **changes} if "handle" in found else found


def model_folder(place, folder):
    """A model folder whose encoder is the model, with its own digests."""
    target = folder.parent / "model"
    shutil.copytree(place / "tuned", target)
    shutil.rmtree(target / "encoder")
    shutil.copytree(folder, target / "encoder", symlinks=True)
    encoder = target / "encoder"
    files = [encoder / "saved_model.pb", *sorted(encoder.glob("variables/*")), *sorted(encoder.glob("assets/*"))]
    config = json.loads((target / "config.json").read_text())
    if all(file.is_file() for file in files):  # else it is no whole model folder, and refused as such
        config["encoder"]["sha256"] = sha256_of(files)
    (target / "config.json").write_text(json.dumps(config))
    return tuned.without_lists(target)


def on_beam(folder):
    form = TableForm(str(folder), "id", {"x": "x"}, (), (), (), "serving_default", 100, 4)
    return ExportedModel(form)


DOORS = {
    "load_encoder": lambda place, folder: bk.load_encoder(folder),
    "load_encoder native": lambda place, folder: bk.load_encoder(folder, native=True),
    "KerasLayer": lambda place, folder: bk.hub.KerasLayer(folder),
    "load": lambda place, folder: bk.load(model_folder(place, folder)),
    "serve": lambda place, folder: Servable.load(ServedFolder(folder, "stranger", is_export=True)),
    "beam": lambda place, folder: on_beam(folder),
    "keras file of a layer": lambda place, folder: keras.models.load_model(of_keras_file(place, "layer", folder)),
    "keras file of an encoder": lambda place, folder: bk.load(of_keras_file(place, "encoder", folder)),
    "keras file without safe mode": lambda place, folder: keras.models.load_model(
        of_keras_file(place, "layer", folder), safe_mode=False
    ),
}


def left(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(f"*{MARKER}*"))


@pytest.mark.parametrize("form", FORMS)
def test_no_door_runs_a_hostile_model(place, tmp_path, monkeypatch, form):
    monkeypatch.chdir(tmp_path)
    folder = FORMS[form](tmp_path / "stranger")
    before = sorted(os.listdir(tmp_path))
    for door, enter in DOORS.items():
        match = REFUSED if door != "load" or form not in ("a link as variables", "in text form") else "must"
        with pytest.raises(ValueError, match=match):
            enter(place, folder)
        assert left(tmp_path) == [], door
    made = {"model", "layer.keras", "encoder.keras"}
    assert sorted(set(os.listdir(tmp_path)) - made) == before


def test_an_encoder_with_a_note_has_no_links_either(tiny_encoder, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "encoder")
    assert bk.load_encoder(tmp_path / "encoder", native=True).config.num_layers == 1
    FOLDERS["a link as variables"](tmp_path / "encoder")
    with pytest.raises(ValueError, match=r"files lie in its own folder.*'variables.*' is a link to another place"):
        bk.load_encoder(tmp_path / "encoder", native=True)


def test_there_are_more_than_fifty():
    assert len(FORMS) >= 50


@pytest.mark.parametrize("operation", WRITERS)
def test_these_models_do_run_where_they_are_trusted(tmp_path, operation):
    folder = hostile_models.write(
        tmp_path / "m", lambda meta: hostile_models.put(meta, "initialiser", operation, str(tmp_path / MARKER))
    )
    bk.hub.KerasLayer(folder, trust=True)
    assert left(tmp_path)


def test_the_model_that_they_are_made_of_is_not_refused(place, tmp_path):
    folder = hostile_models.write(tmp_path / "m", lambda meta: None)
    assert float(bk.hub.KerasLayer(folder)(tf.constant([1.0]))[0]) == 40.0
    assert float(keras.models.load_model(of_keras_file(place, "layer", folder))(tf.constant([1.0]))[0]) == 40.0
    assert on_beam(folder).form.export == str(folder)
    assert all(place for place in PLACES)


@pytest.mark.parametrize("place_", PLACES)
@pytest.mark.parametrize("operation", ["WriteFile", "ReadFile", "EagerPyFunc", "PrintV2", "SaveV2", "RestoreV2"])
def test_an_operation_is_refused_by_its_name_wherever_it_stands(tmp_path, place_, operation):
    folder = hostile_models.write(
        tmp_path / "m", lambda meta: hostile_models.put(meta, place_, operation, str(tmp_path / MARKER))
    )
    with pytest.raises(ValueError, match=rf"holds the operation {operation}\."):
        check_graph(str(folder), "stranger")


# Models that are refused, and that somebody trusts -------------------------------------------------------------------


@pytest.fixture
def doubtful(place, tmp_path):
    """A model folder whose encoder works, and has a function that reads a file, which nobody calls."""
    encoder = tmp_path / "encoder"
    shutil.copytree(place / "tuned" / "encoder", encoder)
    stored = saved_model_pb2.SavedModel.FromString((encoder / "saved_model.pb").read_bytes())
    hostile_models.put(stored.meta_graphs[0], "uncalled function", "ReadFile", "/etc/hosts")
    (encoder / "saved_model.pb").write_bytes(stored.SerializeToString())
    return model_folder(place, encoder)


def test_the_command_line_takes_what_is_trusted(doubtful, command, tmp_path):
    status, _, said = command("predict", doubtful, "a good film")
    assert status and "holds the operation ReadFile" in said
    status, out, said = command("predict", doubtful, "a good film", "--trust")
    assert status == 0 and json.loads(out)["label"], said
    assert command("export", doubtful, tmp_path / "export", "--trust")[0] == 0
    assert (tmp_path / "export" / "saved_model.pb").is_file()
    (tmp_path / "more.csv").write_text("text,label\na good film,positive\na bad film,negative\n")
    for name, *more in (("evaluate",), ("report", "--out", tmp_path / "report.html")):
        given = [name, doubtful, "--task", tmp_path / "more.csv", *more]
        assert command(*given)[0] != 0
        assert command(*given, "--trust")[0] == 0, name


def test_a_server_and_beam_take_what_is_trusted(doubtful, place, tmp_path):
    with pytest.raises(ValueError, match="holds the operation ReadFile"):
        Servable.load(ServedFolder.find(doubtful))
    assert Servable.load(ServedFolder.find(doubtful), trust=True).signatures
    folder = FORMS["ReadFile in main graph"](tmp_path / "export")
    with pytest.raises(ValueError, match=r"trust=True \(--trust\)"):
        Servable.load(ServedFolder(folder, "stranger", is_export=True))
    form = TableForm(str(folder), "id", {"x": "x"}, (), (), (), "serving_default", 100, 4)
    with pytest.raises(ValueError, match="`export` must name a SavedModel that computes"):
        ExportedModel(form)
    with pytest.raises(TypeError, match="`trust` must be True or False"):
        ExportedModel(form, "yes")


def test_a_run_takes_what_is_trusted_or_pinned(doubtful):
    encoder = doubtful / "encoder"
    for said in ({"trust": True}, {"sha256": bk.hub.model_sha256(encoder)}):
        loaded = load_run_encoder({"handle": encoder, **said}, bk.Recipe(), tf.distribute.get_strategy(), print)
        assert loaded.config.num_layers == 1
    for said, match in (({}, "holds the operation ReadFile"), ({"sha256": "0" * 64}, "`sha256` must be that of")):
        with pytest.raises(ValueError, match=match):
            load_run_encoder({"handle": encoder, **said}, bk.Recipe(), tf.distribute.get_strategy(), print)


# Addresses in `.keras` files -----------------------------------------------------------------------------------------


@pytest.fixture
def site(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    with loopback() as running:
        monkeypatch.setenv("BERT_KERAS_MIRROR", running.address)
        yield running


def archived(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return model_archive({str(path.relative_to(folder)): path.read_bytes() for path in files})


@pytest.mark.parametrize("name", ["layer", "encoder"])
@pytest.mark.parametrize(
    "address",
    [
        "https://tfhub.dev/a/b/1",
        "https://www.kaggle.com/models/a/b/TensorFlow2/c/1",
        "{site}/m.tar.gz",
        "http://models.example/m.tar.gz",
        "gs://bucket/model",
        "gs://bucket/model.tar.gz",
        "bert_en_uncased_L-12_H-768_A-12",
    ],
)
def test_a_keras_file_fetches_nothing(place, site, name, address):
    handle = address.replace("{site}", site.address)
    path = of_keras_file(place, name, handle)
    for load in (keras.models.load_model, bk.load):
        with pytest.raises(ValueError, match=r"`handle` must name what is on this machine.*bk\.hub\.resolve\("):
            load(path)
    assert site.requests == []


def test_what_was_fetched_before_is_loaded_without_asking(place, site):
    site.answers["/a/b/1?tf-hub-format=compressed"] = Answer(archived(hostile_models.harmless()))
    bk.hub.resolve("https://tfhub.dev/a/b/1")
    asked = len(site.requests)
    model = keras.models.load_model(of_keras_file(place, "layer", "https://tfhub.dev/a/b/1"))
    assert float(model(tf.constant([1.0]))[0]) == 40.0
    assert len(site.requests) == asked == 1


def test_a_keras_file_that_is_trusted_fetches(place, site):
    site.answers["/a/b/1?tf-hub-format=compressed"] = Answer(archived(hostile_models.harmless()))
    path = of_keras_file(place, "layer", "https://tfhub.dev/a/b/1")
    assert float(keras.models.load_model(path, safe_mode=False)(tf.constant([1.0]))[0]) == 40.0


@pytest.mark.parametrize("safe_mode", [True, False])
@pytest.mark.parametrize("said", [{"trust": True}, {"sha256": "0" * 64}, {"load_options": {}}])
def test_a_keras_file_cannot_say_what_code_must(place, tmp_path, said, safe_mode):
    folder = FORMS["WriteFile in initialiser"](tmp_path / "stranger")
    for name in ("layer", "encoder"):
        with pytest.raises(ValueError, match=rf"`{next(iter(said))}` must not stand in a config"):
            keras.models.load_model(of_keras_file(place, name, folder, **said), safe_mode=safe_mode)
    assert left(tmp_path) == []


def test_a_config_outside_of_a_file_is_taken_in_safe_mode(site):
    layer = bk.hub.KerasLayer(hostile_models.harmless())
    config = {**layer.get_config(), "handle": "https://tfhub.dev/a/b/1"}
    with pytest.raises(ValueError, match="while a model is made of a config, nothing is fetched"):
        bk.hub.KerasLayer.from_config(config)
    with pytest.raises(ValueError, match="while a model is made of a config, nothing is fetched"):
        keras.saving.deserialize_keras_object(
            {"class_name": "KerasLayer", "registered_name": "bert_keras>KerasLayer", "config": config, "module": None}
        )
    assert site.requests == []


def test_python_in_a_keras_file_does_not_run(place, tmp_path):
    keras.Sequential([keras.Input([1]), keras.layers.Lambda(lambda x: x + 1)]).save(tmp_path / "lambda.keras")
    with pytest.raises(ValueError, match="Lambda"):
        bk.load(tmp_path / "lambda.keras")
