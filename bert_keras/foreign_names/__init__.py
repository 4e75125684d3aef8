"""`foreign_names`: what other libraries call things, and what takes their place here. The one place that is looked at.

Calls answer a keyword of another library by it (`checks.answers`), and so does the command line an option or a command
(`bert_keras.cli.app`). The tables stand beside it, by subject: `PLACES` of all calls, and what single calls say in
another way. Whatever an answer names is there: a test looks each up.
"""

from bert_keras.foreign_names.data_calls import CHOOSES, DATA_CALLS, LOADERS
from bert_keras.foreign_names.foreign_features import foreign_features
from bert_keras.foreign_names.foreign_values import FOREIGN_VALUES
from bert_keras.foreign_names.model_calls import ANY_MODEL, MODEL_CALLS
from bert_keras.foreign_names.places import OF_DATA, PLACE_OF, place_of
from bert_keras.foreign_names.training_calls import TRAINING_CALLS
from bert_keras.foreign_names.using_calls import USING_CALLS
from bert_keras.foreign_names.writing_calls import WRITING_CALLS

__all__ = ["CALLS", "FOREIGN_VALUES", "foreign_features", "foreign_names", "place_of"]

# By call, the names that mean something else there than in `PLACES`, or nothing outside of it.
_OF_CALLS = {**TRAINING_CALLS, **DATA_CALLS, **MODEL_CALLS, **USING_CALLS, **WRITING_CALLS}
CALLS = tuple(_OF_CALLS)
_OWN = (*OF_DATA.split(), "batch_size")  # that calls have too which choose data
_OF_MASKED = CHOOSES["load_masked"].split()
_RUNS = {"load_masked": "pretrain", "MaskedLM": "pretrain"}  # by call, what trains on what it gives


def foreign_names(call: str) -> dict[str, str]:
    """By a name that a call does not have, what takes its place, as `checks.answers` takes it.

    Args:
        call: a public name, one of `CALLS`; any other has what models answer.
    """
    own = _OF_CALLS.get(call, ANY_MODEL)
    chooses = call in LOADERS or call in CHOOSES
    places = {name: place for name, place in PLACE_OF.items() if not chooses or name not in _OWN}
    answers = {name: _sentence(call, place) for name, place in places.items()}
    return {**answers, **{name: answer for names, answer in own.items() for name in names.split()}}


def _sentence(call: str, place: str) -> str:
    """What a call says of a name that belongs to a place."""
    home, _, inside = place.removesuffix(")").partition("(")
    keyword = inside.rpartition(", ")[2]
    name = keyword.partition("=")[0]
    if home == call or (home in LOADERS and (call in LOADERS or name in CHOOSES.get(call, "").split())):
        return f"the {'field' if call in ('Recipe', 'Devices') else 'keyword'} is {keyword.removesuffix('=…')}"
    beside = {"Recipe": f"recipe=bk.{place}", "Devices": f"devices=bk.{place}"}.get(home)
    if call in ("finetune", "fit_few", "pretrain", "compare", "search"):
        if beside:
            return f"pass {beside}"
        if call != "pretrain":
            return f"choose the data first, and pass that as the task: bk.{place}"
        if name in _OF_MASKED:
            return f"choose the data first, and pass that as the task: bk.load_masked(files, {keyword})"
        return "leave it out: masked words are of plain text, as bk.load_masked(files) takes it"
    if beside:
        return f"training is told it: bk.{_RUNS.get(call, 'finetune')}(task, encoder, out, {beside})"
    if call in CHOOSES:
        return f"other data have it: bk.{place}"
    return f"pass it where the data are chosen: bk.{place}"
