"""`WRITING_CALLS`: names of other libraries in the calls that write and show models, and what is made of them."""

from bert_keras.foreign_names.common import AS_TRAINED, CLASSES, FOLDER, GPU, LENGTHS, TRAIN

_OUT = "output output_dir output_file output_path out_dir save_path save_directory save_dir filepath export_dir path "
_OUT += "folder directory filename out_file saved_model_dir"
_MODEL = {"model_name model_dir model_path checkpoint model_name_or_path pretrained": "it is the first argument, model"}
_DATA = {f"{TRAIN} eval_dataset preproc": "the keyword is data"}
_HAS = {
    "tokenizer preprocessor": "leave it out: the model's encoder has its tokenizer, which goes with it",
    f"{CLASSES} num_classes id2label label2id class_names": "leave it out: the data that the model was trained on "
    "have the labels",
    f"truncation {LENGTHS}": AS_TRAINED,
}
_SEQ_LENGTH = {"seq_length": AS_TRAINED}

WRITING_CALLS: dict[str, dict[str, str]] = {
    "export": {
        **_HAS,
        **_MODEL,
        **_DATA,
        _OUT: "it is the second argument, out",
        "format save_format export_format fmt target framework": "the keyword is to",
        "signatures include_optimizer input_signature": "leave it out: the signatures are those of the model's kind",
        "opset_version": "the keyword is opset",
        "dynamic_axes": "leave it out: each axis that may vary does",
        "quantize quantization_config int8": "the keyword is quantization",
        "overwrite": "leave it out: out is a new folder, which appears whole or not at all",
        "task feature": "leave it out: the model knows its task",
        "batch_size": "leave it out: the graph takes any number of texts",
        "device": GPU,
    },
    "predictor": {
        **_HAS,
        **_SEQ_LENGTH,
        **_SEQ_LENGTH,
        **_MODEL,
        **_DATA,
        "path folder": "a model folder is loaded by bk.load(folder)",
        "per_device_eval_batch_size eval_batch_size": "the keyword is batch_size",
        "task": "leave it out: the model knows its task",
        "device": GPU,
    },
    "save": {
        **_HAS,
        **_SEQ_LENGTH,
        **_SEQ_LENGTH,
        **_MODEL,
        **_DATA,
        _OUT: "it is the second argument, out",
        "save_format format": "leave it out: it is a model folder; bk.export(model, out) writes a SavedModel",
        "safe_serialization include_optimizer save_optimizer": "leave it out: a model folder has the weights alone, "
        "as bk.load(folder) reads them",
        "push_to_hub": "leave it out: nothing is sent anywhere; README.md in the folder is a model card",
        "force exist_ok": "the keyword is overwrite",
    },
    "save_encoder": {
        _OUT: "it is the second argument, folder",
        "model bert backbone": "it is the first argument, encoder",
        "head lm_head": "the keyword is mlm",
        "tokenizer vocab_file": "leave it out: the encoder has its tokenizer, whose vocabulary is written too",
    },
    "convert": {
        f"{FOLDER} folder": "it is the first argument, source",
        "tf_checkpoint_path init_checkpoint": "it is the first argument, source, the checkpoint or its folder",
        "bert_config_file config config_file": "leave it out: bert_config.json is read from the checkpoint's folder",
        f"{_OUT} pytorch_dump_path": "it is the second argument, out",
        "format save_format": "the keyword is to",
        "do_lower_case lowercase do_lower uncased": "the keyword is lower_case",
    },
    "convert_huggingface": {
        FOLDER: "it is the first argument, folder",
        _OUT: "it is the second argument, out",
        "do_lower_case lowercase do_lower uncased": "the keyword is lower_case",
    },
    "load_huggingface": {
        f"{FOLDER} handle": "it is the first argument, folder",
        "max_length max_seq_length": "the keyword is seq_length",
        "id2label label2id num_labels num_classes problem_type": "leave it out: config.json of the folder says it",
        "from_pt from_tf from_flax use_safetensors": "leave it out: safetensors are read, and nothing else",
        "tokenizer": "leave it out: it is the folder's",
        "device": GPU,
    },
    "learn_vocabulary": {
        f"{TRAIN} corpus file": "it is the first argument, files_or_texts",
        f"{_OUT} vocab_file": "it is the second argument, out",
        "vocab_size vocabulary_size": "the keyword is size",
        "min_frequency min_freq": "the keyword is min_count",
        "limit_alphabet": "the keyword is max_characters",
        "do_lower_case lowercase do_lower": "the keyword is lower_case",
        "force": "the keyword is overwrite",
    },
    "report": {
        FOLDER: "it is the first argument, folder",
        "output output_file output_path filename html html_file": "it is the second argument, out",
        "split": "the keyword is part",
        f"{TRAIN} eval_dataset test_data task": "the keyword is data",
    },
    "demo": {
        f"{FOLDER} folder": "it is the first argument, model",
        "server_port": "the keyword is port",
        "server_name address": "the keyword is host",
        "inbrowser launch_browser browser": "the keyword is open_browser",
        "share": "leave it out: the page is this machine's; the keyword is host for a network of your own",
        "verbose quiet": "pass say=print, or say=lambda line: None for silence",
        "auth": "leave it out: there are no passwords",
    },
    "plan": {
        "model model_name model_name_or_path handle backbone": "it is the first argument, encoder",
        LENGTHS: "it is the second argument, seq_length",
        "gpu_memory vram device_memory memory_limit": "it is the third argument, memory",
        "n_gpu num_gpus gpus num_devices": "the keyword is devices",
        "train_batch_size per_device_train_batch_size bs": "the keyword is batch_size, the rows of all devices",
        "fp16 half": "pass precision='float16'",
        "bf16": "pass precision='bfloat16'",
        "dtype dtype_policy mixed_precision": "the keyword is precision",
    },
}
