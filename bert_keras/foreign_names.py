"""`foreign_names`: what other libraries call things, and what takes their place here. The one table of it.

Calls answer a keyword of another library by it (`checks.answers`), and so does the command line an option or a command
(`bert_keras.cli.app`). Whatever an answer names is there: a test looks each up.
"""

from collections.abc import Iterable

# By what takes their place, the names that other libraries have for it: Hugging Face, KerasHub, ktrain, bert-for-tf2,
# simpletransformers, scikit-learn, pandas, Google's scripts. "…" stands for the value.
_PLACES = {
    "Recipe(learning_rate=…)": "lr learning_rate init_lr base_lr max_lr learn_rate",
    "Recipe(epochs=…)": "epochs epoch num_train_epochs num_epochs n_epochs nb_epoch n_epoch max_epochs",
    "Recipe(batch_size=…)": "batch_size train_batch_size per_device_train_batch_size bs",
    "Recipe(warmup_share=…)": "warmup_ratio warmup_steps warmup_proportion num_warmup_steps warmup",
    "Recipe(weight_decay=…)": "weight_decay weight_decay_rate wd",
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
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names.split()}
# The options that data have, by our own names: told where they are passed to a call that does not choose data.
_OF_DATA = (
    "seq_length long_text max_windows doc_stride max_query_length max_answer_length label_pieces tag_column repair"
)
_PLACE_OF |= {name: f"load_task(task, {name}=…)" for name in _OF_DATA.split()}

_CLASSES = "num_labels n_classes n_labels num_class nb_classes"
_PRETRAINED = "model model_name model_name_or_path pretrained_model_name_or_path preset model_id checkpoint pretrained"
_FOLDER = "model model_name model_dir model_path path checkpoint model_name_or_path save_path output_dir"
_LENGTHS = _PLACES["load_task(task, seq_length=…)"]
_GPU = "leave it out: TensorFlow takes the GPU that it finds; CUDA_VISIBLE_DEVICES=-1 in the environment hides it"
_AS_TRAINED = "leave it out: texts are cut, or read in windows, as in training: "
_AS_TRAINED += "bk.load_task(task, seq_length=…, long_text='windows')"
_COUNTED = "leave it out: the classes are counted in the data, or named there: bk.load_files(files, label_names=…)"
_HAS_TOKENIZER = "leave it out: the encoder has its tokenizer, and bk.load_files(files, encoder) makes ids with it"
_TRAIN = "train train_data train_dataset train_df train_file training_data dataset data x files files_or_texts texts"
_COMPILED = "pass it to compile: bk.TextClassifier.compile(optimizer=…, loss=…, metrics=…)"

