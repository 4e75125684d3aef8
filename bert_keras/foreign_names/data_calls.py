"""`DATA_CALLS`: names of other libraries in the calls that choose data."""

from bert_keras.foreign_names.common import CLASSES, FETCHING, INPUTS, LENGTHS, TRAIN, VALIDATION

LOADERS = ("load_task", "load_files")  # which take what any of the others does
# By the other calls, which of the keywords in `PLACES` they take.
CHOOSES = {
    "load_glue": "seq_length limit",
    "load_squad": "seq_length limit doc_stride max_answer_length",
    "load_tagging": "seq_length limit label_names validation validation_share",
    "load_choices": "seq_length limit validation_share",
    "load_masked": "seq_length limit validation validation_share",
    "load_next_sentences": "seq_length limit validation_share",
    "check_files": "text text_pair label separator",
}

_ENCODER = "it is the second argument, encoder: an encoder, or bk.Tokenizer(vocab_file)"
_SHUFFLED = "leave it out: training batches are drawn anew in each epoch, by bk.Recipe(seed=…)"
_FILES = "path file filename data_file data_files dataset data x directory datadir train_filepath train_path"
_WRITTEN = {
    "names": "the keyword is columns",
    "header": "leave it out: the first line has the names; a file without such is read by bk.load_files(files, "
    "columns=…)",
    "quotechar quoting": "the keyword is quotes",
    "usecols select_columns": "leave it out: of a table the columns of texts and labels are read alone",
}
# What loaders of data sets and batches take elsewhere.
_BATCHES = {
    "tokenizer preprocessor preproc": _ENCODER,
    "random_state": "the keyword is split_seed",
    "shuffle shuffle_files shuffle_buffer": _SHUFFLED,
    "return_tensors as_supervised with_info return_dict": "leave it out: batches are tensors, (features, labels)",
    "padding pad_to_max_length": "leave it out: a batch is padded to its longest row",
    "num_proc num_workers workers prefetch": "leave it out: TensorFlow reads on all cores",
    "drop_remainder drop_last": "leave it out: each row is trained on once in an epoch",
    **FETCHING,
}
_NO_CLASSES = f"{CLASSES} num_classes"


def _parts(call: str, first: str) -> dict[str, str]:
    """A call's answer to who asks for a part of the data."""
    return {
        "split splits": f"with an encoder the keyword is parts: bk.{call}({first}, encoder, parts=('train',))",
        "truncation": "leave it out: a row is cut to seq_length tokens, "
        f"as in bk.{call}({first}, encoder, seq_length=…)",
    }


def _first(names: str, keyword: str) -> dict[str, str]:
    return {names: f"it is the first argument, {keyword}"}


_LEFT = "leave it out: the task knows its classes"
_OF_TFDS = {"cache_dir tfds_dir": "the keyword is data_dir", "download": "leave it out: see data_dir"}
_NO_CACHE = {"cache_dir": "leave it out: files are read where they lie"}
_OF_FILES = {"data_files data_file files": "files of your own are read by bk.load_files(files)"}

