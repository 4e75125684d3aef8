"""What is not what was written is refused, with what to do; folders without a list pass."""

import pytest

from bert_keras.hub.check_written import check_written
from bert_keras.manifest import Manifest


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        (tmp_path / f"file {number}").write_bytes(b"x")
    Manifest(tmp_path).write()
    return tmp_path


def test_what_was_written_passes_and_so_does_what_has_no_list(folder):
    check_written(folder)
    (folder / "file 0").write_bytes(b"y")
    check_written(folder, lambda name: name != "file 0")
    (folder / Manifest.NAME).unlink()
    check_written(folder)
    check_written(folder / "nowhere")
    check_written("gs://bucket/folder")


def test_a_change_is_told_with_what_to_do(folder):
    (folder / "file 0").write_bytes(b"y")
    (folder / "file 1").unlink()
    said = (
        r"^`folder` must hold the files that were written, and 'file 0' has changed since it was written, 'file 1' is "
        r"not there\. Received: folder='.*'\. It was damaged, changed or copied in part: copy it, or have it fetched, "
        r"again\. If you changed it yourself and want it as it is now, run: bert-keras verify '.*' --accept$"
    )
    with pytest.raises(ValueError, match=said):
        check_written(folder)
    for number in range(2, 6):
        (folder / f"file {number}").unlink()
    with pytest.raises(ValueError, match=r"'file 2' is not there and so are 3 more\. Received"):
        check_written(str(folder))
