"""`check_bucket`: whether a folder in a bucket can be read is looked at before anything else is done with it."""

import os

import tensorflow as tf

from bert_keras import checks
from bert_keras.hub.folders import SAVED_MODEL_FILES


def check_bucket(folder: str) -> None:
    """Asks for the file of a SavedModel, and for nothing of it.

    Args:
        folder: gs://BUCKET/FOLDER.

    Raises:
        ValueError: if TensorFlow cannot read there, or there is no SavedModel.
    """
    copy = f"`gcloud storage cp -r {folder} .` copies it: pass the copy."
    if "gs" not in tf.io.gfile.get_registered_schemes():
        must = "be a folder on this machine, as this build of TensorFlow reads no gs://"
        raise ValueError(checks.message("handle", must, folder, copy))
    must = "name a folder of a bucket that can be read and holds saved_model.pb"
    try:
        found = any(tf.io.gfile.exists(os.path.join(folder, name)) for name in SAVED_MODEL_FILES)
    except tf.errors.OpError as error:
        said = " ".join(str(error).split())[:300]
        advice = (
            f"Google Cloud Storage answered: {said}. A private bucket wants `gcloud auth application-default login`."
        )
        raise ValueError(checks.message("handle", must, folder, f"{advice} Or {copy}")) from error
    if not found:
        raise ValueError(checks.message("handle", must, folder, f"There is no such file. Or {copy}"))
