"""A file for a tuned model: split as it was in training, or without rows that were trained on, for every kind."""

import choices
import pytest
import questions
import tagging
import tiny

from bert_keras.data.origin import Origin
from bert_keras.data.row_digests import RowDigests
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.kinds import KINDS
from bert_keras.tuned.own_rows import first_rows, own_rows, rows_of

SHARES = {"validation_share": 0.2, "test_share": 0.25, "split_seed": 3}
READING = {"text": "text", "text_pair": None, "label": "label", "problem_type": "single_label_classification"}
READING |= {"label_names": ["bad", "good"], "label_separator": None}


def write_texts(path, texts):
    lines = [f"{text},{('bad', 'good')[number % 2]}" for number, text in enumerate(texts)]
    path.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    return path


def write_tags(path, seed, extra=()):
    made = tagging.sentences(40, seed)
    rows = [*zip(made.words, made.tags, strict=True), *extra]
    blocks = ["".join(f"{word} {tag}\n" for word, tag in zip(*row, strict=True)) for row in rows]
    path.write_text("\n".join(blocks), encoding="utf-8")
    return rows


@pytest.fixture(params=["text_classification", "token_classification", "question_answering"])
def case(request, tmp_path, monkeypatch):
    """Kind, a file to train on, one with other rows, and one with some of both; options that files are read with."""
    monkeypatch.chdir(tmp_path)
    name, own, other, both = request.param, *(tmp_path / stem for stem in ("own", "other", "both"))
    if name == "text_classification":
        ours, theirs = tiny.sentences(60, longest=30), tiny.sentences(20, seed=9, longest=30)
        files = (own, ours), (other, theirs), (both, ours[:50] + theirs)
        return KINDS[name], *(write_texts(path.with_suffix(".csv"), texts) for path, texts in files), READING
    if name == "token_classification":
        paths = [path.with_suffix(".conll") for path in (own, other, both)]
        ours, theirs = write_tags(paths[0], 0), write_tags(paths[1], 9)
        write_tags(paths[2], 9, ours)
        assert not {tuple(words) for words, _ in ours} & {tuple(words) for words, _ in theirs}
        return KINDS[name], *paths, {}
    paths = [path.with_suffix(".json") for path in (own, other, both)]
    all_rows = questions.examples(40)
    for path, rows in zip(paths, (all_rows, questions.examples(30, 1), all_rows.take(range(0, 40, 2))), strict=True):
        questions.write_json(path, rows)
    return KINDS[name], *paths, {}


def texts_of(kind, rows):
    return list(kind.task.texts_of(rows))


def trained_on(kind, file, options):
    """What a model folder keeps of a run on a file, and the parts of that run."""
    task = kind.open_files(str(file), **SHARES, **options)
    rows = task.rows()
    return Origin.from_config(task.origin.to_config()), RowDigests.of(kind.task.texts_of(rows["train"])), rows


def test_the_same_file_is_split_as_it_was(case):
    kind, own, _, _, options = case
    origin, trained, rows = trained_on(kind, own, options)
    assert set(rows) == {"train", "validation", "test"}
    for part in rows:
        _, found, which = own_rows(kind, str(own), part, options, origin, trained, "refuse")
        assert texts_of(kind, found[part]) == texts_of(kind, rows[part]) and list(found) == [part]
        assert which == f"of {own.name}, " + ("trained on" if part == "train" else "held out in training")
        _, again, which = first_rows(kind, part, options, origin, trained)  # the folder knows the file's name
        assert texts_of(kind, again[part]) == texts_of(kind, rows[part])
    _, whole, which = own_rows(kind, str(own), "test", options, origin, trained, "keep")
    count = sum(map(len, rows.values()))
    assert len(whole["test"]) == count and which.startswith(f"that are all of {own.name}, ")
    own.rename(own.with_stem("moved"))
    with pytest.raises(ValueError, match=f"The model was trained on '{own.name}', which is not here: pass that"):
        first_rows(kind, "validation", options, origin, trained)


def test_another_file_is_scored_whole(case):
    kind, own, other, _, options = case
    origin, trained, _ = trained_on(kind, own, options)
    for part in ("validation", "test", "train"):
        _, rows, which = own_rows(kind, str(other), part, options, origin, trained, "refuse")
        whole = kind.opener({part: str(other)})(**options, validation_share=0.0).rows((part,))
        assert texts_of(kind, rows[part]) == texts_of(kind, whole[part]) and which == f"that are all of {other.name}"


def test_rows_that_were_trained_on_are_counted(case):
    kind, own, _, both, options = case
    origin, trained, rows = trained_on(kind, own, options)
    whole = kind.opener({"test": str(both)})(**options, validation_share=0.0).rows(("test",))["test"]
    learned = set(texts_of(kind, rows["train"]))
    known = sum(row in learned for row in texts_of(kind, whole))
    assert 0 < known < len(whole)
    with pytest.raises(
        ValueError, match=f"no rows that the model was trained on.*'{known} of {len(whole)}'.*leave_out"
    ):
        own_rows(kind, str(both), "test", options, origin, trained, "refuse")
    _, left, which = own_rows(kind, str(both), "test", options, origin, trained, "leave_out")
    assert texts_of(kind, left["test"]) == [row for row in texts_of(kind, whole) if row not in learned]
    assert which == f"of {both.name}, without {known} that it was trained on"
    _, kept, which = own_rows(kind, str(both), "test", options, origin, trained, "keep")
    assert texts_of(kind, kept["test"]) == texts_of(kind, whole)
    assert which == f"that are all of {both.name}, {known} of which it was trained on"
    with pytest.raises(ValueError, match="`trained_rows` must be one of 'refuse', 'leave_out', 'keep'"):
        own_rows(kind, str(both), "test", options, origin, trained, "drop")


