"""`keywords`: those of other calls, and what takes their place in `bk.finetune` and `bk.pretrain`."""

import dataclasses

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.training.devices import Devices

_OF_DATA = {name for kind in KINDS.values() for name in kind.task.option_names()} | {
    *("data_dir", "validation", "validation_share", "test_share", "split_seed", "text", "text_pair", "label"),
    *("weight", "class_weight", "problem_type", "label_separator", "unlabelled", "in_memory", "rows"),
}


def keywords(loader: str) -> dict[str, str]:
    """By keyword, what to do instead, as `checks.answers` takes it.

    Args:
        loader: the call that chooses the data, with its first argument: "bk.load_task(task".
    """
    chosen = f"choose the data first, and pass that as the task: {loader}, "
    recipe = "pass recipe=bk.Recipe(…)"
    return {
        **dict.fromkeys(_OF_DATA, chosen + "{name}=…)"),
        **{field.name: "pass recipe=bk.Recipe({name}=…)" for field in dataclasses.fields(Recipe)},
        **{field.name: "pass devices=bk.Devices({name}=…)" for field in dataclasses.fields(Devices)},
        **dict.fromkeys(("vocab_file", "lower_case"), "pass encoder={{'handle': …, '{name}': …}}"),
        "held_out": chosen + "validation_share=…)",
        "max_train_samples": chosen + "limit=…)",
        **dict.fromkeys(("max_seq_length", "max_length"), chosen + "seq_length=…)"),
        **dict.fromkeys(("args", "training_args", "training_arguments", "num_train_epochs", "num_epochs"), recipe),
        **dict.fromkeys(("lr", "warmup_ratio", "warmup_steps", "max_grad_norm"), recipe),
        **dict.fromkeys(("gradient_accumulation_steps", "gradient_checkpointing"), recipe),
        **dict.fromkeys(("per_device_train_batch_size", "train_batch_size"), "pass recipe=bk.Recipe(batch_size=…)"),
        "fp16": "pass recipe=bk.Recipe(precision='float16')",
        "bf16": "pass recipe=bk.Recipe(precision='bfloat16')",
        **dict.fromkeys(("train_dataset", "eval_dataset", "dataset", "train_data"), "it is the first argument, task"),
        **dict.fromkeys(("x", "data", "files", "files_or_texts", "texts"), "it is the first argument, task"),
        **dict.fromkeys(("model", "model_name", "model_name_or_path"), "it is the second argument, encoder"),
        **dict.fromkeys(("model_id", "preset", "handle"), "it is the second argument, encoder"),
        **dict.fromkeys(("output_dir", "save_path", "model_dir", "folder"), "it is the third argument, out"),
        "overwrite_output_dir": "pass overwrite=True",
        "resume_from_checkpoint": "pass resume=True",
    }
