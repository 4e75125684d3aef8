import json
import os
import tarfile
import threading
import tracemalloc

import pytest
from archive_making import MODEL_FILES, gzipped, member, model_archive, packed

from bert_keras.hub.downloads import archives
from bert_keras.hub.downloads.archives import ArchiveError, Limits, extract
from bert_keras.manifest import CHANGED, Manifest

PB = member("saved_model.pb", b"graph")


def unpack(tmp_path, content: bytes, **arguments):
    """Extracts `content` to CACHE/model and returns that folder; on an error nothing may be left in CACHE."""
    (tmp_path / "model.tar.gz").write_bytes(content)
    cache = tmp_path / "cache"
    try:
        made = extract(str(tmp_path / "model.tar.gz"), str(cache / "model"), **arguments)
    except BaseException:
        assert os.listdir(cache) == []
        raise
    assert made is True
    assert os.listdir(cache) == ["model"]
    return cache / "model"


def files_of(folder) -> dict[str, bytes]:
    """But for the list of their digests."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != Manifest.NAME]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("prefix", ["", "./", "bert_en_uncased/", "./a/b/"])
def test_extracts_a_saved_model_also_from_a_sub_folder(tmp_path, prefix):
    folder = unpack(tmp_path, model_archive(prefix=prefix))
    assert files_of(folder) == MODEL_FILES
    assert Manifest(folder).names() == sorted(MODEL_FILES) and Manifest(folder).faults() == {}


def test_an_archive_that_brings_a_list_of_its_own_is_held_to_it(tmp_path):
    line = "0" * 64 + "  saved_model.pb\n"
    folder = unpack(tmp_path, model_archive({**MODEL_FILES, Manifest.NAME: line.encode()}))
    assert (folder / Manifest.NAME).read_text() == line
    assert Manifest(folder).faults() == {"saved_model.pb": CHANGED}


def test_extracts_a_text_saved_model_and_writes_the_origin(tmp_path):
    folder = unpack(tmp_path, packed(member("saved_model.pbtxt", b"text")), origin={"sha256": "12", "num_bytes": 3})
    assert (folder / "saved_model.pbtxt").read_bytes() == b"text"
    assert json.loads((folder / archives.ORIGIN_FILE).read_text()) == {"sha256": "12", "num_bytes": 3}


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_longer_than_a_header_field_are_kept(tmp_path, tar_format):
    name = "assets/" + "/".join(["folder" * 10] * 2) + "/vocabulary.txt"
    folder = unpack(tmp_path, packed(PB, member(name, b"words"), format=tar_format))
    assert (folder / name).read_bytes() == b"words"


def test_unpacked_files_are_not_executable(tmp_path):
    folder = unpack(tmp_path, packed(member("saved_model.pb", b"x", mode=0o4777)))
    assert (folder / "saved_model.pb").stat().st_mode & 0o7111 == 0


@pytest.mark.parametrize(
    ("hostile", "match"),
    [
        (member("../outside", b"x"), r"names without '\.\.'.*'\.\./outside' leads out"),
        (member("a/../../outside", b"x"), "leads out of its folder"),
        (member("..", type=tarfile.DIRTYPE), "leads out of its folder"),
        (member("/etc/outside", b"x"), "'/etc/outside' has an absolute path"),
        (member("C:outside", b"x"), "'C:outside' has an absolute path"),
        (member("..\\outside", b"x"), "names without a backslash"),
        (member("a\nb", b"x"), r"printable characters.*'a\\nb'"),
        (member("a\x1b[2J", b"x"), "printable characters"),
        (member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "'link' is a symbolic link to '/etc/passwd'"),
        (member("link", type=tarfile.LNKTYPE, linkname="saved_model.pb"), "'link' is a hard link to 'saved_model.pb'"),
        (member("device", type=tarfile.CHRTYPE), "'device' is a device or pipe"),
        (member("device", type=tarfile.BLKTYPE), "'device' is a device or pipe"),
        (member("pipe", type=tarfile.FIFOTYPE), "'pipe' is a device or pipe"),
        (member("odd", type=b"Z"), "'odd' is of type b'Z'"),
        (member("saved_model.pb", b"other"), "hold each name once.*'saved_model.pb' comes twice"),
        (member("./saved_model.pb", b"other"), "'saved_model.pb' comes twice"),
        (member("Saved_Model.PB", b"other"), "'Saved_Model.PB' comes twice"),
        (member("saved_model.pb/below", b"x"), "comes twice"),
        (member("saved_model.pb", type=tarfile.DIRTYPE), "comes twice"),
        (member("./", b"x"), "have a name for each file"),
    ],
)
def test_hostile_members_are_refused(tmp_path, hostile, match):
    with pytest.raises(ArchiveError, match=match):
        unpack(tmp_path, packed(PB, hostile))
    assert sorted(os.listdir(tmp_path)) == ["cache", "model.tar.gz"]


def test_a_nul_in_a_pax_name_is_refused(tmp_path):
    with pytest.raises(ArchiveError, match=r"printable characters.*'saved\\x00model'"):
        unpack(tmp_path, packed(PB, member("x", b"x", pax_headers={"path": "saved\0model"}), format=tarfile.PAX_FORMAT))


def test_accents_written_in_two_ways_are_one_name(tmp_path):
    with pytest.raises(ArchiveError, match="comes twice"):
        unpack(tmp_path, packed(PB, member("caf\u00e9", b"x"), member("cafe\u0301", b"y")))


def test_folders_may_be_named_more_than_once(tmp_path):
    again = member("assets", type=tarfile.DIRTYPE)
    folder = unpack(tmp_path, packed(PB, again, member("assets/vocab.txt", b"x"), again))
    assert (folder / "assets" / "vocab.txt").read_bytes() == b"x"


@pytest.mark.parametrize("headers", [{"GNU.sparse.map": "0,1", "GNU.sparse.size": str(64 << 20)}])
def test_a_sparse_file_is_refused(tmp_path, headers):
    with pytest.raises(ArchiveError, match="'huge' is a sparse file"):
        unpack(tmp_path, packed(PB, member("huge", b"x", pax_headers=headers), format=tarfile.PAX_FORMAT))


def test_too_many_members(tmp_path):
    content = packed(PB, *(member(f"f{number}", b"") for number in range(3)))
    assert len(files_of(unpack(tmp_path, content, limits=Limits(max_members=4)))) == 4
    with pytest.raises(ArchiveError, match="at most 3 files and folders"):
        extract(str(tmp_path / "model.tar.gz"), str(tmp_path / "other"), Limits(max_members=3))


def test_a_gzip_bomb_is_stopped_while_it_is_read(tmp_path):
    bomb = packed(PB, member("zeros", bytes(40 << 20)))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError, match="unpack to at most 5000000 bytes"):
            unpack(tmp_path, bomb, limits=Limits(max_bytes=5_000_000))
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_a_bomb_after_the_last_member_is_stopped_too(tmp_path):
    tail = gzipped(packed(PB, mode="w") + bytes(8 << 20))
    with pytest.raises(ArchiveError, match="unpack to at most 2000000 bytes"):
        unpack(tmp_path, tail, limits=Limits(max_bytes=2_000_000))


def test_the_ratio_counts_beyond_its_first_bytes(tmp_path):
    zeros = packed(PB, member("zeros", bytes(4 << 20)))
    assert unpack(tmp_path, zeros, limits=Limits(max_ratio=50, ratio_from_bytes=5 << 20))
    with pytest.raises(ArchiveError, match=r"at most 50 times its size.*Here it is \d+ times"):
        extract(str(tmp_path / "model.tar.gz"), str(tmp_path / "other"), Limits(max_ratio=50, ratio_from_bytes=1 << 20))


def test_a_header_that_fills_the_memory_is_refused(tmp_path):
    headers = {"comment": "x" * (4 << 20)}
    with pytest.raises(ArchiveError, match="headers of at most 1048576 bytes"):
        unpack(tmp_path, packed(PB, member("x", b"x", pax_headers=headers), format=tarfile.PAX_FORMAT))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused(tmp_path, share):
    noise = bytes(os.urandom(50_000))
    whole = packed(PB, member("variables/data", noise))
    with pytest.raises(ArchiveError, match=r"ends early|is damaged"):
        unpack(tmp_path, whole[: int(len(whole) * share)])


def test_a_changed_byte_is_found(tmp_path):
    whole = bytearray(packed(PB, member("variables/data", os.urandom(50_000))))
    whole[30_000] ^= 1
    with pytest.raises(ArchiveError, match="is damaged"):
        unpack(tmp_path, bytes(whole))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "It is an empty file"),
        (b"<!DOCTYPE html><html>", "It is a web page"),
        (b"PK\x03\x04 zip", "It is a zip file"),
        (packed(PB, mode="w"), "It is not a gzip file"),
        (gzipped(b"no tar at all"), "It is damaged"),
        (gzipped(b""), "It is damaged"),
        (packed(), r"hold a SavedModel, .*It is empty|is damaged: seeking backwards"),  # Python 3.10 says the second
        (packed(member("readme.txt", b"x")), "hold a SavedModel.*It holds 'readme.txt'"),
        (packed(member("bert_model.ckpt.index", b"x")), "It is a TensorFlow checkpoint.*bert-keras convert"),
        (packed(member("a/saved_model.pb"), member("b/saved_model.pb")), "hold one SavedModel.*It holds 2: 'a', 'b'"),
    ],
    # Not of the bytes: gzip writes the time into them, and two processes must collect the same names.
    ids="empty page zip tar no-tar nothing no-member readme checkpoint two".split(),
)
def test_what_is_not_one_packed_saved_model_is_refused(tmp_path, content, match):
    with pytest.raises(ArchiveError, match=match):
        unpack(tmp_path, content)


def test_the_message_names_the_source(tmp_path):
    with pytest.raises(ArchiveError, match=r"Received: archive='https://tfhub\.dev/x/y/1'"):
        unpack(tmp_path, b"", source="https://tfhub.dev/x/y/1")


def test_the_first_of_two_at_once_wins_and_the_second_leaves_nothing(tmp_path):
    archive, target = tmp_path / "m.tar.gz", tmp_path / "cache" / "model"
    archive.write_bytes(model_archive())
    made = []
    threads = [threading.Thread(target=lambda: made.append(extract(str(archive), str(target)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, False, True]
    assert os.listdir(tmp_path / "cache") == ["model"]
    assert files_of(target) == MODEL_FILES


def test_a_target_with_other_files_is_left_as_it_is(tmp_path):
    (tmp_path / "cache" / "model").mkdir(parents=True)
    (tmp_path / "cache" / "model" / "mine.txt").write_text("mine")
    (tmp_path / "m.tar.gz").write_bytes(model_archive())
    with pytest.raises(ValueError, match="`target` must be absent or an empty folder"):
        extract(str(tmp_path / "m.tar.gz"), str(tmp_path / "cache" / "model"))
    assert files_of(tmp_path / "cache") == {"model/mine.txt": b"mine"}


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt("stop")

    monkeypatch.setattr(archives, "_sync", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stop"):
        unpack(tmp_path, model_archive())


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"max_bytes": 0}, "`max_bytes` must be at least 1"),
        ({"max_members": 1.5}, "`max_members` must be an integer"),
        ({"max_ratio": 0.5}, "`max_ratio` must be a finite number of at least 1"),
        ({"ratio_from_bytes": -1}, "`ratio_from_bytes` must be at least 0"),
    ],
)
def test_limits_are_checked(arguments, match):
    with pytest.raises((TypeError, ValueError), match=match):
        Limits(**arguments)
