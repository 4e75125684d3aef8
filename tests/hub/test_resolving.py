import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import threading

import pytest
import tensorflow_hub
from archive_making import MODEL_FILES, member, model_archive, packed
from loopback import Answer, loopback, redirect

from bert_keras.hub.downloads import archives, cache, downloading
from bert_keras.hub.downloads.archives import ArchiveError, Limits
from bert_keras.hub.downloads.downloading import DownloadError
from bert_keras.hub.made_here import MADE_HERE
from bert_keras.hub.resolving import resolve

ARCHIVE = model_archive()
BERT = "https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4"
BERT_QUERY = "/tensorflow/bert_en_uncased_L-12_H-768_A-12/4?tf-hub-format=compressed"
BERT_PLACE = "tensorflow/bert_en_uncased_L-12_H-768_A-12/4"
KAGGLE = "https://www.kaggle.com/models/tensorflow/bert/TensorFlow2/en-uncased-l-12-h-768-a-12/2"
KAGGLE_QUERY = "/api/v1/models/tensorflow/bert/TensorFlow2/en-uncased-l-12-h-768-a-12/2/download"
SETTINGS = ("TFHUB_CACHE_DIR", "BERT_KERAS_CACHE", "BERT_KERAS_MIRROR", "TFHUB_MODEL_LOAD_FORMAT", "KAGGLE_USERNAME")


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """An empty home folder, none of the settings of the person who runs the tests, and no proxy."""
    for name in (*SETTINGS, "XDG_CACHE_HOME", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def site(monkeypatch):
    """A running server that stands for tfhub.dev and Kaggle."""
    with loopback() as running:
        monkeypatch.setenv("BERT_KERAS_MIRROR", running.address)
        yield running


def write_model(folder, files=MODEL_FILES):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def check_model(folder):
    for name, content in MODEL_FILES.items():
        with open(os.path.join(folder, name), "rb") as file:
            assert file.read() == content


# Addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handle", "query", "place"),
    [
        (BERT, BERT_QUERY, BERT_PLACE),
        (BERT + "/", BERT_QUERY, BERT_PLACE),
        (BERT + "?tf-hub-format=compressed", BERT_QUERY, BERT_PLACE),
        (BERT.replace("https", "http"), BERT_QUERY, BERT_PLACE),
        (
            "https://tfhub.dev/google/experts/bert/pubmed/squad2/2",
            "/google/experts/bert/pubmed/squad2/2?tf-hub-format=compressed",
            "google/experts/bert/pubmed/squad2/2",
        ),
        (KAGGLE, KAGGLE_QUERY, "kaggle.com/tensorflow/bert/TensorFlow2/en-uncased-l-12-h-768-a-12/2"),
        (
            "https://kaggle.com/models/google/electra/frameworks/TensorFlow2/variations/base/versions/1",
            "/api/v1/models/google/electra/TensorFlow2/base/1/download",
            "kaggle.com/google/electra/TensorFlow2/base/1",
        ),
    ],
)
def test_a_published_handle_is_fetched_once_into_a_readable_place(site, home, handle, query, place):
    site.answers[query] = Answer(ARCHIVE)
    folder = resolve(handle)
    assert folder == str(home / ".cache" / "bert_keras" / place)
    check_model(folder)
    assert resolve(handle) == folder
    assert [path for path, _ in site.requests] == [query]


def test_tfhub_may_redirect_to_kaggle(site):
    site.answers[BERT_QUERY] = redirect("https://www.kaggle.com/api/v1/models/x/download")
    site.answers["/api/v1/models/x/download"] = redirect(site.address + "/bucket/bert.tar.gz?signature=1")
    site.answers["/bucket/bert.tar.gz?signature=1"] = Answer(ARCHIVE)
    folder = resolve(BERT)
    check_model(folder)
    assert cache.origin_of(folder) == {
        "handle": BERT,
        "url": site.address + "/bucket/bert.tar.gz",
        "sha256": hashlib.sha256(ARCHIVE).hexdigest(),
        "num_bytes": len(ARCHIVE),
    }


@pytest.mark.parametrize("path", ["/models/my%20model.tar.gz", "/m.tgz?download=1", "/x/y/1?tf-hub-format=compressed"])
def test_another_address_of_an_archive(site, home, path):
    site.answers[path] = Answer(ARCHIVE)
    folder = resolve(site.address + path)
    check_model(folder)
    assert folder.startswith(str(home / ".cache/bert_keras/urls/127.0.0.1_"))
    assert resolve(site.address + path) == folder
    assert len(site.requests) == 1


