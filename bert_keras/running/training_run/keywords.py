"""`keywords`: those of other calls, and what takes their place in `bk.finetune` and `bk.pretrain`."""

import dataclasses

from bert_keras.foreign_names import foreign_names
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.training.devices import Devices

_OF_TABLES = ("text", "text_pair", "label", "weight", "class_weight", "problem_type", "label_separator", "unlabelled")
_OF_SPLITS = ("validation", "validation_share", "test_share", "split_seed")
OPTIONS = {  # of what chooses the data
    "finetune": {name for kind in KINDS.values() for name in kind.task.option_names()}
    | {*_OF_TABLES, *_OF_SPLITS, "data_dir", "in_memory"},
    "pretrain": {*KINDS["masked_lm"].task.option_names(), *_OF_SPLITS, "rows"},
}
_LOADERS = {"finetune": "bk.load_task(task", "pretrain": "bk.load_masked(files"}


def keywords(call: str) -> dict[str, str]:
    """By keyword, what to do instead, as `checks.answers` takes it: `foreign_names`, and our own that stand elsewhere.

    Args:
        call: "finetune" or "pretrain", or another whose task is as that of "finetune", and which takes no devices.
    """
    task = call if call in OPTIONS else "finetune"
    chosen = f"choose the data first, and pass that as the task: {_LOADERS[task]}, "
    of_devices = "pass devices=bk.Devices({name}=…)" if call in OPTIONS else "leave it out: one device is used"
    of_others = dict.fromkeys(OPTIONS["finetune"] - OPTIONS["pretrain"], "leave it out: masked words are of plain text")
    return {
        **foreign_names(call),
        **(of_others if call == "pretrain" else {}),
        **dict.fromkeys(OPTIONS[task], chosen + "{name}=…)"),
        **{field.name: "pass recipe=bk.Recipe({name}=…)" for field in dataclasses.fields(Recipe)},
        **{field.name: of_devices for field in dataclasses.fields(Devices)},
        **dict.fromkeys(("vocab_file", "lower_case"), "pass encoder={{'handle': …, '{name}': …}}"),
        "held_out": chosen + "validation_share=…)",
    }
