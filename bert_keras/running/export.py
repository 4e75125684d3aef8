"""`export`: a tuned model as one SavedModel, strings in, that needs TensorFlow alone."""

import os
import pathlib

import tensorflow as tf

from bert_keras import checks
from bert_keras.bar import steps_bar
from bert_keras.data.task_data import TaskData
from bert_keras.disk import check_replaceable, clear_errors, replacing
from bert_keras.foreign_names import foreign_names
from bert_keras.hub.plain_path import plain_path
from bert_keras.hub.saved_models import save_options
from bert_keras.models.task_model import TaskModel
from bert_keras.running.folder_files import FORMATS, check_new
from bert_keras.running.kinds import KINDS
from bert_keras.running.load import load
from bert_keras.running.predictor import predictor
from bert_keras.tuned.predictor import Predictor


@checks.answers(**foreign_names("export"))
def export(
    model: Predictor | TaskModel | str | os.PathLike,
    out: str | os.PathLike,
    to: str = "savedmodel",
    *,
    data: TaskData | None = None,
) -> str:
    """Writes a SavedModel for serving.

    Of a classifier, the signature `serving_default` takes `text` (and `text_pair` for tasks on pairs), string [batch],
    and returns `label_id` int32 [batch], `label` string [batch] and `probabilities` float32 [batch, classes]; several
    labels give `label_ids` 0 or 1 [batch, classes] in place of the first two, regression gives `score` float32 [batch].
    The signature `label_names` gives the names in the order of the columns. Texts of any length: long ones are cut,
    or read in windows, as in training.

    Of a question answering model, `serving_default` takes `question` and `context`, string [batch], contexts of any
    length, and returns `answer` string [batch], `start` and `end` int32 [batch], the answer's characters in the context
    (Unicode code points), `score` float32 [batch], its probability, and `null_score` float32 [batch]: where that is
    above the threshold, the answer is "". The signature `with_threshold` takes `null_threshold` too, float32 []; it is
    the model folder's own in `serving_default`.

    Of a tagger, `serving_default` takes `text`, string [batch], of any length, and returns its entities, padded to the
    most of a text: `label` and `entity` string, `start` and `end` int32, characters of the text, `score` float32, each
    [batch, entities], and `count` int32 [batch], how many of them are real. The signature `words` gives `word`,
    `start`, `end`, `label_id` and `score` [batch, words] and `count`; `label_names` the tags by number.

    Of a multiple choice model, `serving_default` takes `prompt`, string [batch], and any number of `choices`, string
    [batch, choices], and returns `choice_id` int32 [batch], `choice` string [batch] and `probabilities` float32
    [batch, choices].

    >>> bk.export("runs/reviews", "served/reviews")
    >>> # anywhere else, with no bert_keras:
    >>> import tensorflow as tf
    >>> served = tf.saved_model.load("served/reviews")
    >>> served.signatures["serving_default"](text=tf.constant(["Not once did it fail."]))["label"]

    Args:
        model: a model folder or a `.keras` file, as `bk.load` takes them; a predictor; or a model that was trained by
            hand.
        out: a new folder; it appears whole or not at all.
        to: "savedmodel".
        data: of a model that was trained by hand, as `bk.predictor` takes them.

    Returns:
        The folder written.

    Raises:
        FileExistsError: if `out` exists and is not empty.
        OSError: if it cannot be written.
        RuntimeError: on another backend of Keras than TensorFlow.
    """
    checks.one_of("to", to, FORMATS)
    checks.tensorflow_backend("bk.export", "A model folder that was written on JAX is exported there as it is.")
    out = pathlib.Path(out).expanduser()
    check_new(out)
    check_replaceable("out", out)
    with steps_bar("exporting", 3) as step:
        step("loading the model")
        if isinstance(model, (str, os.PathLike)):
            made = load(model)
        else:
            made = model if isinstance(model, Predictor) else predictor(model, data)
        step("tracing")
        module = KINDS[made.model.kind].served(made)
        signatures = module.signatures()
        step("writing")
        with clear_errors("out", out, "Nothing is left of it."), replacing(out) as beside:
            tf.saved_model.save(module, str(beside), signatures=signatures, options=save_options(made.model.weights))
    place = str(out.absolute())
    if plain_path(place) != place:
        checks.warn(f"TensorFlow takes '{place}' for a pattern of names: move it to a path without *, ?, [ and ].")
    return str(out)
