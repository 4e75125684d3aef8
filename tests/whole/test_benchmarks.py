"""What the benchmark works out on its own, without the systems that it times. Numbers by hand."""

import subprocess
import sys

import numpy as np
import pytest
from paths import ROOT

BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in ("common", "parts", "bench")]:
        del sys.modules[name]


def test_operations_by_hand():
    from common.flops import forward_flops, product_flops, step_flops

    # One layer, 4 wide, 8 inside: a token meets 4*16 + 2*32 = 128 numbers of kernels, 256 operations. A row of 3 has
    # 3 * (256 + 4*3*4) = 912, one of 2 has 2 * (256 + 4*2*4) = 576.
    assert forward_flops([3, 2], 1, 4, 8) == 912 + 576
    assert forward_flops(np.array([3]), 2, 4, 8) == 2 * 912
    assert step_flops([3], 1, 4, 8) == 3 * 912
    assert product_flops(5, 7, 11) == 770


def test_ratios_are_taken_round_by_round():
    from common.ratios import times_as_fast, with_ratios

    # Rounds of 2, 1 and 2.5 times: the median of the ratios is 2, and that of the medians would be 1.
    ours, theirs = [1.0, 4.0, 2.0], [2.0, 4.0, 5.0]
    assert times_as_fast(ours, theirs) == {"median": 2.0, "min": 1.0, "max": 2.5}
    figures = with_ratios({"ours": ours, "theirs": theirs}, "theirs")
    assert figures["theirs"]["times_as_fast"] == {"median": 1.0, "min": 1.0, "max": 1.0}
    assert figures["ours"]["seconds"] == {"median": 2.0, "min": 1.0, "max": 4.0}
    with pytest.raises(ValueError, match="3 rounds of one system and 2 of the other"):
        times_as_fast(ours, theirs[:2])


def test_each_system_comes_first_in_its_turn():
    from common.ratios import turns

    names = ["a", "b", "c"]
    assert [turns(names, number) for number in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_batches_are_kept_without_their_padding(tmp_path):
    from common.batches import Batches, joined

    ids = [np.array([[5, 6, 0], [7, 8, 9]]), np.array([[4, 0]])]
    types = [np.zeros_like(batch) for batch in ids]
    labels = [np.array([[1], [0]]), np.array([[1]])]
    masks = [(batch > 0).astype("int32") for batch in ids]
    batches = joined(list(zip(ids, masks, types, labels, strict=True)), (np.ones((4, 2)), np.zeros(2)))
    batches.write(tmp_path / "batches.npz")
    read = Batches.read(tmp_path / "batches.npz")
    assert len(read) == 2
    assert read.ids.tolist() == [5, 6, 7, 8, 9, 4]
    assert read.labels.tolist() == [[1], [0], [1]]
    assert [read.lengths(batch).tolist() for batch in range(2)] == [[2, 3], [1]]
    assert [list(read.rows(batch)) for batch in range(2)] == [[0, 1], [2]]
    assert (read.tokens(0, 2), read.tokens(1, 1)) == (6, 1)


def test_the_rate_is_that_of_the_recipe():
    from common.recipe import LEARNING_RATE, WARMUP_SHARE, rate_share

    from bert_keras.optimization.warmup_decay import WarmupDecay

    ours = WarmupDecay(LEARNING_RATE, 40, WARMUP_SHARE)
    for step in range(40):
        assert LEARNING_RATE * rate_share(step, 40) == pytest.approx(float(ours(step)), rel=1e-5)


def test_a_report_has_a_line_for_each_system():
    from common.ratios import with_ratios
    from common.report import lines

    found = {"startup": {"systems": with_ratios({"ours": [1.0, 2.0], "theirs": [3.0, 3.0]}, "theirs")}}
    text = "\n".join(lines(found))
    assert "startup" in text
    assert "ours" in text and "2.25  1.50–3.00" in text


def test_folders_that_are_not_there_are_named(tmp_path):
    (tmp_path / "glue").mkdir()
    command = [sys.executable, str(BENCHMARKS / "bench.py"), "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "must hold the folders glue and squad; it has no squad" in done.stderr