def test_two_addresses_with_one_file_name_do_not_share_a_folder(site):
    site.answers["/a/m.tar.gz"] = site.answers["/b/m.tar.gz"] = Answer(ARCHIVE)
    assert resolve(site.address + "/a/m.tar.gz") != resolve(site.address + "/b/m.tar.gz")


def test_buckets(site, monkeypatch):
    assert resolve("gs://bucket/bert/4") == "gs://bucket/bert/4"
    assert site.requests == []
    monkeypatch.setattr("bert_keras.hub.source_of.STORAGE", site.address + "/")
    site.answers["/bucket/bert/4.tar.gz"] = Answer(ARCHIVE)
    check_model(resolve("gs://bucket/bert/4.tar.gz"))
    with pytest.raises(DownloadError, match=r"answered 404 Not Found.*gcloud storage cp"):
        resolve("gs://bucket/other.tar.gz")


def test_uncompressed_gives_the_bucket_that_tfhub_names(site, monkeypatch):
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", "UNCOMPRESSED")
    site.answers["/a/b/1?tf-hub-format=uncompressed"] = redirect("/", 303, b"gs://tfhub-modules/a/b/1")
    assert resolve("https://tfhub.dev/a/b/1") == "gs://tfhub-modules/a/b/1"
    with pytest.raises(DownloadError, match=r"404 Not Found where a gs://.*Unset TFHUB_MODEL_LOAD_FORMAT to download"):
        resolve("https://tfhub.dev/a/b/2")
    site.answers[KAGGLE_QUERY] = Answer(ARCHIVE)
    check_model(resolve(KAGGLE))
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", "UNCOMPRESED")
    with pytest.raises(ValueError, match=r"`TFHUB_MODEL_LOAD_FORMAT` must be one of .*Did you mean 'UNCOMPRESSED'"):
        resolve(BERT)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (Answer(b"gs://tfhub-modules/a/b/1"), "answered 200 OK where a gs:// address was asked for"),
        (redirect("/elsewhere", 303, b"moved"), "/elsewhere answered 404 Not Found where a gs:// address"),
        (Answer(b"", 403), "answered 403 Forbidden where a gs:// address.*Kaggle may want"),
    ],
)
def test_uncompressed_takes_no_other_answer(site, monkeypatch, answer, match):
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", "UNCOMPRESSED")
    site.answers["/a/b/1?tf-hub-format=uncompressed"] = answer
    with pytest.raises(DownloadError, match=match):
        resolve("https://tfhub.dev/a/b/1")


@pytest.mark.parametrize(
    ("handle", "match"),
    [
        (
            "https://tfhub.dev/tensorflow/bert_en",
            "be https://tfhub.dev/PUBLISHER/MODEL/VERSION.*version number .* missing",
        ),
        ("https://tfhub.dev/bert/4", "be https://tfhub.dev/PUBLISHER/MODEL/VERSION"),
        ("https://tfhub.dev/", "be https://tfhub.dev/PUBLISHER/MODEL/VERSION"),
        ("https://tfhub.dev/a/../../../etc/4", "be https://tfhub.dev/PUBLISHER/MODEL/VERSION"),
        ("https://tfhub.dev/a/%2e%2e/4", "be https://tfhub.dev/PUBLISHER/MODEL/VERSION"),
        ("https://www.kaggle.com/models/tensorflow/bert", "be https://www.kaggle.com/models/PUBLISHER/MODEL/FRAMEWORK"),
        (
            "https://www.kaggle.com/models/a/b/TensorFlow2/c",
            "be https://www.kaggle.com/models/.*The version number at the end is missing",
        ),
        ("https://www.kaggle.com/datasets/a/b/c/d/1", "be https://www.kaggle.com/models/PUBLISHER"),
        ("https://example.org/model", "be a folder with saved_model.pb.*does not end in .tar.gz or .tgz"),
        ("https:///x.tar.gz", "be a folder with saved_model.pb"),
        ("s3://bucket/model", "be a folder with saved_model.pb"),
        ("file:///models/bert", "be a folder with saved_model.pb"),
        ("", "be a folder with saved_model.pb"),
        ("a\0b", "be a folder with saved_model.pb"),
        (b"bert", "be a str or a path"),
        (None, "be a str or a path"),
    ],
)
def test_other_handles_are_refused_with_what_is_accepted(home, handle, match):
    with pytest.raises((TypeError, ValueError), match="`handle` must " + match):
        resolve(handle)
    assert os.listdir(home) == []


