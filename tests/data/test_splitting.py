"""What is held out of the training rows and what a limit leaves: shares, groups, strata, by the seed alone."""

import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.data.labelled_rows import LabelledRows
from bert_keras.data.splitting import (
    Shares,
    by_part,
    checked_parts,
    held_out,
    limited,
    part_of,
    strata_of,
)


def rows_of(count, labels=None):
    return LabelledRows(labels, np.arange(count))


def ids_of(rows):
    return {part: some.ids.tolist() for part, some in rows.items()}


def each_alone(rows):
    return rows.ids


# Rows that are held out


@settings(max_examples=150, deadline=None)
@given(
    groups=st.lists(st.integers(0, 30), min_size=2, max_size=200).filter(lambda groups: len(set(groups)) > 1),
    strata=st.integers(1, 4),
    share=st.floats(0.01, 0.9),
    seed=st.integers(0, 9),
)
def test_groups_stay_whole_some_are_held_out_and_some_are_not(groups, strata, share, seed):
    groups = np.array(groups)
    of_rows = groups % strata
    aside = held_out(of_rows, groups, share, seed)
    assert aside.dtype == bool and aside.shape == groups.shape
    assert aside.any() and not aside.all()
    assert not set(groups[aside]) & set(groups[~aside])
    assert (held_out(of_rows, groups, share, seed) == aside).all()
    # The names of groups say nothing: only which rows are equal, and their order.
    assert (held_out(of_rows, (groups * 7919 + 3) % 104729, share, seed) == aside).all()
    counts = {stratum: len(set(groups[of_rows == stratum])) for stratum in set(of_rows)}
    chosen = {stratum: len(set(groups[aside & (of_rows == stratum)])) for stratum in counts}
    if all(count > 1 for count in counts.values()):
        assert all(chosen[stratum] < count for stratum, count in counts.items())
        assert all(abs(chosen[stratum] - share * count) <= 1 for stratum, count in counts.items())


def test_each_stratum_gives_its_share_and_all_together_theirs():
    strata = np.repeat([0, 1, 2], [50, 30, 20])
    for seed in range(4):
        aside = held_out(strata, np.arange(100), 0.1, seed)
        assert np.bincount(strata[aside]).tolist() == [5, 3, 2]
    few = np.repeat(np.arange(10), 4)  # 0.4 of a row each, 4 in all
    assert held_out(few, np.arange(40), 0.1, 0).sum() == 4
    assert np.bincount(few[held_out(few, np.arange(40), 0.1, 0)], minlength=10).max() == 1


def test_a_stratum_of_one_group_keeps_it():
    strata = np.array([0] * 9 + [1])
    for seed in range(20):
        assert not held_out(strata, np.arange(10), 0.5, seed)[9]
    assert held_out(np.arange(5), np.arange(5), 0.4, 0).sum() == 1  # as many strata as groups


def test_one_group_is_refused():
    with pytest.raises(ValueError, match=r"must hold two different texts or more to hold one out.*validation_share=0"):
        held_out(np.zeros(3, "int64"), np.zeros(3), 0.5, 0)


def test_strata_by_hand():
    assert strata_of(np.array([2, 0, 2], "int32")).tolist() == [2, 0, 2]
    together = strata_of(np.array([[1, 0], [0, 1], [1, 0], [1, 1]], "int32"))
    assert together[0] == together[2] and len(set(together)) == 3
    tenths = strata_of(np.arange(100, dtype="float32"))
    assert np.bincount(tenths).tolist() == [9, *[10] * 8, 11] or np.bincount(tenths).tolist() == [10] * 10
    assert (np.diff(tenths) >= 0).all()


# Shares


def test_parts_that_are_missing_are_held_out():
    shares = Shares(0.2, 0.1)
    assert shares.missing(["train"]) == {"test": 0.1, "validation": 0.2}
    assert shares.missing(["train", "validation"]) == {"test": 0.1}
    assert shares.missing(["validation"]) == {} and Shares(0, 0).missing(["train"]) == {}
    assert shares.parts(["train"]) == ("train", "validation", "test")
    assert Shares().parts(["test", "train"]) == ("train", "validation", "test")
    assert Shares(0).parts(["train"]) == ("train",)
    assert shares.parts(["test"]) == ("test",)


def test_shares_are_of_all_rows_and_no_row_is_in_two_parts():
    rows = Shares(0.2, 0.1).hold_out({"train": rows_of(100)}, each_alone)
    assert {part: len(some) for part, some in rows.items()} == {"train": 70, "test": 10, "validation": 20}
    assert sorted(row for ids in ids_of(rows).values() for row in ids) == list(range(100))
    assert all(ids == sorted(ids) for ids in ids_of(rows).values())


def test_the_seed_alone_decides():
    seeds = {seed: ids_of(Shares(split_seed=seed).hold_out({"train": rows_of(50)}, each_alone)) for seed in range(3)}
    assert ids_of(Shares().hold_out({"train": rows_of(50)}, each_alone)) == seeds[0]
    assert len({str(ids) for ids in seeds.values()}) == 3


