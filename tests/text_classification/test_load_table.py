"""`load_table`: the same features from every kind of input; columns, labels, parts, weights, and what is refused."""

import collections

import datasets
import keras
import numpy as np
import pytest
import sklearn.utils.class_weight
import tables
import tensorflow as tf
import tiny

from bert_keras.data.stored_rows import StoredRows
from bert_keras.data.stored_texts import StoredTexts
from bert_keras.data.tables.open_table import open_table
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.load_table import load_table
from bert_keras.text_classification.text_classifier import TextClassifier


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def rows_of(data, part="train"):
    """(ids, label's name) of each row, sorted."""
    split = data.split(part)
    names = [data.label_names[label] for label in split.examples.labels]
    return sorted(zip(split.word_ids.to_list(), names, strict=True))


def expected_rows(tokenizer):
    ids = tokenizer(tables.TEXTS).to_list()
    return sorted(
        ([tokenizer.cls_id, *row, tokenizer.sep_id], label) for row, label in zip(ids, tables.LABELS, strict=True)
    )


# The same rows ----------------------------------------------------------------------------------------------------


def test_every_kind_of_input_gives_equal_features_and_labels(tokenizer, tmp_path):
    kinds = tables.every_kind(tmp_path)
    assert len(kinds) == 19
    for name, (files, columns) in kinds.items():
        data = load_table(files, tokenizer, **columns, validation_share=0)
        assert data.label_names == ("bad", "good", "so so") and data.problem_type == SINGLE_LABEL, name
        assert rows_of(data) == expected_rows(tokenizer), name
        if name != "folder":  # whose rows come by label
            assert data.split("train").word_ids.to_list()[1] == rows_in_order(tokenizer)[1], name


def rows_in_order(tokenizer):
    return [[tokenizer.cls_id, *row, tokenizer.sep_id] for row in tokenizer(tables.TEXTS).to_list()]


def test_texts_and_labels_beside_each_other(tokenizer):
    for texts, labels in ((tables.TEXTS, tables.LABELS), (np.array(tables.TEXTS), np.array(tables.LABELS))):
        table = load_table(texts, label=labels, validation_share=0)
        assert rows_of(table.load(tokenizer)) == expected_rows(tokenizer)
    pairs = load_table(tables.TEXTS, text_pair=tables.TEXTS[::-1], label=tables.LABELS, validation_share=0)
    assert pairs.text_columns == ("text", "text_pair")
    first = pairs.load(tokenizer, seq_length=64).split("train")
    ids = tokenizer(tables.TEXTS).to_list()
    assert first.word_ids.to_list()[0] == [
        tokenizer.cls_id, *ids[0], tokenizer.sep_id, *ids[-1], tokenizer.sep_id
    ]  # fmt: skip


def test_names_of_hugging_faces_classes_come_back():
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    dataset = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, 1]}, features)
    table = load_table(dataset, validation_share=0)
    assert table.label_names == ("no", "yes") and table.examples["train"].labels.tolist() == [1, 0, 1]
    splits = load_table(datasets.DatasetDict({"train": dataset, "test": dataset.select([0])}), validation_share=0)
    assert list(splits.examples) == ["train", "test"]


def test_a_dataset_that_shuffles_is_read_once():
    dataset = tf.data.Dataset.from_tensor_slices(([str(n) for n in range(200)], [str(n % 2) for n in range(200)]))
    table = load_table(dataset.shuffle(200), validation_share=0.2)
    for examples in table.examples.values():
        assert [int(text) % 2 for text in examples.texts[0]] == examples.labels.tolist()


# Labels -----------------------------------------------------------------------------------------------------------


