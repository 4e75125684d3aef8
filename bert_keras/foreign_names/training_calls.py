"""`TRAINING_CALLS`: names of other libraries in the calls that train, and on what."""

from bert_keras.foreign_names.common import CLASSES, COUNTED, PRETRAINED, TRAIN

_RUN = {
    TRAIN: "it is the first argument, task",
    f"{PRETRAINED} handle backbone bert": "it is the second argument, encoder",
    "output_dir save_path model_dir folder checkpoint_path save_dir out_dir": "it is the third argument, out",
    "start_from init_checkpoint initial_checkpoint init_from": (
        "pass encoder='runs/first', the folder of a model that was tuned before"
    ),
    "overwrite_output_dir": "pass overwrite=True",
    "resume_from_checkpoint": "pass resume=True",
    "args training_args training_arguments": "pass recipe=bk.Recipe(…)",
    "do_lower_case lowercase": "pass encoder={{'handle': …, 'lower_case': …}}",
    "tokenizer preprocessor": "leave it out: the encoder has one; pass encoder={{'handle': …, 'vocab_file': …}}",
    "compute_metrics metric": "leave it out: the task knows its official metrics",
    "verbose": "pass say=print, or say=lambda line: None for silence",
}

TRAINING_CALLS: dict[str, dict[str, str]] = {
    "finetune": {**_RUN, f"{CLASSES} num_classes": COUNTED},
    "fit_few": {  # SetFit's
        **_RUN,
        "num_iterations max_steps": "the keyword is max_pairs, all pairs of an epoch together",
        "sampling_strategy samples_per_label": (
            "leave it out: half of the pairs are of one class and half of two; the keyword is max_pairs, their number"
        ),
        "body_learning_rate": "pass recipe=bk.Recipe(learning_rate=…), which is that of the pairs",
        "head_learning_rate l2_weight head_params use_differentiable_head end_to_end head": (
            "leave it out: the head is worked out to its end, by logistic regression"
        ),
        "loss loss_class distance_metric margin": "leave it out: it is of the cosine of two texts' vectors",
        "multi_target_strategy": "leave it out: a text has one class here; bk.finetune takes several",
        "column_mapping": "choose the data first, and pass that as the task: bk.load_files(files, text=…, label=…)",
        f"{CLASSES} num_classes": COUNTED,
    },
    "pretrain": {
        **_RUN,
        f"{CLASSES} num_classes": "leave it out: masked words have no classes",
        "mlm_probability masked_lm_prob": "choose the data first: bk.load_masked(files, masked_share=…)",
    },
    "compare": {
        **_RUN,
        f"{PRETRAINED} handle backbone bert": "the keyword is encoder",
        "overwrite_output_dir overwrite": "leave it out: nothing that is there is replaced, and out is a new folder",
        "args training_args training_arguments": "pass recipe=bk.Recipe(…) for all, or one for each contestant",
        "recipes encoders configs models candidates runs": "it is the second argument, contestants",
        "n_seeds num_seeds repeats n_runs num_runs n_trials": "the keyword is seeds",
        "control reference": "the keyword is baseline",
        "callbacks": "leave it out: a callback remembers what it saw of one run; bk.finetune takes some for each",
        "seed": "the keyword is seeds",
        f"{CLASSES} num_classes": COUNTED,
    },
    "find_learning_rate": {
        **_RUN,
        **dict.fromkeys(
            (
                "output_dir save_path model_dir folder checkpoint_path save_dir out_dir out",
                "overwrite_output_dir overwrite",
                "resume_from_checkpoint resume",
            ),
            "leave it out: nothing is written",
        ),
        "min_lr start_lr lr_start start_learning_rate": "the keyword is lowest",
        "max_lr end_lr lr_end end_learning_rate": "the keyword is highest",
        "num_training num_it num_iter max_iter iterations num_steps": "the keyword is steps",
        "callbacks": "leave it out: what is trained is thrown away",
        f"{CLASSES} num_classes": COUNTED,
    },
    "search": {
        **_RUN,
        f"{PRETRAINED} handle backbone bert": "the keyword is encoder",
        "overwrite_output_dir overwrite": "leave it out: nothing that is there is replaced, and out is a new folder",
        "hp_space search_space param_grid param_distributions grid hyperparameters": "it is the second argument, space",
        "n_trials num_trials max_trials num_samples n_iter": "the keyword is trials",
        "pruner scheduler": "the keyword is prune",
        "random_state seed": "the keyword is search_seed, of the draws; bk.Recipe(seed=…) has that of the trials",
        "direction objective metric compute_objective compute_metrics": (
            "leave it out: trials are compared by the task's first dev metric"
        ),
        "callbacks": "leave it out: a callback remembers what it saw of one run; bk.finetune takes some for each",
        f"{CLASSES} num_classes": COUNTED,
    },
    "Recipe": {
        "train_batch_size": "the field is batch_size",
        "per_device_train_batch_size": "the field is batch_size, the rows of all devices together",
        "warmup_ratio warmup_steps num_warmup_steps": "the field is warmup_share, of all steps",
        "gradient_accumulation_steps": "the field is micro_batches, parts of a step of batch_size rows",
        "output_dir": "pass it beside the recipe: bk.finetune(task, encoder, out=…)",
        f"{CLASSES} num_classes": COUNTED,
        "optimizer": "leave it out: it is AdamW; another one is for bk.TextClassifier.compile(optimizer=…)",
    },
    "Devices": {f"{CLASSES} num_classes": COUNTED},
}
