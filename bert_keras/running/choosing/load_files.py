"""`load_files`: a user's own files and objects as data, of whatever kind they are."""

from typing import Any

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.running.choosing.find_task import open_task


@checks.answers(**foreign_names("load_files"))
def load_files(files: Any, encoder: Any = None, *, kind: str | None = None, **options: Any) -> Any:
    """Your own data, whatever their form: tables of texts, questions in SQuAD's JSON, tags of words.

    >>> table = bk.load_files("reviews.csv", text="review", label="stars")
    >>> bk.finetune(table, "bert_en_uncased_L-12_H-768_A-12", "runs/stars")

    >>> data = bk.load_files({"train": "train.tsv", "validation": "dev.tsv"}, encoder, text="sentence", label="label")
    >>> model.fit(data.train, validation_data=data.validation)

    >>> bk.load_files(["Good.", "Bad."], label=["pos", "neg"], validation_share=0)
    >>> bk.load_files("questions.json", encoder)  # as in SQuAD; a tenth of it, whole contexts, becomes "validation"
    >>> bk.load_files("names.conll", encoder)  # a word and its tag a line

    Args:
        files: a .csv, .tsv, .jsonl, .json, .parquet, .xlsx or .ods file, a folder of folders of .txt files, lists,
            arrays, dicts of columns, frames of pandas and polars, data sets of Hugging Face and `tf.data`, as
            `bk.open_table` takes them; a .json file with questions; a .conll (.bio, .iob) file or a folder of such;
            rows with a prompt and choices; or several of one kind by part, {"train": …, "validation": …, "test": …}.
        encoder: an encoder or a `bk.Tokenizer` that makes the ids at once. None gives a `Task`, for `bk.finetune`.
        kind: the kind that they must be of; None for any.
        **options: `validation_share`, `test_share`: of the training rows, what becomes a part that is not given; 0 for
            none. `split_seed`: of that draw. `validation`: another file that is that part. `limit`, `seq_length` and
            more as in `bk.load_task`. For tables of texts `text`, `text_pair`, `label`, `weight`, `class_weight`,
            `problem_type`, `label_names`, `label_separator`, `unlabelled`, `unknown_labels`, `in_memory`, and
            `separator`, `encoding`, `quotes` and `columns` of files, see
            `bert_keras.text_classification.load_table`; those of other kinds are in `bk.load_tagging`, `bk.load_squad`
            and `bk.load_choices`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for what is no data of any kind; for data at fault, with file and line.
    """
    return open_task(files, encoder, kind, is_file=True, options=options)
