"""`KEYWORDS`: keywords of other calls, and what takes their place in `bk.finetune` and `bk.pretrain`."""

import dataclasses

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.training.devices import Devices

_OF_TASKS = {field.name for kind in KINDS.values() for field in dataclasses.fields(kind.task)} | {
    *("data_dir", "validation", "validation_share", "test_share", "text", "text_pair", "label", "weight"),
    *("class_weight", "problem_type", "label_separator", "in_memory", "held_out", "rows"),
}
KEYWORDS = {
    **dict.fromkeys(_OF_TASKS, "choose the data first, and pass that as the task: bk.load_task(task, {name}=…)"),
    **{field.name: "pass recipe=bk.Recipe({name}=…)" for field in dataclasses.fields(Recipe)},
    **{field.name: "pass devices=bk.Devices({name}=…)" for field in dataclasses.fields(Devices)},
    **dict.fromkeys(("vocab_file", "lower_case"), "pass encoder={{'handle': …, '{name}': …}}"),
    **dict.fromkeys(("args", "training_args", "training_arguments", "num_train_epochs"), "pass recipe=bk.Recipe(…)"),
    **dict.fromkeys(("per_device_train_batch_size", "train_batch_size"), "pass recipe=bk.Recipe(batch_size=…)"),
    **dict.fromkeys(
        ("train_dataset", "eval_dataset", "dataset", "train_data", "x", "data"), "it is the first argument"
    ),
    **dict.fromkeys(("model", "model_name", "model_name_or_path", "model_id", "preset"), "it is the second, encoder"),
    **dict.fromkeys(("output_dir", "save_path", "model_dir", "folder"), "it is the third, out"),
    "overwrite_output_dir": "pass overwrite=True",
    "resume_from_checkpoint": "pass resume=True",
    "max_train_samples": "choose the data first, and pass that as the task: bk.load_task(task, limit=…)",
    "max_seq_length": "choose the data first, and pass that as the task: bk.load_task(task, seq_length=…)",
    "fp16": "pass recipe=bk.Recipe(precision='float16')",
    "bf16": "pass recipe=bk.Recipe(precision='bfloat16')",
}