# What goes wrong on the way --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (Answer(b"no", 403), "4 answered 403 Forbidden"),
        (Answer(b"no", 404), "4 answered 404 Not Found"),
        (Answer(b"<html>", headers={"Content-Type": "text/html"}), "4 answered with a web page, not with an archive"),
        (Answer(ARCHIVE[:100], announced=len(ARCHIVE)), f"4 broke off after 100 of {len(ARCHIVE)} bytes"),
        (redirect("https://www.kaggle.com" + BERT_QUERY), "4 redirected more than 10 times"),
    ],
)
def test_a_failed_download_says_what_to_do_and_that_works(site, home, answer, match):
    site.answers[BERT_QUERY] = answer
    target = home / ".cache" / "bert_keras" / BERT_PLACE
    with pytest.raises(DownloadError, match=match) as caught:
        resolve(BERT)
    text = str(caught.value)
    assert text.startswith(f"`handle` must lead to a SavedModel. Received: handle='{BERT}'. {site.address}")
    assert "tfhub.dev redirects to Kaggle and at times answers 403." in text
    assert "terms accepted in a browser, and credentials: KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle/" in text
    assert f"put saved_model.pb, variables/ and assets/ into '{target}' (make that folder) and call again" in text
    assert os.listdir(target.parent) == [".4.lock"]

    write_model(target)
    num_requests = len(site.requests)
    assert resolve(BERT) == str(target)
    assert cache.origin_of(target) is None
    assert len(site.requests) == num_requests


def test_the_downloaded_archive_may_be_passed_instead(tmp_path, home):
    (tmp_path / "bert.tar.gz").write_bytes(ARCHIVE)
    folder = resolve(tmp_path / "bert.tar.gz")
    check_model(folder)
    digest = hashlib.sha256(ARCHIVE).hexdigest()
    assert folder == str(home / ".cache" / "bert_keras" / "archives" / f"bert-{digest[:16]}")
    assert cache.origin_of(folder) == {"handle": "bert.tar.gz", "sha256": digest, "num_bytes": len(ARCHIVE)}
    before = os.stat(folder).st_ino
    assert resolve(str(tmp_path / "bert.tar.gz")) == folder
    assert os.stat(folder).st_ino == before
    (tmp_path / "bert.tar.gz").write_bytes(model_archive({**MODEL_FILES, "saved_model.pb": b"other"}))
    assert resolve(tmp_path / "bert.tar.gz") != folder


def test_files_put_wrong_by_hand_are_named(site, home):
    target = home / ".cache" / "bert_keras" / BERT_PLACE
    write_model(target / "bert_folder")
    with pytest.raises(
        ValueError, match=r"have a SavedModel in the cache at .*lies one level below, in '.*bert_folder'"
    ):
        resolve(BERT)
    assert site.requests == []


def test_no_answer_in_time(site, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT_SECONDS", 0.2)
    site.answers[BERT_QUERY] = Answer(before=site.hang)
    with pytest.raises(DownloadError, match=r"did not answer for 0\.2 seconds.*By hand"):
        resolve(BERT)


def test_an_unreachable_host(monkeypatch):
    monkeypatch.setenv("BERT_KERAS_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match=r"http://127\.0\.0\.1:1/.* cannot be reached: .*By hand"):
        resolve(BERT)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (ARCHIVE[:-20], "It ends early, as after a broken download"),
        (packed(member("../../../planted", b"x")), "leads out of its folder"),
        (packed(member("readme", b"x")), "hold a SavedModel"),
    ],
    ids=["truncated", "hostile", "no model"],
)
def test_a_bad_archive_leaves_nothing_in_the_cache(site, home, content, match):
    site.answers[BERT_QUERY] = Answer(content)
    with pytest.raises(ArchiveError, match=match) as caught:
        resolve(BERT)
    assert f"Received: archive='{BERT}'." in str(caught.value)
    assert os.listdir(home / ".cache" / "bert_keras" / os.path.dirname(BERT_PLACE)) == [".4.lock"]