_RUN = {
    _TRAIN: "it is the first argument, task",
    f"{_PRETRAINED} handle backbone bert": "it is the second argument, encoder",
    "output_dir save_path model_dir folder checkpoint_path save_dir out_dir": "it is the third argument, out",
    "overwrite_output_dir": "pass overwrite=True",
    "resume_from_checkpoint": "pass resume=True",
    "args training_args training_arguments": "pass recipe=bk.Recipe(…)",
    "do_lower_case lowercase": "pass encoder={{'handle': …, 'lower_case': …}}",
    "tokenizer preprocessor": "leave it out: the encoder has one; pass encoder={{'handle': …, 'vocab_file': …}}",
    "compute_metrics metric": "leave it out: the task knows its official metrics",
    "verbose": "pass say=print, or say=lambda line: None for silence",
}
_MODEL = {
    f"{_PRETRAINED} backbone bert base_model": "it is the first argument, encoder: bk.load_encoder(handle)",
    "tokenizer preprocessor": _HAS_TOKENIZER,
    "activation": "leave it out: a model returns logits; bk.TextClassifier.probabilities(logits) says what they mean",
    "optimizer loss metrics": _COMPILED,
    "dropout_rate hidden_dropout_prob classifier_dropout": "the encoder has it: "
    "bk.load_encoder(handle, native=True, dropout=…)",
    "freeze freeze_bert freeze_encoder": "freeze the encoder: bk.load_encoder(handle, trainable=False)",
    "random_state random_seed manual_seed": "the keyword is seed",
}
_OF_DROPOUT = {"dropout_rate hidden_dropout_prob classifier_dropout": "the keyword is dropout"}
_OF_CLASSES = {_CLASSES: "the keyword is num_classes", **_OF_DROPOUT}
_OF_TEXTS = {
    "multi_label multilabel": "pass problem_type='multi_label_classification'",
    "regression is_regression": "pass problem_type='regression'",
}
_PREDICTOR = {
    f"truncation return_tensors stride {_LENGTHS}": _AS_TRAINED,
    "padding": "leave it out: a batch is padded to its longest text",
    "batch_size": "pass it when the model is loaded: bk.load(folder, batch_size=…)",
    "device": _GPU,
}
_INPUTS = "text inputs sentences sequences x examples documents"
# By call, the names that mean something else there than in `_PLACES`, or nothing outside of it.
_OF_CALLS: dict[str, dict[str, str]] = {
    "finetune": {**_RUN, f"{_CLASSES} num_classes": _COUNTED},
    "pretrain": {
        **_RUN,
        f"{_CLASSES} num_classes": "leave it out: masked words have no classes",
        "mlm_probability masked_lm_prob": "choose the data first: bk.load_masked(files, masked_share=…)",
    },
    "Recipe": {
        "train_batch_size": "the field is batch_size",
        "per_device_train_batch_size": "the field is batch_size, the rows of all devices together",
        "warmup_ratio warmup_steps num_warmup_steps": "the field is warmup_share, of all steps",
        "gradient_accumulation_steps": "the field is micro_batches, parts of a step of batch_size rows",
        "output_dir": "pass it beside the recipe: bk.finetune(task, encoder, out=…)",
        f"{_CLASSES} num_classes": _COUNTED,
        "optimizer": "leave it out: it is AdamW; another one is for bk.TextClassifier.compile(optimizer=…)",
        "lr_scheduler_type scheduler": "leave it out: the rate rises for warmup_share of the steps, then falls to 0",
    },
    "Devices": {f"{_CLASSES} num_classes": _COUNTED},
    "load_encoder": {
        f"{_PRETRAINED} url path": "it is the first argument, handle",
        "do_lower_case lowercase do_lower uncased": "the keyword is lower_case",
        "vocab vocab_path vocabulary tokenizer": "the keyword is vocab_file",
        "from_pt": "convert its folder first: bk.convert_huggingface(folder, out)",
        f"{_CLASSES} num_classes": "pass it to the model: bk.TextClassifier(encoder, num_classes=…)",
        "freeze frozen": "pass trainable=False",
        "hidden_dropout_prob dropout_rate": "the keyword is dropout, with native=True",
        "attention_probs_dropout_prob": "the keyword is attention_dropout, with native=True",
        "signature output_key arguments tags": "the layer takes it: bk.hub.KerasLayer(handle, {name}=…)",
        f"{_LENGTHS} seq_length": "features have it: bk.load_encoder(handle).preprocessor(seq_length=…)",
        "version revision": "end the name with it: bk.load_encoder('tensorflow/bert_en_uncased_L-12_H-768_A-12/4')",
        "device": _GPU,
    },
    "load_files": {
        "path file filename data_files dataset data x": "it is the first argument, files",
        "tokenizer preprocessor": "it is the second argument, encoder: an encoder, or bk.Tokenizer(vocab_file)",
        f"{_CLASSES} num_classes": "leave it out: the classes are counted, or named by label_names=…",
        "random_state": "the keyword is split_seed",
        "names": "the keyword is columns",
        "shuffle": "leave it out: training batches are drawn anew in each epoch, by bk.Recipe(seed=…)",
        "train test dev": "pass a dict of the parts: bk.load_files({{'train': …, 'validation': …, 'test': …}})",
    },
    "load_task": {
        "path file files dataset dataset_name task_name data name": "it is the first argument, task",
        "tokenizer preprocessor": "it is the second argument, encoder: an encoder, or bk.Tokenizer(vocab_file)",
        f"{_CLASSES} num_classes": "leave it out: the task knows its classes",
        "random_state": "the keyword is split_seed",
        "split splits": "with an encoder the keyword is parts: bk.load_task(task, encoder, parts=('train',))",
        "shuffle": "leave it out: training batches are drawn anew in each epoch, by bk.Recipe(seed=…)",
    },
    "BertEncoder": {
        "num_hidden_layers n_layers": "the keyword is num_layers",
        "num_attention_heads n_heads": "the keyword is num_heads",
        "intermediate_dim inner_dim ff_dim": "the keyword is intermediate_size",
        "hidden_dim d_model embedding_size": "the keyword is hidden_size",
        "vocabulary_size": "the keyword is vocab_size",
        "max_position_embeddings max_sequence_length": "the keyword is max_positions",
        "num_segments": "the keyword is type_vocab_size",
        "hidden_act hidden_activation activation": "the keyword is gelu",
        "layer_norm_eps": "the keyword is layer_norm_epsilon",
        "gradient_checkpointing": "the keyword is recompute",
        "hidden_dropout_prob dropout_rate output_dropout": "the keyword is dropout",
        "attention_probs_dropout_prob": "the keyword is attention_dropout",
        "random_state random_seed manual_seed": "the keyword is seed",
        f"{_PRETRAINED} handle": "load a published one: bk.load_encoder(handle, native=True)",
        "vocab_file tokenizer": "set it: encoder.tokenizer = bk.Tokenizer(vocab_file)",
        f"{_CLASSES} num_classes": "pass it to the model: bk.TextClassifier(encoder, num_classes=…)",
    },
    "embed": {
        f"{_PRETRAINED} handle": "it is the first argument, encoder",
        "sentences inputs x": "it is the second argument, texts",
        "normalize_embeddings": "the keyword is normalize",
        "pooling_mode pooling_strategy": "the keyword is pooling",
        f"truncation {_LENGTHS}": "the keyword is seq_length",
        "convert_to_tensor convert_to_numpy show_progress_bar": "leave it out: the vectors are an array of NumPy",
        "device": _GPU,
    },
    "TextClassifier": {**_MODEL, **_OF_CLASSES, **_OF_TEXTS},
    "TokenClassifier": {**_MODEL, **_OF_CLASSES},
    "SpanLabeler": {**_MODEL, f"{_CLASSES} num_classes": "leave it out: a span is a first and a last token"},
    "MultipleChoice": {**_MODEL, **_OF_DROPOUT, f"{_CLASSES} num_classes": "the keyword is num_choices"},
    "MaskedLM": {**_MODEL, f"{_CLASSES} num_classes": "leave it out: the classes are the pieces of the vocabulary"},
    "load": {
        _FOLDER: "it is the first argument, folder",
        "task tokenizer": "leave it out: the folder says which kind of model it is, and holds its tokenizer",
        "per_device_eval_batch_size eval_batch_size": "the keyword is batch_size",
        f"{_CLASSES} num_classes id2label": "leave it out: the folder has its labels",
        f"truncation {_LENGTHS} seq_length": _AS_TRAINED,
        "device device_map gpu use_gpu use_cuda": _GPU,
    },
    "Tokenizer": {
        "vocab vocab_path vocabulary path": "it is the first argument, vocab_file",
        "do_lower_case lowercase do_lower": "the keyword is lower_case",
        f"{_LENGTHS} seq_length truncation padding": "features have it: "
        "bk.load_encoder(handle).preprocessor(seq_length=…)",
    },
    "TextPredictor": {
        **_PREDICTOR,
        _INPUTS: "it is the first argument, texts",
        "text_pair pairs": "it is the second argument, text_pairs",
        "return_all_scores top_k topk function_to_apply": "leave it out: bk.TextPrediction.probabilities has all",
    },
    "QuestionPredictor": {
        **_PREDICTOR,
        "questions query": "it is the first argument, question",
        "contexts text passage paragraph": "it is the second argument, context",
        "topk n_best_size": "the keyword is top_k",
        "handle_impossible_answer": "the keyword is null_threshold",
    },
    "TagPredictor": {
        **_PREDICTOR,
        _INPUTS: "it is the first argument, texts",
        "aggregation_strategy grouped_entities ignore_labels": "leave it out: answers are whole entities, bk.Entity",
    },
    "ChoicePredictor": {
        **_PREDICTOR,
        "question text context": "it is the first argument, prompt",
        "options candidates candidate_labels endings": "it is the second argument, choices",
    },
}
CALLS = tuple(_OF_CALLS)
_LOADERS = ("load_task", "load_files")
_OWN = (*_OF_DATA.split(), "batch_size")  # that loaders have too
_OF_MASKED = ("seq_length", "limit", "validation", "validation_share", "split_seed")  # that bk.load_masked takes

