"""`save`: a model that was trained by hand, as a model folder."""

import os

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.disk import check_replaceable, clear_errors, replacing
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.finite_weights import finite_weights
from bert_keras.foreign_names import foreign_names
from bert_keras.models.task_model import TaskModel
from bert_keras.running.cards.model_card import write_model_card
from bert_keras.running.evaluate import evaluator, is_scorable
from bert_keras.running.folders.folder_files import check_out
from bert_keras.running.folders.model_folder import portable_name, write_model_folder
from bert_keras.running.loading.predictor import task_config_of


@checks.answers(**foreign_names("save"))
def save(model: TaskModel, out: str | os.PathLike, data: TaskData | None = None, *, overwrite: bool = False) -> str:
    """Writes a model that `fit` trained as a model folder, like those of `bk.finetune`.

    >>> model.fit(data.train, validation_data=data.validation, epochs=3)
    >>> bk.save(model, "runs/reviews", data)
    'runs/reviews'
    >>> bk.load("runs/reviews")("Not once did it fail.").label
    'positive'

    `bk.load`, `bk.evaluate`, `bk.export` and the command line take the folder. It keeps which rows were trained on, so
    that these are not scored unasked. A `.keras` file of `model.save` holds the same model for `bk.load`, without that.

    Args:
        model: trained on data of this library; its encoder has a tokenizer.
        out: a new folder; it appears whole or not at all.
        data: what the model was trained on. Where they hold a validation part with labels, the model is scored on it,
            and the folder keeps the scores; a question answering model's threshold for "no answer" is tuned on it. If
            None, what `fit` was last given is known without its rows, and nothing is scored.
        overwrite: whether a model folder in `out` is replaced.

    Returns:
        The folder written.

    Raises:
        TypeError, ValueError: as `bk.predictor`.
        FileExistsError: if `out` holds something, and `overwrite` does not say that it may go.
        OSError: if it cannot be written; what was there before stays.
    """
    config = task_config_of(model, data)
    finite_weights(model)
    folder = check_out(out, False, overwrite, resumes=False)
    check_replaceable("out", folder)
    measure = None if data is None or not is_scorable(data) else evaluator(model, data, "validation")
    metrics: dict[str, float] = {} if measure is None else measure()
    if measure is not None:
        config |= measure.settings(metrics)
    encoder = model.encoder
    config |= {"encoder": portable_name(getattr(encoder, "source", None)), "native": isinstance(encoder, BertEncoder)}
    trained = model.trained_rows if data is None else data.trained_rows
    with clear_errors("out", folder, "Nothing is left of it."), replacing(folder) as beside:
        write_model_folder(beside, model, config, metrics, trained)
        if measure is not None:
            measure.write(beside, metrics)
        write_model_card(beside, folder.resolve().name)
    return str(folder)