def test_limits_bound_download_and_archive(site, tmp_path):
    site.answers[BERT_QUERY] = Answer(ARCHIVE)
    with pytest.raises(DownloadError, match="more than the 100 allowed"):
        resolve(BERT, limits=Limits(max_bytes=100))
    (tmp_path / "m.tar.gz").write_bytes(ARCHIVE)
    with pytest.raises(ArchiveError, match="unpack to at most 100 bytes"):
        resolve(tmp_path / "m.tar.gz", limits=Limits(max_bytes=100))


# The cache -------------------------------------------------------------------------------------------------------


def test_where_the_cache_lies(monkeypatch, home, tmp_path):
    assert cache.cache_root() == str(home / ".cache" / "bert_keras")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.cache_root() == str(home / ".cache" / "bert_keras")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_root() == str(tmp_path / "xdg" / "bert_keras")
    monkeypatch.setenv("BERT_KERAS_CACHE", "~/models")
    assert cache.cache_root() == str(home / "models")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    assert cache.cache_root() == str(tmp_path / "hub")
    assert cache.cache_root(tmp_path / "mine") == str(tmp_path / "mine")
    monkeypatch.setenv("TFHUB_CACHE_DIR", "gs://bucket/cache")
    with pytest.raises(ValueError, match=r"`TFHUB_CACHE_DIR` must be a folder on this machine.*UNCOMPRESSED"):
        cache.cache_root()


@pytest.mark.parametrize("cache_dir", [None, "mine"])
def test_the_cache_folder_is_for_its_owner_only(site, home, tmp_path, cache_dir):
    site.answers[BERT_QUERY] = Answer(ARCHIVE)
    root = tmp_path / cache_dir if cache_dir else home / ".cache" / "bert_keras"
    resolve(BERT, cache_dir=tmp_path / cache_dir if cache_dir else None)
    assert root.stat().st_mode & 0o777 == 0o700


def test_a_cache_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match=r"`cache_dir` must be a folder that can be made.*Set BERT_KERAS_CACHE"):
        resolve(BERT, cache_dir=tmp_path / "file")


@pytest.mark.parametrize("handle", [BERT, BERT + "/", BERT + "?tf-hub-format=compressed"])
def test_what_tensorflow_hub_has_cached_is_used(site, monkeypatch, tmp_path, handle):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    theirs = write_model(tmp_path / "hub" / "d760773f85f64fc84ae0b47310f7cfe3bcec4868")  # by `sha1sum` of the handle
    assert resolve(handle) == str(theirs)
    assert site.requests == []


def test_a_folder_made_by_tensorflow_hub_itself(site, monkeypatch, tmp_path):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    site.answers["/m.tar.gz?tf-hub-format=compressed"] = Answer(ARCHIVE)
    theirs = tensorflow_hub.resolve(site.address + "/m.tar.gz")
    check_model(theirs)
    assert resolve(site.address + "/m.tar.gz") == theirs
    assert len(site.requests) == 1


def test_our_place_goes_before_tensorflow_hubs(site, tmp_path):
    write_model(tmp_path / hashlib.sha1(BERT.encode()).hexdigest())
    ours = write_model(tmp_path / BERT_PLACE)
    assert resolve(BERT, cache_dir=tmp_path) == str(ours)


def test_leftovers_of_a_killed_process_are_removed_after_a_day(site, tmp_path):
    site.answers[BERT_QUERY] = Answer(ARCHIVE)
    place = (tmp_path / BERT_PLACE).parent
    old, new = place / f".4.{'0' * 32}.partial", place / f".4.{'1' * 32}.partial"
    other = place / f".14.{'0' * 32}.download"
    old.mkdir(parents=True)
    new.mkdir()
    other.write_bytes(b"x")
    for path in (old, other):
        os.utime(path, (0, 0))
    resolve(BERT, cache_dir=tmp_path)
    assert sorted(os.listdir(place)) == sorted([".4.lock", "4", new.name, other.name])


PROGRAM = """
import sys
sys.stderr.isatty = lambda: True  # so that the one that waits says so
from bert_keras.hub.resolving import resolve
print(resolve(sys.argv[1]))
"""