def labels_of(values, **options):
    table = load_table(
        {"text": [f"text {n}" for n in range(len(values))], "label": values}, validation_share=0, **options
    )
    return table, table.examples["train"].labels


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["b", "a", " b ", "C"], ("C", "a", "b")),  # code points; spaces around a label are none of it
        (["10", "9", "10"], ("9", "10")),
        ([3, -1, 3], ("-1", "3")),
        ([1.0, 2.0, 1.0], ("1", "2")),  # whole numbers that a gap made floats of
        ([True, False, True], ("False", "True")),
        (np.array([2, 1, 2]), ("1", "2")),
    ],
)
def test_classes_are_in_the_stated_order(values, names):
    table, labels = labels_of(values)
    assert table.label_names == names and table.problem_type == SINGLE_LABEL
    assert [names[label] for label in labels] == [str(v).strip().removesuffix(".0") for v in values]
    assert any(note.startswith("classes: 0 ") for note in table.notes)


def test_the_users_own_order():
    table, labels = labels_of(["low", "high", "mid"], label_names=["low", "mid", "high"])
    assert table.label_names == ("low", "mid", "high") and labels.tolist() == [0, 2, 1]
    words = r"files, row 1: `label` must be one of the classes that are given, 'low', 'mid'. Received: label='high'"
    with pytest.raises(ValueError, match=words):
        labels_of(["low", "high"], label_names=["low", "mid"])


def test_several_labels():
    for values, options in (
        (["food|room", "staff", "", "room | food"], {"label_separator": "|"}),
        ([["food", "room"], ["staff"], [], ["room", "food"]], {}),
    ):
        table, labels = labels_of(values, **options)
        assert table.problem_type == MULTI_LABEL and table.label_names == ("food", "room", "staff")
        assert labels.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0]]


def test_numbers_are_regression_where_one_is_not_whole_or_the_user_says_so():
    table, labels = labels_of(["1.5", "2", "-3"])
    assert table.problem_type == REGRESSION and table.label_names is None
    assert labels.dtype == np.float32 and labels.tolist() == [1.5, 2.0, -3.0]
    assert labels_of([1, 2, 3], problem_type=REGRESSION)[1].tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match=r"files, row 2: `label` must be a finite number.*Received: label='much'"):
        labels_of([1.5, 2.5, "much"], problem_type=REGRESSION)


# Parts ------------------------------------------------------------------------------------------------------------


def test_each_class_gives_its_share_and_equal_texts_stay_together():
    random = np.random.default_rng(0)
    labels = random.permutation(["a"] * 600 + ["b"] * 300 + ["c"] * 100)
    texts = [f"text {n % 900}" for n in range(1000)]  # the last hundred stand there twice
    table = load_table({"text": texts, "label": labels}, validation_share=0.2, test_share=0.1)
    counts = {part: collections.Counter(examples.labels.tolist()) for part, examples in table.examples.items()}
    assert list(counts) == ["train", "validation", "test"]
    for part, share in (("validation", 0.2), ("test", 0.1)):
        for label, rows in ((0, 600), (1, 300), (2, 100)):
            assert abs(counts[part][label] - share * rows) <= 0.2 * share * rows + 3
    parts = [set(examples.texts[0]) for examples in table.examples.values()]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    assert sum(len(examples) for examples in table.examples.values()) == 1000


def test_the_seed_decides_what_is_held_out():
    columns = {"text": [f"text {n}" for n in range(100)], "label": ["a", "b"] * 50}

    def held(**options):
        return load_table(columns, **options).examples["validation"].texts[0]

    assert len(held()) == 10 and held() == held(split_seed=0) != held(split_seed=1)
    assert len(held(validation_share=0.25)) == 25


