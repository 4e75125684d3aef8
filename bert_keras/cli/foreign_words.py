"""`foreign_option` and `foreign_command`: what the command line says of the options and commands of other programs."""

from collections.abc import Collection, Mapping

from bert_keras.foreign_names import place_of

_COMMANDS = {
    "setfit few-shot fewshot few fit_few": "fit-few",
    "train fit fine-tune fine_tune tune run finetuning": "finetune",
    "lr-find lr_find find-lr lr-finder find-rate learning-rate find_learning_rate": "find-learning-rate",
    "hpo sweep optimize hyperparameter-search hyperparameter_search": "search",
    "eval score validate": "evaluate",
    "infer inference classify answer pipeline": "predict",
    "save savedmodel to-savedmodel": "export",
    "list models presets": "encoders",
    "from-huggingface": "convert",
    "mlm pre-train": "pretrain",
    "learn-vocabulary vocabulary tokenizer": "vocab",
    "inspect describe validate-data": "check",
    "torchrun accelerate distributed": "launch",
    "memory estimate": "plan",
    "info env": "doctor",
}
# By name, the options that may take its place, in this order; "…" stands for the value. `place_of` has most others.
_OPTIONS = {
    "model model-name model-name-or-path pretrained-model preset handle backbone bert checkpoint": ("--encoder",),
    "output-dir output save-path save-dir model-dir out-dir logdir": ("--out",),
    "gpu gpus cuda use-gpu use-cuda device n-gpu num-gpus": ("--strategy auto",),
    "cpu use-cpu no-cuda": ("--strategy one",),
    "tpu use-tpu tpu-name": ("--strategy tpu",),
    "nproc-per-node num-processes": ("--workers",),
    "do-lower-case uncased": ("--uncased",),
    "mlm-probability": ("--masked-share",),
    "vocab-file vocab-size": ("--vocab", "--size"),
    "overwrite-output-dir force": ("--overwrite",),
    "resume-from-checkpoint continue": ("--resume",),
    "validation-file dev-file eval-file": ("--validation",),
    "test-file input input-file": ("--file",),
    "split": ("--part",),
    "num-iterations": ("--max-pairs",),
}
# By name, what is the first argument of the commands that have such a one.
_FIRST = {
    "train train-file train-data data data-file dataset dataset-name task task-name file files input": ("TASK", "FILE"),
    "model model-name model-dir model-path model-name-or-path checkpoint output-dir folder": ("DIR",),
}
_SENTENCES = {
    "num-labels num-classes n-classes": "Leave it out: the classes are counted in the data.",
    "do-train do-eval evaluation-strategy eval-strategy save-strategy eval-steps save-steps logging-steps": (
        "Leave it out: scores and a checkpoint are made after every epoch."
    ),
    "do-predict": "Leave it out, and then run `bert-keras predict`.",
    "per-device-eval-batch-size eval-batch-size batch-size": "Leave it out: batches are made of texts of like length.",
    "gpu gpus cuda use-gpu use-cuda device": "Leave it out: TensorFlow takes the GPU that it finds.",
    "optimizer optim": "Leave it out: it is AdamW.",
}


def foreign_command(name: str) -> str:
    """What to say of a command of another program; '' where nothing is known of it."""
    ours = _spread(_COMMANDS).get(name.lower())
    return f"There is no command '{name}'. Use {ours}: `bert-keras {ours} --help` tells what it takes." if ours else ""


def foreign_option(name: str, command: str, options: Mapping[str, Collection[str]], first: str = "") -> str:
    """What to say of an option that a command does not have; '' where nothing is known of it.

    Args:
        name: as it was typed, '--max-seq-length'.
        command: the command.
        options: by command, the options that it has.
        first: how the command's help names its first argument, '' if it has none.
    """
    plain = name.lstrip("-").partition("=")[0].lower().replace("_", "-")
    said = f"`bert-keras {command}` has no {name}."
    argument = next((word for word in _spread(_FIRST).get(plain, ()) if word in first.upper()), None)
    candidates = [*_spread(_OPTIONS).get(plain, ()), *_of_place(plain)]
    here = _first_there(candidates, options[command])
    if here:
        return f"{said} It is {here}."
    if argument:
        return f"{said} It is the first argument: bert-keras {command} {argument}."
    if plain in _spread(_SENTENCES):
        return f"{said} {_spread(_SENTENCES)[plain]}"
    if f"--{plain}" in options[command]:  # --max_windows
        return f"{said} It is --{plain}."
    for other in options:
        there = _first_there([f"--{plain}", *candidates], options[other])
        if there:
            return f"{said} It is {there} of `bert-keras {other}`."
    return ""


def _of_place(plain: str) -> list[str]:
    """The options that a place in the library's calls may be: 'Recipe(precision='float16')' is --precision float16."""
    keyword, _, value = place_of(plain.replace("-", "_")).removesuffix(")").rpartition("(")[2].partition("=")
    keyword = keyword.rpartition(", ")[2].replace("_", "-")
    if not keyword:
        return []
    return [f"--{keyword}{'' if value in ('…', 'True') else ' ' + value.strip(chr(39))}", f"--{keyword}-column"]


def _first_there(candidates: Collection[str], options: Collection[str]) -> str:
    return next((candidate for candidate in candidates if candidate.split(" ")[0] in options), "")


def _spread(table: Mapping[str, object]) -> dict:
    return {name: answer for names, answer in table.items() for name in names.split()}
