"""`read_saved_model`: what stands in the file of a SavedModel, which is parsed; nothing of it is run."""

import os
from typing import Any

import tensorflow as tf
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from bert_keras.checks import message


def read_saved_model(folder: str | os.PathLike, given: Any, argument: str = "handle") -> saved_model_pb2.SavedModel:
    """The message in saved_model.pb or saved_model.pbtxt.

    Args:
        folder: of the SavedModel, on any file system of TensorFlow.
        given: what the user named it by, for the error.
        argument: the name of the argument that it was.

    Raises:
        ValueError: if there is none, or it cannot be read.
    """
    stored = saved_model_pb2.SavedModel()
    path = os.path.join(os.fspath(folder), tf.saved_model.SAVED_MODEL_FILENAME_PB)
    try:
        if tf.io.gfile.exists(path):
            with tf.io.gfile.GFile(path, "rb") as file:
                stored.ParseFromString(file.read())
        else:
            with tf.io.gfile.GFile(path + "txt", "r") as file:
                text_format.Parse(file.read(), stored)
    except (DecodeError, text_format.ParseError, UnicodeDecodeError, OSError, tf.errors.OpError) as error:
        reason = f"TensorFlow could not read it: {error}"
        raise ValueError(message(argument, "name a complete SavedModel", given, reason)) from error
    if not stored.meta_graphs:
        raise ValueError(message(argument, "name a complete SavedModel", given, "There is no graph in its file."))
    return stored