def test_files_by_part_and_a_folder_of_them(tokenizer, tmp_path):
    for part, rows in (("train", 12), ("dev", 3), ("test", 2)):
        tables.write_csv(tmp_path / f"{part}.csv", tables.TEXTS[:rows], tables.LABELS[:rows])
        tables.write_folder(tmp_path / "tree" / part, tables.TEXTS[:rows], tables.LABELS[:rows])
    (tmp_path / "tree" / "README").write_text("a word about it")
    by_name = {"train": tmp_path / "train.csv", "validation": tmp_path / "dev.csv", "test": tmp_path / "test.csv"}
    for files, columns in ((by_name, {"text": "review", "label": "stars"}), (tmp_path / "tree", {})):
        data = load_table(files, tokenizer, **columns)
        assert {name: len(split) for name, split in data.splits.items()} == {"train": 12, "validation": 3, "test": 2}
        assert data.label_names == ("bad", "good", "so so")
    with pytest.raises(ValueError, match=r"`files` must be by part, out of train, validation, test.*'dev'"):
        load_table({"train": by_name["train"], "dev": by_name["test"]})


def test_a_test_part_may_have_no_labels(tokenizer):
    table = load_table({"train": {"text": ["a", "b"], "label": [0, 1]}, "test": {"text": ["c"]}}, validation_share=0)
    assert table.examples["test"].labels is None
    features = next(iter(table.load(tokenizer).test))
    assert set(features) == {"input_word_ids", "input_mask", "input_type_ids"}
    with pytest.raises(ValueError, match=r"`label` must be a column of files. Received: label='label'"):
        load_table({"train": {"text": ["a", "b"], "label": [0, 1]}, "validation": {"text": ["c"]}})


def test_a_limit_is_drawn_from_all_rows(tokenizer):
    columns = {"text": [f"text {n}" for n in range(100)], "label": ["a"] * 50 + ["b"] * 50}
    data = load_table(columns, tokenizer, limit=20, validation_share=0)
    labels = data.split("train").examples.labels
    assert len(labels) == 20 and 3 < labels.sum() < 17


# Weights ----------------------------------------------------------------------------------------------------------


def weights_of(**options):
    columns = {"text": list("abcdef"), "label": ["x", "x", "x", "y", "y", "z"], "much": [1, 2, 0, 1, 1, 0.5]}
    return load_table(columns, validation_share=0, **options).examples["train"].weights


def test_balanced_classes_are_scikit_learns():
    expected = sklearn.utils.class_weight.compute_sample_weight("balanced", ["x", "x", "x", "y", "y", "z"])
    np.testing.assert_allclose(weights_of(class_weight="balanced"), expected, rtol=1e-6)
    assert weights_of(weight="much").tolist() == [1, 2, 0, 1, 1, 0.5]
    both = weights_of(weight="much", class_weight={"x": 2, "y": 1, "z": 4})
    assert both.tolist() == [2, 4, 0, 1, 1, 2] and weights_of() is None


@pytest.mark.parametrize(
    ("static_shapes", "micro_batches", "jit_compile", "replicas"),
    [
        (False, 1, False, 1),
        (False, 2, False, 1),
        (False, 1, False, 2),
        (True, 1, False, 1),
        (True, 2, True, 1),
        (True, 1, False, 2),
    ],
)
def test_a_row_counts_as_much_as_its_weight(tokenizer, static_shapes, micro_batches, jit_compile, replicas):
    texts, labels = ["the dog", "a red cat", "the cat is red", "dog"], ["x", "y", "x", "y"]
    columns = {"text": texts, "label": labels, "much": [2.0, 0.5, 0.0, 1.5]}
    options = {"batch_size": 4, "seq_length": 16, "static_shapes": static_shapes}
    data = load_table(columns, tokenizer, weight="much", validation_share=0, **options)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]) if replicas == 2 else tf.distribute.get_strategy()
    with strategy.scope():
        model = TextClassifier(tiny.SumEncoder(), 2, dropout=0.0, seed=1)
        options = {"static_shapes": static_shapes, "micro_batches": micro_batches}
        model.compile(keras.optimizers.SGD(0.1), jit_compile=jit_compile, **options)
    before = model.classifier.kernel.numpy()
    features = data.split("train").dataset(data.split("train").order(4), labels=False)
    order = np.argsort(data.split("train").lengths, kind="stable")
    weights, targets = np.array(columns["much"])[order], np.array([0, 1, 0, 1])[order]
    batch = next(iter(features))
    logits = model(batch).numpy()
    pooled = model.encoder(batch)["pooled_output"].numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(shares[np.arange(4), targets])
    gradient = pooled.T @ ((shares - np.eye(2)[targets]) * weights[:, None]) / 4
    history = model.fit(data.train, epochs=1, verbose=0)
    np.testing.assert_allclose(model.classifier.kernel.numpy(), before - 0.1 * gradient, atol=1e-6)
    np.testing.assert_allclose(history.history["loss"], [(loss * weights).sum() / 4], rtol=1e-5)


