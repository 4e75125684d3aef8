"""`MODEL_CALLS`: names of other libraries in the calls that make encoders and models."""

from bert_keras.foreign_names.common import CLASSES, COMPILED, GPU, HAS_TOKENIZER, LENGTHS, PRETRAINED

ANY_MODEL = {
    f"{PRETRAINED} backbone bert base_model": "it is the first argument, encoder: bk.load_encoder(handle)",
    "tokenizer preprocessor": HAS_TOKENIZER,
    "activation": "leave it out: a model returns logits; bk.TextClassifier.probabilities(logits) says what they mean",
    "optimizer loss metrics": COMPILED,
    "dropout_rate hidden_dropout_prob classifier_dropout": "the encoder has it: "
    "bk.load_encoder(handle, native=True, dropout=…)",
    "freeze freeze_bert freeze_encoder": "freeze the encoder: bk.load_encoder(handle, trainable=False)",
    "random_state random_seed manual_seed": "the keyword is seed",
}
_OF_DROPOUT = {"dropout_rate hidden_dropout_prob classifier_dropout": "the keyword is dropout"}
_OF_CLASSES = {CLASSES: "the keyword is num_classes", **_OF_DROPOUT}
_OF_TEXTS = {
    "multi_label multilabel": "pass problem_type='multi_label_classification'",
    "regression is_regression": "pass problem_type='regression'",
}
_EMBEDDED = {
    f"{PRETRAINED} handle": "it is the first argument, encoder",
    "normalize_embeddings": "the keyword is normalize",
    "pooling_mode pooling_strategy": "the keyword is pooling",
    f"truncation {LENGTHS}": "the keyword is seq_length",
    "convert_to_tensor convert_to_numpy show_progress_bar": "leave it out: the vectors are an array of NumPy",
    "device": GPU,
}

MODEL_CALLS: dict[str, dict[str, str]] = {
    "load_encoder": {
        f"{PRETRAINED} url path": "it is the first argument, handle",
        "do_lower_case lowercase do_lower uncased": "the keyword is lower_case",
        "vocab vocab_path vocabulary tokenizer": "the keyword is vocab_file",
        "from_pt": "convert its folder first: bk.convert_huggingface(folder, out)",
        f"{CLASSES} num_classes": "pass it to the model: bk.TextClassifier(encoder, num_classes=…)",
        "freeze frozen": "pass trainable=False",
        "hidden_dropout_prob dropout_rate": "the keyword is dropout, with native=True",
        "attention_probs_dropout_prob": "the keyword is attention_dropout, with native=True",
        "num_hidden_layers n_layers keep_layers layers": "the keyword is num_layers, with native=True",
        "signature output_key arguments tags": "the layer takes it: bk.hub.KerasLayer(handle, {name}=…)",
        f"{LENGTHS} seq_length": "features have it: bk.load_encoder(handle).preprocessor(seq_length=…)",
        "version revision": "end the name with it: bk.load_encoder('tensorflow/bert_en_uncased_L-12_H-768_A-12/4')",
        "device": GPU,
    },
    "BertEncoder": {
        "num_hidden_layers n_layers": "the keyword is num_layers",
        "num_attention_heads n_heads": "the keyword is num_heads",
        "intermediate_dim inner_dim ff_dim": "the keyword is intermediate_size",
        "hidden_dim d_model": "the keyword is hidden_size",
        "vocabulary_size": "the keyword is vocab_size",
        "max_position_embeddings max_sequence_length": "the keyword is max_positions",
        "num_segments": "the keyword is type_vocab_size",
        "hidden_act hidden_activation": "the keyword is gelu, or activation for what is no GELU",
        "layer_norm_eps": "the keyword is layer_norm_epsilon",
        "gradient_checkpointing": "the keyword is recompute",
        "hidden_dropout_prob dropout_rate output_dropout": "the keyword is dropout",
        "attention_probs_dropout_prob": "the keyword is attention_dropout",
        "random_state random_seed manual_seed": "the keyword is seed",
        f"{PRETRAINED} handle": "load a published one: bk.load_encoder(handle, native=True)",
        "vocab_file tokenizer": "set it: encoder.tokenizer = bk.Tokenizer(vocab_file)",
        f"{CLASSES} num_classes": "pass it to the model: bk.TextClassifier(encoder, num_classes=…)",
    },
    "KerasLayer": {
        f"{PRETRAINED} url path": "it is the first argument, handle",
        "do_lower_case lowercase vocab_file tokenizer preprocessor": "ids are made outside of the layer: "
        "bk.load_encoder(handle).preprocessor(seq_length=…)",
        f"{LENGTHS} seq_length": "ids are made outside of the layer: "
        "bk.load_encoder(handle).preprocessor(seq_length=…)",
        f"{CLASSES} num_classes": "pass it to the model: bk.TextClassifier(encoder, num_classes=…)",
        "freeze frozen": "pass trainable=False",
        "outputs output": "the keyword is output_key",
        "version revision": "end the name with it: bk.hub.KerasLayer('tensorflow/bert_en_uncased_L-12_H-768_A-12/4')",
        "device": GPU,
    },
    "embed": {**_EMBEDDED, "sentences inputs x": "it is the second argument, texts"},
    "Embedder": _EMBEDDED,
    "list_encoders": {
        "lang languages": "the keyword is language",
        "newest latest latest_only": "the keyword is newest_only",
        "frozen": "the keyword is trainable",
    },
    "shard": {
        "n_devices num_devices num_shards n_gpu num_gpus gpus mesh_shape tensor_parallel_size": "it is the first "
        "argument, devices",
        "data_parallel_size data_parallel": "the keyword is batch_parts",
        "verbose": "pass say=print, or say=lambda line: None for silence",
    },
    "TextClassifier": {**ANY_MODEL, **_OF_CLASSES, **_OF_TEXTS},
    "TokenClassifier": {**ANY_MODEL, **_OF_CLASSES},
    "SpanLabeler": {**ANY_MODEL, f"{CLASSES} num_classes": "leave it out: a span is a first and a last token"},
    "MultipleChoice": {**ANY_MODEL, **_OF_DROPOUT, f"{CLASSES} num_classes": "the keyword is num_choices"},
    "MaskedLM": {**ANY_MODEL, f"{CLASSES} num_classes": "leave it out: the classes are the pieces of the vocabulary"},
    "SentencePieceTokenizer": {
        "vocab_file vocab sp_model_file spm_file path": "it is the first argument, model_file",
        "do_lower_case lowercase do_lower": "the keyword is lower_case",
        "keep_accents remove_space": "leave it out: text is normalised as TF-Hub's preprocessing for ALBERT does it",
    },
    "HuggingFaceTokenizer": {
        "vocab_file vocab merges_file path": "it is the first argument, tokenizer_file",
        "do_lower_case lowercase lower_case add_prefix_space": "leave it out: the tokenizer.json says it",
    },
    "Tokenizer": {
        "vocab vocab_path vocabulary path": "it is the first argument, vocab_file",
        "do_lower_case lowercase do_lower": "the keyword is lower_case",
        f"{LENGTHS} seq_length truncation padding": "features have it: "
        "bk.load_encoder(handle).preprocessor(seq_length=…)",
    },
}
