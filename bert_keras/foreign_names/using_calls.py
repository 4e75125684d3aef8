"""`USING_CALLS`: names of other libraries in the calls for models that are trained."""

from bert_keras.foreign_names.common import AS_TRAINED, CLASSES, FOLDER, GPU, INPUTS, LENGTHS, TRAIN

_PREDICTOR = {
    f"truncation return_tensors stride {LENGTHS}": AS_TRAINED,
    "padding": "leave it out: a batch is padded to its longest text",
    "batch_size": "pass it when the model is loaded: bk.load(folder, batch_size=…)",
    "device": GPU,
}
_MODEL = {f"{FOLDER} folder predictor pipeline": "it is the first argument, model"}
_DATA = {f"{TRAIN} eval_dataset eval_data test_data test_dataset task": "it is the second argument, data"}
_PART = {"split subset": "the keyword is part"}
_THRESHOLD = {"threshold no_answer_threshold null_score_diff_threshold na_prob_thresh": "the keyword is null_threshold"}
_KNOWS = {
    "tokenizer preprocessor": "leave it out: the model's encoder has its tokenizer",
    f"{CLASSES} num_classes id2label label2id class_names": "leave it out: the model has its labels",
    f"truncation {LENGTHS} seq_length": AS_TRAINED,
    "device": GPU,
}
_OF_DATA = "data have it: bk.load_files(files, encoder, batch_size=…)"

USING_CALLS: dict[str, dict[str, str]] = {
    "load": {
        FOLDER: "it is the first argument, folder",
        "task tokenizer": "leave it out: the folder says which kind of model it is, and holds its tokenizer",
        "per_device_eval_batch_size eval_batch_size": "the keyword is batch_size",
        f"{CLASSES} num_classes id2label": "leave it out: the folder has its labels",
        f"truncation {LENGTHS} seq_length": AS_TRAINED,
        "device device_map gpu use_gpu use_cuda": GPU,
    },
    "TextPredictor": {
        **_PREDICTOR,
        INPUTS: "it is the first argument, texts",
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
        INPUTS: "it is the first argument, texts",
        "aggregation_strategy grouped_entities ignore_labels": "leave it out: answers are whole entities, bk.Entity",
    },
    "ChoicePredictor": {
        **_PREDICTOR,
        "question text context": "it is the first argument, prompt",
        "options candidates candidate_labels endings": "it is the second argument, choices",
    },
    "evaluate": {
        **_KNOWS,
        **_MODEL,
        **_DATA,
        **_PART,
        **_THRESHOLD,
        "batch_size eval_batch_size per_device_eval_batch_size": _OF_DATA,
        "metrics metric compute_metrics": "leave it out: the task has official metrics; others are passed to compile: "
        "bk.TextClassifier.compile(metrics=…)",
        "output_dir out": "predictions are written by bk.write_predictions(model, data, folder)",
        "by_class output_dict": "leave it out: bk.Scores holds what is told of classes",
        "steps": "leave it out: all rows of the part are scored",
        "verbose return_dict": "leave it out: the scores are a dict, and nothing is printed",
    },
    "calibrate": {
        **_KNOWS,
        **_MODEL,
        **_DATA,
        **_PART,
        "batch_size eval_batch_size per_device_eval_batch_size": _OF_DATA,
        "method": "leave it out: it is temperature scaling",
        "cv n_folds ensemble": "leave it out: the rows are drawn into two halves, by seed",
        "alpha confidence_level delta": "the keyword is assurance",
        "unlike novelty contamination nu ood fpr": "the keyword is false_alarms, the share of texts like these that "
        "may be called unlike them",
        "random_state": "the keyword is seed",
        "output_dir out": "leave it out: the model folder is replaced; copy it before, where both are wanted",
        "threshold abstain_below": "the threshold is chosen for precision=…; another is said in a call: "
        "bk.TextPredictor.__call__(texts, abstain_below=…)",
    },
    "write_predictions": {
        **_KNOWS,
        **_PART,
        **_THRESHOLD,
        "predictor pipeline": "it is the first argument, model",
        f"{TRAIN} eval_dataset test_data": "it is the second argument, data",
        "output output_dir path out out_dir": "it is the third argument, folder",
        "batch_size eval_batch_size per_device_eval_batch_size": _OF_DATA,
    },
    "predict_file": {
        **_KNOWS,
        **_THRESHOLD,
        f"{FOLDER} folder predictor": "it is the first argument, model",
        "input input_file csv data data_path dataset test_file x": "it is the second argument, file",
        "output output_file out_file output_path save_path": "it is the third argument, out",
        **{
            f"{name}_column": f"the keyword is {name}"
            for name in ("text", "text_pair", "question", "context", "prompt", "choices")
        },
        "text_col text_column_name": "the keyword is text",
        "label label_column label_col": "leave it out: the column is written as it is; "
        "bk.evaluate(model, data) compares it with the answers",
        "top_k topk": "leave it out: a row has one answer; more has "
        "bk.QuestionPredictor.__call__(question, context, top_k=…)",
        "eval_batch_size per_device_eval_batch_size chunksize": "the keyword is batch_size",
        "sep delimiter": "the keyword is separator",
        "names header": "the keyword is columns",
        "quotechar quoting": "the keyword is quotes",
        "force": "the keyword is overwrite",
        "verbose": "pass say=print, or say=lambda line: None for silence",
    },
    "fill_mask": {
        f"{FOLDER} folder": "it is the first argument, folder_or_model",
        "texts inputs sentence sequences": "it is the second argument, text",
        "topk k": "the keyword is top_k",
        **_KNOWS,
    },
    "top_losses": {
        **_KNOWS,
        **_PART,
        f"{TRAIN} eval_dataset val_data test_data": "it is the second argument, data",
        "n n_rows top_n top_k": "the keyword is k",
        "batch_size": _OF_DATA,
    },
    "word_importance": {
        **_KNOWS,
        "model pipeline": "it is the first argument, predictor",
        "texts inputs sentence doc": "it is the second argument, text",
        "target target_label class_name": "the keyword is label",
        "n_steps num_steps": "the keyword is steps",
        "baselines": "the keyword is baseline",
        "n_samples": "leave it out: gradients are summed along a path, of as many steps as steps says",
    },
    "attention_maps": {
        **_KNOWS,
        "model": "it is the first argument, encoder",
        "texts inputs sentence sentence_a": "it is the second argument, text",
        "text_pair sentence_b": "the keyword is pair",
        LENGTHS: "the keyword is seq_length",
    },
}