def test_groups_of_any_kind_and_notes():
    texts = ["a", "b", "a", "c", "b", "d"]
    notes = []
    rows = Shares(0.5).hold_out(
        {"train": rows_of(6)},
        lambda rows: [texts[row] for row in rows.ids],
        lambda rows: np.zeros(len(rows)),
        notes=notes,
    )
    parts = {part: {texts[row] for row in some.ids} for part, some in rows.items()}
    assert len(parts["validation"]) == 2 and not parts["train"] & parts["validation"]
    count = len(rows["validation"])
    assert notes == [f"validation: {count} rows held out of train, with each class's share, by seed 0"]
    Shares(0.5).hold_out({"train": rows_of(6)}, each_alone, notes=notes)
    assert notes[1] == "validation: 3 rows held out of train, by seed 0"


def test_a_part_with_a_source_is_not_held_out():
    rows = Shares(0.5, 0.4).hold_out({"train": rows_of(10)}, each_alone, given=("train", "test", "validation"))
    assert {part: len(some) for part, some in rows.items()} == {"train": 10}
    rows = Shares(0.5).hold_out({"validation": rows_of(4)}, each_alone, given=("train", "test"))
    assert list(rows) == ["validation"]  # train was not read


def test_only_what_is_wanted_is_read():
    read, sources = [], {"test": 10, "train": 100}

    def reader(source, part):
        read.append(part)
        return rows_of(source)

    shares = Shares(0.1)
    rows = shares.read(sources, reader, ("validation",), each_alone)
    assert {part: len(some) for part, some in rows.items()} == {"validation": 10} and read == ["train"]
    read.clear()
    assert list(shares.read(sources, reader, ("test",), each_alone)) == ["test"] and read == ["test"]
    whole = shares.read(sources, reader, ("test", "train", "validation"), each_alone)
    assert {part: len(some) for part, some in whole.items()} == {"train": 90, "validation": 10, "test": 10}
    assert list(whole) == ["train", "validation", "test"]
    assert ids_of(rows)["validation"] == ids_of(whole)["validation"]
    # The rows to train on are the same whichever parts are wanted.
    assert ids_of(shares.read(sources, reader, ("train",), each_alone)) == {"train": ids_of(whole)["train"]}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"validation_share": 1.0}, ValueError, r"`validation_share` must be a finite number between 0\.0 and 0\.9"),
        ({"test_share": -0.1}, ValueError, r"`test_share` must be a finite number between 0\.0 and 0\.9"),
        (
            {"validation_share": "0.1"},
            TypeError,
            "`validation_share` must be a number. Received: validation_share='0.1'",
        ),
        ({"validation_share": 0.5, "test_share": 0.5}, ValueError, "`test_share` must leave rows to train on"),
        ({"split_seed": -1}, ValueError, "`split_seed` must be at least 0. Received: split_seed=-1"),
        ({"split_seed": 0.5}, TypeError, "`split_seed` must be an integer"),
    ],
)
def test_bad_shares(options, error, words):
    with pytest.raises(error, match=words):
        Shares(**options)


# A limit


def test_a_limit_draws_rows_and_leaves_their_order():
    rows = rows_of(100)
    assert limited(rows, None) is rows and limited(rows, 100) is rows and limited(rows, 999) is rows
    some = limited(rows, 20, seed=3).ids
    assert len(some) == 20 and (np.diff(some) > 0).all() and some[-1] > 50
    assert limited(rows, 20, seed=3).ids.tolist() == some.tolist() != limited(rows, 20, seed=4).ids.tolist()
    # A larger limit leaves the rows of a smaller one, and others.
    assert set(some) < set(limited(rows, 30, seed=3).ids)
    for limit in (0, -1):
        with pytest.raises(ValueError, match=f"`limit` must be at least 1. Received: limit={limit}"):
            limited(rows, limit)
    with pytest.raises(TypeError, match=r"`limit` must be an integer. Received: limit=0.5"):
        limited(rows, 0.5)


# Names of parts


def test_parts_asked_for():
    known = ("train", "validation", "test")
    assert checked_parts(None, known) == known
    assert checked_parts(["test"], known) == ("test",)
    with pytest.raises(
        ValueError, match=r"`parts` must be one of 'train', .*Received: parts='tets'. Did you mean 'test'"
    ):
        checked_parts(("tets",), known)
    for wrong in ("train", ()):
        with pytest.raises(TypeError, match=r"`parts` must be a tuple of names out of \('train'.*E.g. \(\"train\",\)"):
            checked_parts(wrong, known)


def test_the_part_of_a_split():
    assert [part_of(name) for name in ("train", "validation_matched", "test_mismatched")] == [
        "train",
        "validation",
        "test",
    ]


def test_files_and_objects_by_part():
    rows = ["a", "b"]
    assert by_part("a.csv") == {"train": "a.csv"}
    assert by_part(rows)["train"] is rows
    columns = {"text": rows, "label": rows}
    assert by_part(columns)["train"] is columns
    assert by_part({"test": "a.csv"}) == {"test": "a.csv"}
    assert by_part({"validation": rows, "train": columns}) == {"validation": rows, "train": columns}
    for wrong in ({"dev": "a.csv"}, {"train": rows, "dev": rows}, {"dev": pathlib.Path("a.csv")}):
        with pytest.raises(ValueError, match=r"`files` must be by part, out of train, validation, test.*'dev'"):
            by_part(wrong)
    with pytest.raises(ValueError, match=r"`source` must be by part.*Did you mean 'validation'"):
        by_part({"train": rows, "validaton": rows}, "source")
    with pytest.raises(ValueError, match="`files` must hold a part or a column"):
        by_part({})
    with pytest.raises(ValueError, match=r"`files` must name a file or a folder\. Received: files=''\."):
        by_part("")