# What other libraries call a value, by the argument.
FOREIGN_VALUES = {
    "strategy": {
        **dict.fromkeys(("gpu", "cuda", "cuda:0", "GPU"), "'auto' takes the GPUs that are there"),
        **dict.fromkeys(("cpu", "default", "CPU"), "pass 'one'"),
        **dict.fromkeys(("dp", "ddp", "multi_gpu", "MirroredStrategy"), "pass 'mirrored'"),
        **dict.fromkeys(("multi_worker", "MultiWorkerMirroredStrategy"), "pass 'multiworker'"),
    },
    "precision": {
        **dict.fromkeys(("fp16", "half", "16", "16-mixed", "mixed_float16"), "pass 'float16'"),
        **dict.fromkeys(("bf16", "bf16-mixed", "mixed_bfloat16"), "pass 'bfloat16'"),
        **dict.fromkeys(("fp32", "32", "full", "float"), "pass 'float32'"),
    },
    "tune": {
        **dict.fromkeys(("full", "model"), "pass 'all'"),
        "bitfit": "pass 'biases'",
        **dict.fromkeys(("peft", "qlora", "adapter"), "pass 'lora'"),
    },
    "problem_type": {
        **dict.fromkeys(("classification", "binary", "multiclass"), "pass 'single_label_classification'"),
        **dict.fromkeys(("multi_label", "multilabel"), "pass 'multi_label_classification'"),
    },
}