def test_two_processes_at_once_fetch_once(site, home):
    asked, go_on = threading.Event(), threading.Event()
    site.answers[BERT_QUERY] = Answer(ARCHIVE, before=lambda: (asked.set(), go_on.wait(30)))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen([sys.executable, "-c", PROGRAM, BERT], **pipes) as first,
        contextlib.ExitStack() as stack,
    ):
        stack.callback(go_on.set)
        assert asked.wait(30)
        second = stack.enter_context(subprocess.Popen([sys.executable, "-c", PROGRAM, BERT], **pipes))
        assert "Another process is fetching" in second.stderr.readline()
        go_on.set()
        found = [process.communicate(timeout=30)[0] for process in (first, second)]
    assert found == [str(home / ".cache" / "bert_keras" / BERT_PLACE) + "\n"] * 2
    assert len(site.requests) == 1
    check_model(home / ".cache" / "bert_keras" / BERT_PLACE)


def test_without_locks_the_last_rename_loses_and_both_are_right(site, tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError("this file system has no locks")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    both_asked = threading.Barrier(2, timeout=20)
    site.answers[BERT_QUERY] = Answer(ARCHIVE, before=both_asked.wait)
    found = []
    threads = [threading.Thread(target=lambda: found.append(resolve(BERT, cache_dir=tmp_path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [str(tmp_path / BERT_PLACE)] * 2
    assert len(site.requests) == 2
    check_model(found[0])
    assert sorted(os.listdir(os.path.dirname(found[0]))) == [".4.lock", "4"]


def test_a_waiting_process_says_so_on_a_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    tried = []

    def busy_once(_, flags):
        tried.append(flags)
        if flags & fcntl.LOCK_NB:
            raise BlockingIOError

    monkeypatch.setattr(fcntl, "flock", busy_once)
    with cache.locked(str(tmp_path / "4")):
        pass
    assert tried == [fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_EX]
    assert "Another process is fetching" in capsys.readouterr().err


# Folders and files of this machine -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["saved_model.pb", "saved_model.pbtxt"])
def test_a_local_saved_model(tmp_path, home, name, monkeypatch):
    write_model(tmp_path / "bert", {name: b"x"})
    assert resolve(tmp_path / "bert") == str(tmp_path / "bert")
    write_model(home / "bert", {name: b"x"})
    assert resolve("~/bert") == str(home / "bert")
    monkeypatch.chdir(tmp_path)
    assert resolve("bert") == "bert"
    assert os.listdir(home) == ["bert"]


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ([], "is empty"),
        (
            ["bert_model.ckpt.index", "vocab.txt"],
            "is a TensorFlow checkpoint: make a SavedModel .*`bert-keras convert`",
        ),
        (["config.json", "model.safetensors"], "is a Hugging Face model: make a SavedModel .*`bert-keras convert`"),
        (["config.json", "pytorch_model.bin"], "is a Hugging Face model"),
        (
            ["config.json", "encoder/saved_model.pb"],
            "is a model folder of bert_keras: load it with `bk.load`, or .*encoder'",
        ),
        (["model.keras"], "holds the Keras file 'model.keras': load it with `keras.models.load_model`"),
        (["weights.h5"], "holds the Keras file 'weights.h5'.* pass the file to bk.load_encoder"),
        (["4/saved_model.pb"], r"The SavedModel lies one level below, in '.*/model/4'"),
        (["3/saved_model.pb", "4/saved_model.pb"], "holds several SavedModels, '3', '4': pass the folder of one"),
        (["bert.tar.gz"], r"holds the archive 'bert.tar.gz': pass '.*/model/bert.tar.gz', or unpack it"),
        (["variables/variables.index"], "is half a SavedModel: it holds 'variables' but no saved_model.pb"),
        (["a", "b", "c", "d", "e", "f", "g"], "holds 'a', 'b', 'c', 'd', 'e' and 2 more"),
    ],
)
def test_a_folder_without_a_saved_model_is_described(tmp_path, files, match):
    folder = tmp_path / "model"
    folder.mkdir()
    write_model(folder, dict.fromkeys(files, b"x"))
    with pytest.raises(ValueError, match=f"`handle` must name a folder that holds saved_model.pb.*{match}"):
        resolve(folder)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("saved_model.pb", r"is the file in a SavedModel: pass its folder, '.*files'"),
        ("m.keras", "is a Keras file"),
        ("m.h5", "is a Keras file.*Of an encoder in a tf_keras model, pass the file to bk.load_encoder"),
        ("model.safetensors", "is a weight file of a Hugging Face model.*bert-keras convert"),
        ("bert_model.ckpt.index", "is part of a TensorFlow checkpoint.*bert-keras convert"),
        ("bert.zip", "is a file: pass a folder, or an archive that ends in .tar.gz or .tgz"),
    ],
)
def test_a_file_that_is_no_archive_is_described(tmp_path, name, match):
    path = write_model(tmp_path / "files", {name: b"x"}) / name
    with pytest.raises(ValueError, match=match):
        resolve(path)


def test_a_misspelt_path_names_the_nearest(tmp_path, monkeypatch):
    write_model(tmp_path / "models" / "bert_base")
    with pytest.raises(ValueError, match=r"There is no 'bert_bsae' in '.*models'\. Did you mean 'bert_base'\?"):
        resolve(tmp_path / "models" / "bert_bsae")
    with pytest.raises(ValueError, match=r"There is no 'modles' in .*Did you mean 'models'\?"):
        resolve(tmp_path / "modles" / "bert_base")
    with pytest.raises(ValueError, match=r"There is no 'below' in '.*saved_model\.pb'"):
        resolve(tmp_path / "models" / "bert_base" / "saved_model.pb" / "below")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"There is no 'model' in '\.'\. Did you mean 'models'\?"):
        resolve("model/")


