"""Keywords of the calls before, and of other libraries: each is answered with what takes its place."""

import dataclasses
import inspect

import pytest

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.finetune import finetune
from bert_keras.running.pretrain import pretrain
from bert_keras.training.devices import Devices

# What the calls took before data, recipe and devices had a place each.
FINETUNE = "recipe native data_dir limit validation resume overwrite strategy worker_timeout jit_compile static_shapes"
FINETUNE += " steps_per_execution callbacks say"
PRETRAIN = "recipe vocab_file lower_case validation held_out rows masked_share whole_words limit resume overwrite"
PRETRAIN += " strategy jit_compile static_shapes steps_per_execution callbacks say"
OF_TASKS = (
    "seq_length long_text max_windows doc_stride max_query_length max_answer_length label_pieces tag_column repair"
)
RECIPE = f"epochs batch_size learning_rate warmup_share weight_decay clip_norm adam_epsilon dropout {OF_TASKS} freeze"
RECIPE += " tune lora_rank lora_alpha lora_on micro_batches precision recompute seed"
DEVICES = "strategy worker_timeout jit_compile static_shapes steps_per_execution"
# Data of a user's own, which `bk.load_files` takes, and what other places of this library call a thing.
OF_FILES = "text text_pair label weight class_weight problem_type label_names label_separator in_memory"
OF_FILES += " validation_share test_share split_seed"
OF_MASKED = "seq_length limit validation validation_share test_share split_seed rows masked_share whole_words"

# A keyword, and what its answer ends with.
OTHERS = {
    "model": "the second argument, encoder.",
    "model_name_or_path": "the second argument, encoder.",
    "preset": "the second argument, encoder.",
    "args": "recipe=bk.Recipe(…).",
    "training_args": "recipe=bk.Recipe(…).",
    "train_dataset": "the first argument, task.",
    "files_or_texts": "the first argument, task.",
    "output_dir": "the third argument, out.",
    "num_train_epochs": "recipe=bk.Recipe(epochs=…).",
    "per_device_train_batch_size": "recipe=bk.Recipe(batch_size=…).",
    "lr": "recipe=bk.Recipe(learning_rate=…).",
    "warmup_ratio": "recipe=bk.Recipe(warmup_share=…).",
    "max_grad_norm": "recipe=bk.Recipe(clip_norm=…).",
    "gradient_accumulation_steps": "recipe=bk.Recipe(micro_batches=…).",
    "gradient_checkpointing": "recipe=bk.Recipe(recompute=True).",
    "fp16": "recipe=bk.Recipe(precision='float16').",
    "bf16": "recipe=bk.Recipe(precision='bfloat16').",
    "overwrite_output_dir": "overwrite=True.",
    "resume_from_checkpoint": "resume=True.",
}
OF_RECIPE = {
    "num_train_epochs": "epochs",
    "num_epochs": "epochs",
    "per_device_train_batch_size": "batch_size",
    "train_batch_size": "batch_size",
    "lr": "learning_rate",
    "warmup_ratio": "warmup_share",
    "warmup_steps": "warmup_share",
    "max_grad_norm": "clip_norm",
    "gradient_accumulation_steps": "micro_batches",
    "gradient_checkpointing": "recompute",
    "fp16": "precision='float16'",
    "bf16": "precision='bfloat16'",
}


def answer(call, name):
    """What a call says of a keyword."""
    with pytest.raises(TypeError, match=rf"^`{name}` must be left out: .*Received: {name}='x'\.") as error:
        call(*([] if call is Recipe else ["samples/reviews", "nowhere", "/proc/out"]), **{name: "x"})
    return str(error.value)


def takes(call):
    return set(inspect.signature(call).parameters)