DATA_CALLS: dict[str, dict[str, str]] = {
    "load_files": {
        **_BATCHES,
        **_NO_CACHE,
        **_WRITTEN,
        **_parts("load_files", "files"),
        **_first(_FILES, "files"),
        "keep_in_memory": "the keyword is in_memory",
        "streaming": "leave it out: of tables, what memory is too small for goes to temporary files",
        _NO_CLASSES: "leave it out: the classes are counted, or named by label_names=…",
        "label_mode is_regression multi_label multilabel": "the keyword is problem_type",
        "subset": "with an encoder the keyword is parts: bk.load_files(files, encoder, parts=('train',))",
        "train test dev train_names test_names": "pass a dict of the parts: "
        "bk.load_files({{'train': …, 'validation': …, 'test': …}})",
    },
    "load_task": {
        **_BATCHES,
        **_OF_TFDS,
        **_parts("load_task", "task"),
        **_first(f"{_FILES} files dataset_name task_name name subset config config_name", "task"),
        "keep_in_memory": "the keyword is in_memory",
        "streaming": "leave it out: of tables, what memory is too small for goes to temporary files",
        _NO_CLASSES: _LEFT,
    },
    "load_glue": {
        **_BATCHES,
        **_OF_TFDS,
        **_OF_FILES,
        **_parts("load_glue", "task"),
        **_first("path dataset dataset_name task_name name subset config config_name", "task"),
        f"{_NO_CLASSES} class_names label_list": _LEFT,
    },
    "load_squad": {
        **_BATCHES,
        **_OF_TFDS,
        **_OF_FILES,
        **_parts("load_squad", "version"),
        **_first("path dataset dataset_name task_name name subset config config_name", "version"),
        "version_2_with_negative version_2": "it is the first argument, version: bk.load_squad('v2.0')",
        "max_query_len": "the keyword is max_query_length",
        "n_best_size null_score_diff_threshold": "answers have it: "
        "bk.QuestionPredictor.__call__(question, context, top_k=…, null_threshold=…)",
        _NO_CLASSES: "leave it out: a span is a first and a last token",
    },
    "load_tagging": {
        **_BATCHES,
        "cache_dir tfds_dir": "the keyword is data_dir",
        "download": "leave it out: see data_dir",
        **_parts("load_tagging", "source"),
        **_first(f"{_FILES} files dataset_name name subset config_name {TRAIN}", "source"),
        "text_column text_column_name text_col tokens": "the keyword is word_column",
        "label_column label_column_name label_col ner_tags task_name": "the keyword is tag_column",
        "group_by sentence_id sentence_col": "the keyword is sentence_column",
        "label_all_tokens": "pass label_pieces='all'",
        "is_split_into_words": "leave it out: words and their tags stand in pairs",
        "tagging_scheme tag_scheme": "the keyword is scheme",
        "names": "the keyword is columns",
        _NO_CLASSES: "leave it out: the tags are counted, or named by label_names=…",
    },
    "load_choices": {
        **_BATCHES,
        **_NO_CACHE,
        **_parts("load_choices", "source"),
        **_first(f"{_FILES} files dataset_name name {TRAIN}", "source"),
        f"{VALIDATION} validation test test_file": "pass a dict of the parts: "
        "bk.load_choices({{'train': …, 'validation': …, 'test': …}})",
        f"{_NO_CLASSES} num_choices": "leave it out: the rows say how many choices there are",
    },
    "load_masked": {
        **_BATCHES,
        **_NO_CACHE,
        **_parts("load_masked", "files_or_texts"),
        **_first(f"{_FILES} files corpus {TRAIN} {INPUTS}", "files_or_texts"),
        "mlm_probability masked_lm_prob mask_prob mask_selection_rate": "the keyword is masked_share",
        "whole_word_mask wwm do_whole_word_mask": "the keyword is whole_words",
        "line_by_line": "pass rows='texts'",
        "block_size": "the keyword is seq_length",
        "max_predictions_per_seq dupe_factor": "leave it out: each epoch masks a share of all tokens anew",
        _NO_CLASSES: "leave it out: masked words have no classes",
    },
    "load_next_sentences": {
        **_BATCHES,
        **_NO_CACHE,
        **_parts("load_next_sentences", "source"),
        **_first(f"{_FILES} files documents corpus {TRAIN}", "source"),
        f"{VALIDATION} validation test test_file": "pass a dict of the parts: "
        "bk.load_next_sentences({{'train': …, 'validation': …, 'test': …}})",
        "short_seq_prob dupe_factor": "leave it out: a sentence begins one pair",
        _NO_CLASSES: "leave it out: a sentence is the next one, or is not",
    },
    "check_files": {
        **_WRITTEN,
        **_first(f"{_FILES} {TRAIN}", "files"),
        "tokenizer preprocessor preproc": _ENCODER,
        f"{_NO_CLASSES} class_names": "leave it out: the classes are counted",
        LENGTHS: "leave it out: the report says how long texts are; bk.load_files(files, seq_length=…) cuts them",
    },
    "open_table": {
        **_first(f"{_FILES} filepath_or_buffer files", "source"),
        **_WRITTEN,
        "names header": "the keyword is columns",
        "sep delimiter": "the keyword is separator",
        "charset": "the keyword is encoding",
        "nrows chunksize": "leave it out: rows are read as they are taken; bk.load_files(files, limit=…) trains on few",
    },
}