def test_bad_weights():
    columns = {"text": ["a", "b"], "label": ["x", "y"], "much": [1.0, -1.0]}
    with pytest.raises(
        ValueError, match=r"files, row 1: `much` must be a finite number of at least 0 and at most 1e\+12. Received"
    ):
        load_table(columns, weight="much")
    with pytest.raises(ValueError, match=r"`class_weight` must have a weight for each class, 'x', 'y'"):
        load_table(columns, class_weight={"x": 1}, validation_share=0)
    with pytest.raises(ValueError, match=r"`class_weight` must be one of 'balanced'"):
        load_table(columns, class_weight="even", validation_share=0)
    with pytest.raises(ValueError, match=r"`class_weight` must be None for regression"):
        load_table({"text": ["a", "b"], "label": [0.5, 1]}, class_weight="balanced", validation_share=0)


# On disk ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", [False, True])
def test_on_disk_the_batches_are_those_of_memory(tokenizer, pairs):
    random = np.random.default_rng(1)
    words = ["the", "dog", "cat", "is", "red", "größer"]
    texts, others = ([" ".join(random.choice(words, random.integers(1, 30))) for _ in range(300)] for _ in range(2))
    columns = {"text": texts, "label": random.integers(0, 3, 300)}
    options = {"text_pair": "other"} if pairs else {}
    columns |= {"other": others} if pairs else {}
    found = {}
    for in_memory in (True, False):
        table = load_table(columns, validation_share=0.2, in_memory=in_memory, **options)
        data = table.load(tokenizer, batch_size=16, seq_length=24)
        assert isinstance(table.examples["train"].texts[0], StoredTexts) is not in_memory
        assert isinstance(data.split("train").word_ids, StoredRows) is not in_memory
        found[in_memory] = [*data.train, *data.validation], [list(column) for column in table.examples["train"].texts]
    assert found[True][1] == found[False][1]
    for one, other in zip(found[True][0], found[False][0], strict=True):
        tf.nest.map_structure(lambda a, b: np.testing.assert_array_equal(a, b), one, other)


# What is refused --------------------------------------------------------------------------------------------------


def test_a_column_that_is_not_there(tmp_path):
    path = tables.write_csv(tmp_path / "a.csv")
    words = (
        r"`text` must be a column of a.csv. Received: text='reviews'. There are: 'review', 'stars'. Did you mean 'rev"
    )
    with pytest.raises(ValueError, match=words):
        load_table(path, text="reviews", label="stars")
    with pytest.raises(
        ValueError, match=r"`label` must name the column of the labels.*'review', 'stars'. Pass label='…'"
    ):
        load_table(path)
    second = tables.write_csv(tmp_path / "b.csv", header=("text", "stars"))
    with pytest.raises(ValueError, match=r"`text` must be a column of b.csv. Received: text='review'"):
        load_table({"train": path, "validation": second}, text="review", label="stars")


def test_one_class_only():
    with pytest.raises(
        ValueError, match=r"`label` must have two classes or more.*Received: label=\['x'\]. 3 rows of files"
    ):
        load_table({"text": ["a", "b", "c"], "label": ["x"] * 3})


