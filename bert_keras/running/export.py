"""`export`: a tuned model in the format of another program."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

from bert_keras import checks
from bert_keras.bar import steps_bar
from bert_keras.data.task_data import TaskData
from bert_keras.disk import check_replaceable, clear_errors, replacing
from bert_keras.foreign_names import foreign_names
from bert_keras.hub.plain_path import plain_path
from bert_keras.manifest import Manifest
from bert_keras.models.task_model import TaskModel
from bert_keras.running.evaluate import is_scorable
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.formats import FORMATS
from bert_keras.running.folders.folder_files import check_new
from bert_keras.tuned.predictor import Predictor


@checks.answers(**foreign_names("export"))
def export(
    model: Predictor | TaskModel | str | os.PathLike,
    out: str | os.PathLike,
    to: str = "savedmodel",
    *,
    data: Any = None,
    opset: int | None = None,
    quantization: str | None = None,
    seq_length: int | None = None,
    say: Callable[[str], None] = print,
) -> str:
    """Writes a model in the format of another program: "savedmodel", "huggingface", "onnx" or "litert".

    "savedmodel" takes strings and needs TensorFlow alone. The others hold the encoder and the head,
    from ids to logits, and beside them `tokenizer.json`, with which Hugging Face's `tokenizers` gives the ids. See
    docs/exports.md for what each folder holds and how it is loaded.

    >>> bk.export("runs/reviews", "hf/reviews", to="huggingface")
    >>> bk.export("runs/reviews", "onnx/reviews", to="onnx", quantization="int8", data="reviews_held_out.csv")

    Of a "savedmodel" of a classifier, the signature `serving_default` takes `text` (and `text_pair` for tasks on
    pairs), string [batch], and returns `label_id` int32 [batch], `label` string [batch] and `probabilities` float32
    [batch, classes]; several labels give `label_ids` 0 or 1 [batch, classes] in place of the first two, regression
    gives `score` float32 [batch]. A label that `bk.calibrate` has the model not say stands in `unsure` (`unsure_ids`);
    where it tells which texts are unlike those that it knows, there are `unlike` bool and `distance` float32 [batch].
    The signature `label_names` gives the names in the order of the columns. Texts of any length: long ones are cut, or
    read in windows, as in training.

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
            hand. With another format than "savedmodel" a `bk.MaskedLM`, too, or an encoder with its head for masked
            words, as `bk.pretrain` writes one.
        out: a new folder; it appears whole or not at all.
        to: the format.
        data: of a model that was trained by hand, as `bk.predictor` takes them. With "onnx" and "litert" the exported
            model is scored on their validation part, where they have one with labels, beside the model that it was made
            of; the data of any model can be passed then, or what `Predictor.task_data` takes, such as a table.
        opset: of "onnx", the version of ONNX's operators, 17 to 21; 17 if None.
        quantization: of "onnx" and "litert": "int8" stores matrices as whole numbers of 8 bits, which takes a quarter
            of the space, and changes the outputs. Of "litert" also "int8_static", for devices that compute in whole
            numbers alone: all values are rounded to 8 bits, by what rows of `data` show of their size; `seq_length` is
            needed, too.
        seq_length: of "litert", the length of every row where the device wants one; if None, rows may have any.
        say: takes each line of what there is to say of the export: its size, its scores, what it cannot express.

    Returns:
        The folder written.

    Raises:
        FileExistsError: if `out` exists and is not empty.
        OSError: if it cannot be written.
        ValueError: for a model that the format cannot express, or an option that it does not have.
        ImportError: where a package is missing that the format needs, with the line that installs it.
        RuntimeError: on another backend of Keras than TensorFlow.
    """
    form = FORMATS[checks.one_of("to", to, FORMATS)]
    is_untold = isinstance(model, TaskModel) and isinstance(data, TaskData)
    given = {
        "data": None if is_untold else data,
        "opset": opset,
        "quantization": quantization,
        "seq_length": seq_length,
    }
    options = form.check_options(given, FORMATS)
    form.check_quantization(quantization, {**given, "data": data})
    form.check_packages()
    checks.tensorflow_backend("bk.export", "A model folder that was written on JAX is exported there as it is.")
    out = pathlib.Path(out).expanduser()
    check_new(out)
    check_replaceable("out", out)
    with steps_bar("exporting", 2) as step:
        step("loading the model")
        source = ExportSource(model, to, data)
        is_needed = "data" in form.quantizations.get(quantization, ())
        if is_untold and "data" in form.options and (is_needed or is_scorable(data)):
            options["data"] = data
        step(f"writing the {to}")
        with clear_errors("out", out, "Nothing is left of it."), replacing(out) as beside:
            lines = form.writer(source, beside, **options)
            Manifest(beside).write(form.parts)
    for line in lines:
        say(line)
    place = str(out.absolute())
    if to == "savedmodel" and plain_path(place) != place:
        checks.warn(f"TensorFlow takes '{place}' for a pattern of names: move it to a path without *, ?, [ and ].")
    return str(out)