def test_a_part_that_was_not_held_out_is_none_of_the_file_s(case):
    kind, own, _, _, options = case
    task = kind.open_files(str(own), validation_share=0.2, split_seed=3, **options)
    trained = RowDigests.of(kind.task.texts_of(task.rows(("train",))["train"]))
    with pytest.raises(ValueError, match="hold no rows that the model was trained on"):
        own_rows(kind, str(own), "test", options, task.origin, trained, "refuse")
    with pytest.raises(ValueError, match=f"have the part 'test', and the rows that the model was trained.*{own.name}"):
        first_rows(kind, "test", options, task.origin, trained)


def test_a_file_that_has_changed_since_is_another_file(case):
    kind, own, _, both, options = case
    origin, trained, _ = trained_on(kind, own, options)
    own.write_bytes(both.read_bytes())
    with pytest.raises(ValueError, match="They have changed since"):
        first_rows(kind, "validation", options, origin, trained)
    with pytest.raises(ValueError, match="hold no rows that the model was trained on"):
        own_rows(kind, str(own), "validation", options, origin, trained, "refuse")


def test_parts_that_have_files_are_those_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = tiny.sentences(40, longest=30)
    train, dev = write_texts(tmp_path / "train.csv", texts), write_texts(tmp_path / "dev.csv", texts[:10])
    task = load_files({"train": "train.csv", "validation": str(dev)}, text="text", label="label")
    assert task.origin.files == {"train": "train.csv", "validation": "dev.csv"}  # no folder of this machine
    assert not task.origin.holds_out("validation") and not task.origin.holds_out("test")
    trained = RowDigests.of(task.texts_of(task.rows()["train"]))
    kind = KINDS["text_classification"]
    _, rows, which = first_rows(kind, "validation", READING, task.origin, trained)  # as in training, though trained on
    assert len(rows["validation"]) == 10 and which == "of train.csv+dev.csv, as in training"
    _, rows, which = own_rows(kind, str(dev), "validation", READING, task.origin, trained, "refuse")
    assert len(rows["validation"]) == 10 and which == "that are all of dev.csv, 10 of which it was trained on"
    for source, part, count in ((dev, "test", "10 of 10"), (train, "validation", "40 of 40")):
        with pytest.raises(ValueError, match=f"'{count}'.*'keep' scores them all the same"):
            own_rows(kind, str(source), part, READING, task.origin, trained, "refuse")


def test_rows_in_memory_are_asked_for():
    texts = tiny.sentences(40, longest=30)
    task = load_files(texts, label=["bad", "good"] * 20)
    assert task.origin.files is None and task.origin.holds_out("validation")
    with pytest.raises(ValueError, match="trained on objects in memory: pass that"):
        first_rows(KINDS["text_classification"], "validation", READING, task.origin, None)


def test_rows_of_choices_in_memory_are_known_again():
    kind, ours, theirs = KINDS["multiple_choice"], choices.rows(40), choices.rows(20, seed=9)
    task = kind.open_files(ours, **SHARES)
    rows = task.rows()
    trained = RowDigests.of(task.texts_of(rows["train"]))
    for part in rows:
        _, found, _ = own_rows(kind, ours, part, {}, task.origin, trained, "refuse")
        assert texts_of(kind, found[part]) == texts_of(kind, rows[part])
    known = trained.among([(prompt, *texts) for prompt, texts, _ in ours[:30] + theirs]).sum()
    with pytest.raises(ValueError, match=f"trained on.*'{known} of 50'"):
        own_rows(kind, ours[:30] + theirs, "test", {}, task.origin, trained, "refuse")


def test_a_task_that_was_made_of_files_keeps_its_own_parts(case):
    kind, own, _, both, options = case
    _, trained, rows = trained_on(kind, own, options)
    again = kind.open_files(str(own), **SHARES, **options)
    for part in rows:
        _, found, which = rows_of(kind, again, part, {}, trained, "refuse")
        assert list(found) == [part] and texts_of(kind, found[part]) == texts_of(kind, rows[part])
        assert own.name in which
    mixed = kind.open_files({"test": str(both)}, **options)
    with pytest.raises(ValueError, match="`task` must hold no rows that the model was trained on"):
        rows_of(kind, mixed, "test", {}, trained, "refuse")
    _, left, _ = rows_of(kind, mixed, "test", {}, trained, "leave_out")
    assert not set(texts_of(kind, left["test"])) & set(texts_of(kind, rows["train"]))
    of_another = next(known for known in KINDS.values() if known is not kind)
    with pytest.raises(ValueError, match=f"`task` must be of the model's kind, {of_another.name}"):
        rows_of(of_another, again, "test", {}, trained, "refuse")


def test_what_a_task_leaves_open_is_as_in_training(case):
    kind, own, _, _, options = case
    _, trained, _ = trained_on(kind, own, options)
    plain = kind.open_files(str(own), **SHARES, **options)
    assert rows_of(kind, plain, "test", {"seq_length": 77}, trained, "refuse")[0].seq_length == 77
    said = plain.changed(seq_length=66)
    assert rows_of(kind, said, "test", {"seq_length": 77}, trained, "refuse")[0].seq_length == 66