def test_a_label_that_is_in_the_dev_part_alone(tmp_path):
    train = tables.write_csv(tmp_path / "train.csv", ["a", "b"], ["good", "bad"])
    dev = tables.write_csv(tmp_path / "dev.csv", ["c", "d"], ["bad", "goood"])
    words = (
        r"dev.csv, line 3: `label` must be one of the classes of the train part, 'bad', 'good'. "
        r"Received: label='goood'. It is in validation alone. Did you mean 'good'"
    )
    with pytest.raises(ValueError, match=words):
        load_table({"train": train, "validation": dev}, text="review", label="stars")


def test_a_column_that_is_no_column_of_labels():
    columns = {"text": [f"text {n}" for n in range(60)], "label": [f"id-{n}" for n in range(60)]}
    with pytest.raises(ValueError, match=r"`label` must have fewer classes for 60 rows. Received: label='60 classes'"):
        load_table(columns, validation_share=0)
    with pytest.raises(TypeError, match=r"files, row 0: `label` must be a text. Received: label=1"):
        load_table({"label": [1, 2], "text": ["a", "b"]}, text="label", label="text")


def test_other_arguments(tokenizer):
    columns = {"text": ["a", "b", "c"], "label": ["x", "y", "x"]}
    assert load_table(columns, seq_length=12, limit=1).load(tokenizer).split("train").word_ids.nrows() == 1
    for name in ("batch_size", "seed"):
        with pytest.raises(TypeError, match=f"`{name}` must be passed with an encoder only"):
            load_table(columns, **{name: 12})
    for name in ("labels", "examples", "metrics", "text_columns"):  # of the table: no options
        with pytest.raises(TypeError, match=f"`{name}` must be left out for files, of text_classification"):
            load_table(columns, **{name: "x"})
    with pytest.raises(TypeError, match=r"`label` must be the name of a column. Received: label=\[1, 2, 3\]"):
        load_table(columns, label=[1, 2, 3])
    with pytest.raises(ValueError, match=r"`files` must have columns of one length.*'text': 2, 'label': 1"):
        load_table(["a", "b"], label=["x"])
    with pytest.raises(ValueError, match=r"`files` must hold two different texts or more"):
        load_table({"text": ["a", "a"], "label": ["x", "y"]})
    with pytest.raises(ValueError, match=r"`label_separator` must be None for single_label"):
        load_table(columns, label_separator="|", problem_type=SINGLE_LABEL)
    with pytest.raises(ValueError, match=r"`problem_type` must be one of 'single_label_classification'"):
        load_table(columns, problem_type="classes")
    assert open_table(columns).columns == ("text", "label")


def test_many_classes_are_believed_where_they_are_named_or_asked_for():
    names = [f"id-{n}" for n in range(1200)]
    columns = {"text": [f"text {n}" for n in range(1200)], "label": names}
    with pytest.raises(ValueError, match=r"for so many classes problem_type='single_label_classification'"):
        load_table(columns, validation_share=0)
    for options in ({"problem_type": SINGLE_LABEL}, {"label_names": names}):
        table = load_table(columns, validation_share=0, **options)
        assert len(table.label_names) == 1200 and len(set(table.examples["train"].labels.tolist())) == 1200


def test_classes_that_training_does_not_have_are_left_out_of_several_labels_too():
    files = {"train": [("a", ["x"]), ("b", ["y", "x"])], "test": [("c", ["x", "z"]), ("d", ["y"])]}
    table = load_table(files, unknown_labels="leave_out", validation_share=0)
    assert list(table.examples["test"].texts[0]) == ["d"] and table.reading["unknown_labels"] == "leave_out"
    again = load_table({"test": files["test"]}, **table.reading, validation_share=0)
    assert list(again.examples["test"].texts[0]) == ["d"]
    with pytest.raises(ValueError, match=r"`unknown_labels` must leave rows in the part 'test'"):
        load_table({**files, "test": files["test"][:1]}, unknown_labels="leave_out", validation_share=0)
    with pytest.raises(ValueError, match=r"`unknown_labels` must be one of 'refuse', 'leave_out'"):
        load_table(files, unknown_labels="drop")
