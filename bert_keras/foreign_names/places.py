"""`PLACES`: by the call and keyword that take their place, the names that other libraries have for it."""

# By what takes their place, the names that other libraries have for it: Hugging Face, KerasHub, ktrain, bert-for-tf2,
# simpletransformers, scikit-learn, pandas, Google's scripts. "…" stands for the value.
PLACES = {
    "Recipe(learning_rate=…)": "lr learning_rate init_lr base_lr max_lr learn_rate",
    "Recipe(epochs=…)": "epochs epoch num_train_epochs num_epochs n_epochs nb_epoch n_epoch max_epochs",
    "Recipe(batch_size=…)": "batch_size train_batch_size per_device_train_batch_size bs",
    "Recipe(warmup_share=…)": "warmup_ratio warmup_steps warmup_proportion num_warmup_steps warmup",
    "Recipe(schedule=…)": "lr_scheduler_type lr_scheduler scheduler lr_schedule schedule_type",
    "Recipe(weight_decay=…)": "weight_decay weight_decay_rate wd",
    "Recipe(layer_decay=…)": "layerwise_lr_decay layer_wise_lr_decay layerwise_learning_rate_decay lr_layer_decay "
    "layer_lr_decay layerwise_decay llrd lr_decay_per_layer layerwise_lr_decay_power",
    "Recipe(reinit_layers=…)": "reinit_n_layers reinit_top_layers reinit_last_n_layers reinitialize_layers num_reinit "
    "reinit_layer_num",
    "Recipe(ema=…)": "use_ema ema_momentum ema_decay model_ema model_ema_decay swa use_swa stochastic_weight_averaging",
    "Recipe(clip_norm=…)": "max_grad_norm clipnorm global_clipnorm gradient_clip_val grad_clip",
    "Recipe(adam_epsilon=…)": "epsilon adam_eps",
    "Recipe(micro_batches=…)": "gradient_accumulation_steps accumulate_grad_batches accumulation_steps",
    "Recipe(recompute=True)": "gradient_checkpointing",
    "Recipe(precision=…)": "mixed_precision dtype_policy",
    "Recipe(precision='float16')": "fp16 use_amp amp half",
    "Recipe(precision='bfloat16')": "bf16",
    "Recipe(dropout=…)": "dropout_rate hidden_dropout_prob classifier_dropout",
    "Recipe(freeze=…)": "freeze_layers frozen_layers",
    "Recipe(tune='lora')": "lora use_lora lora_config peft_config use_peft",
    "Recipe(lora_rank=…)": "lora_r",
    "Recipe(checkpoint_every=…)": "save_steps save_freq save_every save_interval save_checkpoints_steps",
    "Recipe(seed=…)": "random_state manual_seed random_seed",
    "Devices(strategy=…)": "device device_map gpu gpus n_gpu num_gpus use_gpu use_cuda no_cuda use_cpu tpu use_tpu "
    "tpu_name distribution distribution_strategy accelerator",
    "Devices(jit_compile=True)": "xla use_xla torch_compile",
    "load_task(task, seq_length=…)": "max_length max_seq_length max_seq_len max_len maxlen sequence_length seq_len "
    "model_max_length max_position",
    "load_task(task, doc_stride=…)": "stride",
    "load_task(task, max_answer_length=…)": "max_answer_len",
    "load_task(task, limit=…)": "max_train_samples max_samples n_samples nrows",
    "load_files(files, text=…)": "text_column text_col text_column_name",
    "load_files(files, text_pair=…)": "text_pair_column text_b",
    "load_files(files, label=…)": "label_column label_col label_columns label_column_name target labels y",
    "load_files(files, label_names=…)": "id2label label2id class_names classes label_list labels_list",
    "load_files(files, validation=…)": "validation_data eval_dataset eval_data eval_df val_data val_dataset "
    "validation_dataset validation_file dev_file eval_file x_test valid",
    "load_files(files, validation_share=…)": "validation_split val_split val_pct test_size valid_pct",
    "load_files(files, separator=…)": "sep delimiter",
}
PLACE_OF = {name: place for place, names in PLACES.items() for name in names.split()}
# The options that data have, by our own names: told where they are passed to a call that does not choose data.
OF_DATA = (
    "seq_length long_text max_windows doc_stride max_query_length max_answer_length label_pieces tag_column repair"
)
PLACE_OF |= {name: f"load_task(task, {name}=…)" for name in OF_DATA.split()}


def place_of(name: str) -> str:
    """The call and keyword that take a foreign name's place, as 'Recipe(learning_rate=…)'; '' if there is none."""
    return PLACE_OF.get(name, "")