@pytest.mark.parametrize(("call", "before"), [(finetune, FINETUNE), (pretrain, PRETRAIN)])
def test_every_keyword_of_the_call_before_has_its_place(call, before):
    loader = "bk.load_task(task, " if call is finetune else "bk.load_masked(files, "
    for name in before.split():
        if name in takes(call):
            continue
        said = answer(call, name)
        if name == "native":
            assert said.endswith("Pass recipe=bk.Recipe(native=…).")
        elif name in DEVICES.split():
            assert said.endswith(f"Pass devices=bk.Devices({name}=…).")
        elif name in ("vocab_file", "lower_case"):
            assert said.endswith(f"Pass encoder={{'handle': …, '{name}': …}}.")
        else:
            new = "validation_share" if name == "held_out" else name
            assert said.endswith(f"Choose the data first, and pass that as the task: {loader}{new}=…).")
    kept = {"recipe", "resume", "overwrite", "callbacks", "say"}
    assert takes(call) & set(before.split()) == kept and takes(call) - kept == {"task", "encoder", "out", "devices"}


@pytest.mark.parametrize("call", [finetune, pretrain])
def test_every_field_of_a_recipe_of_devices_and_of_data_has_its_place(call):
    loader = "bk.load_task(task, " if call is finetune else "bk.load_masked(files, "
    for name in {field.name for field in dataclasses.fields(Recipe)}:
        assert answer(call, name).endswith(f"Pass recipe=bk.Recipe({name}=…).")
    for name in {field.name for field in dataclasses.fields(Devices)}:
        assert answer(call, name).endswith(f"Pass devices=bk.Devices({name}=…).")
    for name in f"{OF_TASKS} {OF_FILES} limit data_dir validation".split():
        said = answer(call, name)
        if call is finetune or name in OF_MASKED.split():
            assert said.endswith(f"{loader}{name}=…).")
        else:
            assert said.endswith("Leave it out: masked words are of plain text.")


def test_every_field_of_the_recipe_before_is_still_there_or_answered():
    there = {field.name for field in dataclasses.fields(Recipe)}
    new = {"native", "patience", "checkpoint_every", "layer_decay", "reinit_layers"}
    new |= {"label_smoothing", "teacher", "teacher_share", "packed", "pooling", "r_drop", "focal", "ema", "schedule"}
    assert there == set(RECIPE.split()) - set(OF_TASKS.split()) | new
    for name in OF_TASKS.split():
        assert f"bk.load_task(task, {name}=…)." in answer(Recipe, name)


@pytest.mark.parametrize("call", [finetune, pretrain])
def test_keywords_of_other_libraries(call):
    for name, end in OTHERS.items():
        assert answer(call, name).endswith(end), name
    loader = "bk.load_task(task, " if call is finetune else "bk.load_masked(files, "
    for name in ("max_seq_length", "max_length"):
        assert answer(call, name).endswith(f"{loader}seq_length=…).")
    assert answer(call, "max_train_samples").endswith(f"{loader}limit=…).")
    loader = "bk.load_files(files, " if call is finetune else "bk.load_masked(files, "
    assert answer(call, "eval_dataset").endswith(f"{loader}validation=…).")


def test_a_recipe_by_other_libraries_words():
    for name, field in OF_RECIPE.items():
        assert f"The field is {field}" in answer(Recipe, name), name
    assert "bk.load_task(task, seq_length=…)" in answer(Recipe, "max_seq_length")


@pytest.mark.parametrize(
    ("call", "name", "near"),
    [
        (finetune, "recipes", "recipe"),
        (pretrain, "over_write", "overwrite"),
        (Recipe, "learning_rates", "learning_rate"),
    ],
)
def test_a_slip_has_the_nearest_keyword(call, name, near):
    assert f"Did you mean '{near}'" in answer(call, name)
    assert answer(call, "zzz").endswith("Received: zzz='x'.")


def test_what_is_named_is_what_is_there():
    """The places that the answers name take the keyword."""
    assert load_task("samples/questions", doc_stride=96, limit=3).doc_stride == 96
    assert dataclasses.replace(Recipe(native=True), precision="float16").native
    assert Devices(static_shapes=True).static_shapes
    assert finetune.__name__ == "finetune" and "recipe" in str(inspect.signature(finetune))