_FEATURES = {
    "input_word_ids": "input_ids token_ids",
    "input_mask": "attention_mask padding_mask",
    "input_type_ids": "token_type_ids segment_ids type_ids",
}


def foreign_features(names: Iterable[str]) -> str:
    """A sentence that says what features by other libraries' names are called here; '' where none has such a name."""
    ours = {foreign: name for name, words in _FEATURES.items() for foreign in words.split()}
    said = [f"'{name}' is '{ours[name]}'" for name in names if name in ours]
    return f"{', '.join(said)}." if said else ""


def foreign_names(call: str) -> dict[str, str]:
    """By a name that a call does not have, what takes its place, as `checks.answers` takes it.

    Args:
        call: a public name, one of `CALLS`; any other has what models answer.
    """
    own = _OF_CALLS.get(call, _MODEL)
    places = {name: place for name, place in _PLACE_OF.items() if call not in _LOADERS or name not in _OWN}
    answers = {name: _sentence(call, place) for name, place in places.items()}
    return {**answers, **{name: answer for names, answer in own.items() for name in names.split()}}


def place_of(name: str) -> str:
    """The call and keyword that take a foreign name's place, as 'Recipe(learning_rate=…)'; '' if there is none."""
    return _PLACE_OF.get(name, "")


def _sentence(call: str, place: str) -> str:
    """What a call says of a name that belongs to a place."""
    home, _, inside = place.removesuffix(")").partition("(")
    keyword = inside.rpartition(", ")[2]
    if home == call or (home in _LOADERS and call in _LOADERS):
        return f"the {'field' if call in ('Recipe', 'Devices') else 'keyword'} is {keyword.removesuffix('=…')}"
    beside = {"Recipe": f"recipe=bk.{place}", "Devices": f"devices=bk.{place}"}.get(home)
    if call in ("finetune", "pretrain"):
        if beside:
            return f"pass {beside}"
        if call == "finetune":
            return f"choose the data first, and pass that as the task: bk.{place}"
        if keyword.partition("=")[0] in _OF_MASKED:
            return f"choose the data first, and pass that as the task: bk.load_masked(files, {keyword})"
        return "leave it out: masked words are of plain text, as bk.load_masked(files) takes it"
    if beside:
        return f"training is told it: bk.finetune(task, encoder, out, {beside})"
    return f"pass it where the data are chosen: bk.{place}"
