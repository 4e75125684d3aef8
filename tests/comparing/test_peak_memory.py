"""`PeakMemory`: it sees what was used between, and not what was used before."""

import sys

import numpy as np
import pytest

from bert_keras.comparing import peak_memory
from bert_keras.comparing.peak_memory import PeakMemory

MEGABYTES = 2**20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells it")
def test_it_measures_what_was_used_since_it_was_made():
    np.ones(100 * MEGABYTES, "uint8").sum()
    peak = PeakMemory()
    before = peak.bytes()
    if before is None:
        pytest.skip("this system does not let a process forget its peak")
    used = np.ones(60 * MEGABYTES, "uint8")
    assert 55 * MEGABYTES < peak.bytes() - before < 90 * MEGABYTES
    assert used.nbytes == 60 * MEGABYTES


def test_it_is_not_known_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(peak_memory, "_CLEAR", tmp_path / "nowhere" / "clear_refs")
    assert PeakMemory().bytes() is None
