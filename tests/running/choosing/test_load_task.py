"""`bk.load_task`: a name, a file or a `Task` as data, chosen or tokenized, and what is refused."""

import glue_files
import pytest
import tables

from bert_keras.running.choosing.load_task import load_task
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_data import TextData
from bert_keras.text_classification.text_task import TextTask


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture
def files(tmp_path):
    """Two tables, whose columns are named as `load_table` looks for them."""
    parts = {"train": slice(None), "dev": slice(4, 8)}
    header = {"header": ("text", "label")}
    rows = {part: (tables.TEXTS[place], tables.LABELS[place]) for part, place in parts.items()}
    return {part: tables.write_csv(tmp_path / f"{part}.csv", *of_part, **header) for part, of_part in rows.items()}


def test_a_glue_task_by_its_name(tokenizer, tmp_path):
    folder = glue_files.write_all(tmp_path)
    data = load_task("glue/mrpc", tokenizer, data_dir=folder, batch_size=1, limit=1, seed=4)
    assert data.task == "glue/mrpc" and len(data.train) == 1 and data.order.seed == 4
    chosen = load_task("mrpc", data_dir=folder, limit=1, seq_length=12)
    assert isinstance(chosen, TextTask) and (chosen.name, chosen.limit, chosen.seq_length) == ("glue/mrpc", 1, 12)
    assert chosen.parts == ("train", "validation", "test")


def test_without_an_encoder_nothing_is_read(tmp_path):
    task = load_task("glue/mrpc", data_dir=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="`data_dir` must hold"):
        task.rows()


def test_a_task_goes_through_with_what_is_changed_of_it(tokenizer):
    task = load_task("samples/reviews", limit=7)
    other = load_task(task, seq_length=9)
    assert load_task(task) is task and (other.limit, other.seq_length, task.seq_length) == (7, 9, 128)
    data = load_task(task, tokenizer, limit=3, batch_size=2)
    assert isinstance(data, TextData) and len(data.split("train")) == 3 and data.batch_size == 2
    with pytest.raises(ValueError, match=r"`task` must be of the kind masked_lm. Received: task='samples/reviews'"):
        load_task(task, kind="masked_lm")


def test_data_that_are_tokenized_are_none_to_choose(tokenizer):
    data = load_task("samples/reviews", tokenizer, limit=2, parts=("train",))
    words = r"`task` must be chosen, and not tokenized already. Received: task='samples/reviews'. .* without an encoder"
    with pytest.raises(TypeError, match=words):
        load_task(data)


def test_a_file_and_another_that_is_its_dev_part(tokenizer, files):
    for path in (files["train"], str(files["train"])):
        task = load_task(path, validation=files["dev"], label_names=["bad", "good", "so so"])
        assert task.name == "train.csv+dev.csv" and task.parts == ("train", "validation")
        assert {name: len(rows) for name, rows in task.rows().items()} == {"train": 12, "validation": 4}
    assert len(load_task(files["train"], tokenizer, validation_share=0.5, seq_length=40).split("validation")) == 6


def test_none_says_nothing(files):
    assert load_task("samples/reviews", data_dir=None, validation=None).parts == ("train", "validation", "test")
    assert load_task(files["train"], data_dir=None, validation=None).parts == ("train", "validation")


def test_the_kind_that_a_task_must_be_of():
    assert load_task("samples/questions", kind="question_answering").name == "samples/questions"
    must = "must be of the kind question_answering. Received: task='samples/reviews'. It is of the kind text_class"
    with pytest.raises(ValueError, match=must):
        load_task("samples/reviews", kind="question_answering")


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"validation": "dev.csv"}, ValueError, "`validation` must be None for samples/reviews, which has its own"),
        ({"doc_stride": 8}, TypeError, "`doc_stride` must be left out for samples/reviews, of text_classification"),
        ({"data_dir": "x"}, TypeError, "`data_dir` must be left out for samples/reviews"),
        ({"batch_size": 8}, TypeError, "`batch_size` must be passed with an encoder only.*recipe and devices"),
        (
            {"steps": 8},
            TypeError,
            "`steps` must be left out for .*which takes limit, seq_length, long_text, max",
        ),
        ({"seqlength": 8}, TypeError, r"Did you mean 'seq_length'\?"),
        ({"seq_len": 8}, TypeError, r"The keyword is seq_length\."),
        ({"epochs": 8}, TypeError, r"bk\.finetune\(task, encoder, out, recipe=bk\.Recipe\(epochs=…\)\)"),
        ({"limit": 0}, ValueError, "`limit` must be at least 1"),
        ({"seq_length": 2}, ValueError, "`seq_length` must be at least 3"),
        ({"long_text": "windows", "max_windows": 0}, ValueError, "`max_windows` must be at least 1"),
    ],
)
def test_options_at_fault(options, error, said):
    with pytest.raises(error, match=said):
        load_task("samples/reviews", **options)


def test_a_file_has_no_data_dir(files, tmp_path):
    with pytest.raises(TypeError, match=r"`data_dir` must be left out for train\.csv"):
        load_task(files["train"], data_dir=tmp_path)


def test_the_limit_draws_the_same_rows_before_and_with_an_encoder(tokenizer):
    task = load_task("samples/reviews", limit=16, split_seed=3)
    rows = task.rows()["train"].ids.tolist()
    data = load_task("samples/reviews", tokenizer, limit=16, split_seed=3, seed=9)
    assert rows == data.split("train").examples.ids.tolist() == sorted(set(rows)) and len(rows) == 16
    assert rows != load_task("samples/reviews", limit=16, split_seed=4).rows()["train"].ids.tolist()
    assert rows[-1] > 200  # not the first ones
