import pytest
import tensorflow as tf

from bert_keras.hub.check_bucket import check_bucket

FOLDER = "gs://bucket/bert/4"


def test_what_a_bucket_answers_is_said_before_anything_is_read(monkeypatch):
    def refuse(path):
        raise tf.errors.PermissionDeniedError(None, None, "Anonymous caller")

    monkeypatch.setattr(tf.io.gfile, "exists", refuse)
    match = (
        r"TensorFlow said: Anonymous caller.*gcloud auth application-default login`\. Or `gcloud storage cp -r gs://b"
    )
    with pytest.raises(ValueError, match=match):
        check_bucket(FOLDER)


def test_a_folder_without_a_saved_model(monkeypatch):
    monkeypatch.setattr(tf.io.gfile, "exists", lambda path: False)
    with pytest.raises(ValueError, match=r"holds saved_model.pb.*There is no such file. Or `gcloud"):
        check_bucket(FOLDER)
    monkeypatch.setattr(tf.io.gfile, "exists", lambda path: path == f"{FOLDER}/saved_model.pb")
    check_bucket(FOLDER)


def test_a_tensorflow_without_buckets(monkeypatch):
    monkeypatch.setattr(tf.io.gfile, "get_registered_schemes", lambda: ["", "file"])
    with pytest.raises(ValueError, match=r"be a folder on this machine, as this build of TensorFlow reads no gs://"):
        check_bucket(FOLDER)
