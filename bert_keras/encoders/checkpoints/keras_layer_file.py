"""HDF5 files of tf_keras models around a `hub.KerasLayer`: `model.save("x.h5")` and `model.save_weights("x.h5")`.

They hold the weights under the names that these have in the SavedModel.
"""

import dataclasses
import os
import pathlib

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import GOOGLES
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.hdf5_file import Hdf5File
from bert_keras.encoders.checkpoints.named_like_hub import NamedLikeHub
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder

_OPTIMIZER = "optimizer_weights/"
_ENDING = ":0"  # of a variable's name


def _is_at(path: pathlib.Path) -> bool:
    return path.suffix in (".h5", ".hdf5") and os.path.isfile(path)


def _read(path: pathlib.Path) -> StoredEncoder:
    tensors = Hdf5File(path).tensors
    if any("/vars/" in name for name in tensors):
        must = "hold weights under their names, and this one numbers them, as .weights.h5 and .keras files do"
        advice = 'Load the model in tf_keras and call model.save_weights("x.h5"), whose files have names.'
        raise ValueError(checks.message("checkpoint", must, str(path), advice))
    own = [
        dataclasses.replace(tensor, name=name.removesuffix(_ENDING))
        for name, tensor in tensors.items()
        if not name.startswith(_OPTIMIZER)
    ]
    named = NamedLikeHub(own, path, FORM.name)
    return StoredEncoder(
        path=path,
        form=FORM.name,
        settings={**named.sizes(), **GOOGLES},
        told_by="the shape of its tensors",
        tensors=named.tensors,
        name_of=named.name_of,
    )


FORM = Form("an HDF5 file of a tf_keras model around a hub.KerasLayer", _is_at, _read)
