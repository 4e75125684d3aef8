"""`FORMS`: the forms of checkpoints that there are, and which one lies at a path."""

import os
import pathlib

from bert_keras.encoders.checkpoints import (
    albert_checkpoint,
    electra_checkpoint,
    google_checkpoint,
    keras_hub_preset,
    keras_layer_file,
    model_garden_checkpoint,
)
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.hub.folders import is_saved_model

FORMS = (  # the first that is there: Google's files of ALBERT and ELECTRA are told from BERT's by what they hold
    albert_checkpoint.FORM,
    electra_checkpoint.FORM,
    google_checkpoint.FORM,
    model_garden_checkpoint.FORM,
    keras_hub_preset.FORM,
    keras_layer_file.FORM,
)


def form_at(handle: str | os.PathLike) -> Form | None:
    """The form of the checkpoint at a path on this machine; None where there is no checkpoint.

    A folder with a SavedModel or with Hugging Face's files is none.

    Raises:
        ValueError: for a checkpoint that is damaged, and a folder with several.
    """
    name = os.path.expanduser(os.fspath(handle))
    if not name or "://" in name:
        return None
    if os.path.isdir(name) and (is_saved_model(name) or any(pathlib.Path(name).glob("*.safetensors"))):
        return None
    return next((form for form in FORMS if form.is_at(pathlib.Path(name))), None)