@pytest.mark.parametrize(
    "name",
    ["bert_en_uncased_L-12_H-768_A-12", "tensorflow/bert_en_uncased_L-12_H-768_A-12", BERT_PLACE],
)
def test_a_name_of_the_catalogue_is_its_address(site, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    site.answers[BERT_QUERY] = Answer(ARCHIVE)
    folder = resolve(name, tmp_path / "cache")
    assert folder == str(tmp_path / "cache" / BERT_PLACE)
    check_model(folder)


def test_a_folder_goes_before_a_name_of_the_catalogue(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "bert_en_uncased_L-12_H-768_A-12"
    write_model(tmp_path / name)
    assert resolve(name) == name
    assert site.requests == []


def test_a_slip_in_a_name_of_the_catalogue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "bert_en_uncased_L-12_H-768_A-1"
    with pytest.raises(ValueError, match=r"or a name of the catalogue.*Did you mean 'bert_en_uncased_L-12_H-768_A-12'"):
        resolve(name)
    with pytest.raises(ValueError, match=r"Hugging Face's 'bert-base-uncased' is 'bert_en_uncased_L-12_H-768_A-12'"):
        resolve("bert-base-uncased")
    with pytest.raises(ValueError, match=r"^(?!.*catalogue either).*There is no 'bert_en_uncased_L-12"):
        resolve("./bert_en_uncased_L-12_H-768_A-12")


def test_the_sample_encoder_is_made_by_who_makes_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(MADE_HERE, "sample/all-MiniLM-L6-v2", lambda cache_dir: f"made in {cache_dir}")
    assert resolve("sample", "here") == resolve("sample/all-MiniLM-L6-v2", "here") == "made in here"


def test_resolving_needs_no_tensorflow():
    program = "import sys, bert_keras.hub.resolving; print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


def test_the_origin_is_not_taken_from_the_archive(site):
    planted = {**MODEL_FILES, archives.ORIGIN_FILE: b'{"sha256": "planted"}'}
    site.answers[BERT_QUERY] = Answer(model_archive(planted))
    assert cache.origin_of(resolve(BERT))["sha256"] == hashlib.sha256(site.answers[BERT_QUERY].body).hexdigest()


def test_a_version_that_was_never_published_is_answered_with_those_that_were(monkeypatch, tmp_path):
    monkeypatch.setenv("BERT_KERAS_MIRROR", "http://127.0.0.1:9")  # where nobody answers
    name = "tensorflow/bert_en_uncased_L-12_H-768_A-12"
    there = rf"Of '{name}' there are the versions 1, 2, 3, 4\."
    with pytest.raises(DownloadError, match=rf"cannot be reached.*{there} By hand: put"):
        resolve(f"https://tfhub.dev/{name}/9", tmp_path)
    with pytest.raises(ValueError, match=rf"The version number at the end is missing\. {there}"):
        resolve(f"https://tfhub.dev/{name}", tmp_path)
