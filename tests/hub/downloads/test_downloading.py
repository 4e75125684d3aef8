import hashlib
import io
import json
import os
import socket

import pytest
from archive_making import model_archive
from loopback import Answer, loopback, redirect

from bert_keras.hub.downloads import downloading
from bert_keras.hub.downloads.downloading import DownloadError, authorization, bucket_of, fetch, mirrored

ARCHIVE = model_archive()


@pytest.fixture
def site(monkeypatch, tmp_path):
    """A running server, no proxy, and no credentials of the person who runs the tests."""
    for name in ("BERT_KERAS_MIRROR", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BERT_KERAS_PRIVATE_HOSTS", "http://127.0.0.1")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no-kaggle"))
    monkeypatch.setenv("no_proxy", "*")
    with loopback() as running:
        yield running


def get(site, tmp_path, path="/m.tar.gz", **arguments):
    """Fetches to tmp_path/packed; on an error no file may be left."""
    target = tmp_path / "packed"
    try:
        return fetch(site.address + path, str(target), **{"max_bytes": 1 << 20, "timeout": 5, **arguments})
    except BaseException:
        assert not target.exists()
        raise


def test_fetch_stores_the_bytes_and_their_sha256(site, tmp_path):
    site.answers["/m.tar.gz?token=secret"] = Answer(ARCHIVE)
    download = get(site, tmp_path, "/m.tar.gz?token=secret")
    assert (tmp_path / "packed").read_bytes() == ARCHIVE
    assert download == downloading.Download(
        site.address + "/m.tar.gz", hashlib.sha256(ARCHIVE).hexdigest(), len(ARCHIVE)
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site, tmp_path, status):
    site.answers["/m.tar.gz"] = redirect("/there/a b.tar.gz", status)
    site.answers["/there/a%20b.tar.gz"] = Answer(ARCHIVE)
    assert get(site, tmp_path).url == site.address + "/there/a%20b.tar.gz"


def test_ten_redirects_are_followed_and_eleven_are_not(site, tmp_path):
    for step in range(11):
        site.answers[f"/{step}"] = redirect(f"/{step + 1}")
    site.answers["/11"] = Answer(ARCHIVE)
    assert get(site, tmp_path, "/1").num_bytes == len(ARCHIVE)
    (tmp_path / "packed").unlink()
    with pytest.raises(DownloadError, match="/0 redirected more than 10 times"):
        get(site, tmp_path, "/0")


def test_a_redirect_loop_ends(site, tmp_path):
    site.answers["/m.tar.gz"] = redirect("/m.tar.gz")
    with pytest.raises(DownloadError, match=r"/m\.tar\.gz redirected more than 10 times"):
        get(site, tmp_path)
    assert len(site.requests) == 11


@pytest.mark.parametrize(
    ("location", "match"),
    [
        ("file:///etc/passwd", "must be an http or https address"),
        ("ftp://127.0.0.1/x.tar.gz", "must be an http or https address"),
        ("http://name:word@127.0.0.1/x", "must be an http or https address without a user name"),
        ("https://models.example:99999/x", "must be an http or https address"),
        ("https://a%2eb/x", "must be an http or https address"),
        (f"https://{'a' * 70}.example/x", "must be an http or https address"),
        ("https://[::1/x", "redirected to what is no address"),
        ("http://models.example/x.tar.gz", r"is refused: it must be an https address.*=http://models\.example takes"),
        ("http://[::1]/x.tar.gz", "is refused: it must be an https address"),
        ("https://[::1]/x.tar.gz", "is refused: ::1 lies in a private network"),
        ("https://169.254.169.254/latest", r"private network.*set BERT_KERAS_PRIVATE_HOSTS=169\.254\.169\.254"),
        ("https://2130706433/x.tar.gz", r"2130706433 \(127\.0\.0\.1\) lies in a private network"),
        ("https://localhost/x.tar.gz", r"localhost \((127\.0\.0\.1|::1)\) lies in a private network"),
        ("//0.0.0.0/x.tar.gz", "is refused: it must be an https address"),
    ],
)
def test_redirects_to_what_may_not_be_asked_are_refused(site, tmp_path, location, match):
    site.answers["/m.tar.gz"] = redirect(location)
    with pytest.raises(DownloadError, match=match) as caught:
        get(site, tmp_path)
    assert "word" not in str(caught.value)


def test_a_redirect_to_nowhere(site, tmp_path):
    site.answers["/m.tar.gz"] = Answer(status=302)
    with pytest.raises(DownloadError, match="answered 302 and named no address"):
        get(site, tmp_path)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (Answer(b"no", 403), "/m.tar.gz answered 403 Forbidden"),
        (Answer(b"no", 404), "answered 404 Not Found"),
        (Answer(b"no", 500), "answered 500 Internal Server Error"),
        (Answer(b"no", 503), "answered 503 Service Unavailable"),
        (Answer(ARCHIVE, 206), "answered 206 Partial Content"),
        (Answer(b"<p>", headers={"Content-Type": "text/html; charset=utf-8"}), "answered with a web page"),
        (Answer(b"\n<!DOCTYPE html>"), "answered with a web page"),
        (Answer(b"{}"), "answered with not a gzip file, not with"),
        (Answer(b""), "broke off after 0 of 0 bytes"),
        (Answer(ARCHIVE[:99], announced=len(ARCHIVE)), f"broke off after 99 of {len(ARCHIVE)} bytes"),
        (Answer(ARCHIVE, announced=1 << 40), "announced 1099511627776 bytes, more than the 1048576 allowed"),
    ],
)
def test_bad_answers_say_what_came_and_leave_no_file(site, tmp_path, answer, match):
    site.answers["/m.tar.gz"] = answer
    with pytest.raises(DownloadError, match=match):
        get(site, tmp_path)


def test_more_bytes_than_allowed_without_an_announcement(site, tmp_path):
    site.answers["/m.tar.gz"] = Answer(ARCHIVE, announced=0, headers={"Transfer-Encoding": "chunked"})
    chunk = b"\x1f\x8b" + bytes(0xFFFE)
    site.answers["/m.tar.gz"].body = (b"10000\r\n" + chunk + b"\r\n") * 3 + b"0\r\n\r\n"
    with pytest.raises(DownloadError, match="sent more than the 100000 bytes allowed"):
        get(site, tmp_path, max_bytes=100_000)


def test_a_broken_chunked_answer(site, tmp_path):
    site.answers["/m.tar.gz"] = Answer(b"10000\r\n\x1f\x8b", headers={"Transfer-Encoding": "chunked"})
    with pytest.raises(DownloadError, match="broke off the download"):
        get(site, tmp_path)


def test_no_answer_in_time(site, tmp_path):
    site.answers["/m.tar.gz"] = Answer(ARCHIVE, before=site.hang)
    with pytest.raises(DownloadError, match=r"/m.tar.gz did not answer for 0\.2 seconds"):
        get(site, tmp_path, timeout=0.2)


def test_nobody_listens(site, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/x.tar.gz"
        with pytest.raises(DownloadError, match=f"{address} cannot be reached: .*refused"):
            fetch(address, str(tmp_path / "packed"), 1 << 20)
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_not_overwritten(site, tmp_path):
    (tmp_path / "there").write_bytes(b"mine")
    site.answers["/m.tar.gz"] = Answer(ARCHIVE)
    with pytest.raises(FileExistsError, match="there"):
        fetch(site.address + "/m.tar.gz", str(tmp_path / "there"), 1 << 20)
    assert (tmp_path / "there").read_bytes() == b"mine"


# The mirror ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://tfhub.dev/a/b/1?tf-hub-format=compressed", "http://m.example:81/hub/a/b/1?tf-hub-format=compressed"),
        ("https://www.kaggle.com/api/v1/models/a", "http://m.example:81/hub/api/v1/models/a"),
        ("https://storage.googleapis.com/a/b.tar.gz", "https://storage.googleapis.com/a/b.tar.gz"),
        ("https://tfhub.dev.example/a/b/1", "https://tfhub.dev.example/a/b/1"),
    ],
)
def test_the_mirror_stands_for_tfhub_and_kaggle(monkeypatch, url, expected):
    monkeypatch.setenv("BERT_KERAS_MIRROR", "http://m.example:81/hub/")
    assert mirrored(url) == expected
    monkeypatch.delenv("BERT_KERAS_MIRROR")
    assert mirrored(url) == url


@pytest.mark.parametrize("mirror", ["m.example", "ftp://m.example", "http://", "https://m.example/?a=b"])
def test_a_bad_mirror_is_named(monkeypatch, mirror):
    monkeypatch.setenv("BERT_KERAS_MIRROR", mirror)
    with pytest.raises(ValueError, match="`BERT_KERAS_MIRROR` must be an address like https://host/prefix"):
        mirrored("https://tfhub.dev/a/b/1")


def test_a_redirect_to_kaggle_goes_to_the_mirror_too(site, tmp_path, monkeypatch):
    monkeypatch.setenv("BERT_KERAS_MIRROR", site.address)
    site.answers["/a/b/1"] = redirect("https://www.kaggle.com/api/v1/models/a/b")
    site.answers["/api/v1/models/a/b"] = Answer(ARCHIVE)
    assert fetch("https://tfhub.dev/a/b/1", str(tmp_path / "packed"), 1 << 20).num_bytes == len(ARCHIVE)
    assert [path for path, _ in site.requests] == ["/a/b/1", "/api/v1/models/a/b"]


# Kaggle's credentials --------------------------------------------------------------------------------------------

BASIC = {"Authorization": "Basic YW5uYTprZXkx"}  # base64 of anna:key1


@pytest.fixture
def anna(monkeypatch, tmp_path):
    monkeypatch.setenv("KAGGLE_USERNAME", "anna")
    monkeypatch.setenv("KAGGLE_KEY", "key1")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.kaggle.com/api/v1/models/a", BASIC),
        ("https://kaggle.com/models/a", BASIC),
        ("http://www.kaggle.com/api/v1/models/a", {}),
        ("https://tfhub.dev/a/b/1", {}),
        ("https://storage.googleapis.com/kaggle.com", {}),
        ("https://notkaggle.com/a", {}),
        ("https://www.kaggle.com.example/a", {}),
        ("https://www.kaggle.com@models.example/a", {}),
    ],
)
def test_credentials_are_for_kaggle_only(anna, url, expected):
    assert authorization(url) == expected


def test_credentials_from_the_file(monkeypatch, tmp_path):
    monkeypatch.delenv("KAGGLE_USERNAME", raising=False)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    assert authorization("https://www.kaggle.com/a") == {}
    (tmp_path / "kaggle.json").write_text(json.dumps({"username": "anna", "key": "key1"}))
    assert authorization("https://www.kaggle.com/a") == BASIC
    monkeypatch.delenv("KAGGLE_CONFIG_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    (tmp_path / "kaggle.json").rename(tmp_path / "home" / ".kaggle" / "kaggle.json")
    assert authorization("https://www.kaggle.com/a") == BASIC


@pytest.mark.parametrize("content", ["{", "[]", '{"username": "anna"}'])
def test_a_damaged_credentials_file_is_named(monkeypatch, tmp_path, content):
    monkeypatch.delenv("KAGGLE_USERNAME", raising=False)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "kaggle.json").write_text(content)
    with pytest.raises(ValueError, match=r"`kaggle\.json` must hold .*Make a new API key"):
        authorization("https://www.kaggle.com/a")


def test_no_other_host_sees_the_credentials_neither_mirror_nor_redirect(site, tmp_path, monkeypatch, anna):
    monkeypatch.setenv("BERT_KERAS_MIRROR", site.address)
    site.answers["/api/v1/models/a"] = redirect(site.address + "/signed.tar.gz")
    site.answers["/signed.tar.gz"] = Answer(ARCHIVE)
    fetch("https://www.kaggle.com/api/v1/models/a", str(tmp_path / "packed"), 1 << 20)
    assert len(site.requests) == 2
    assert not any("Authorization" in headers for _, headers in site.requests)


def test_each_hop_is_asked_with_its_own_headers(site, tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "authorization", lambda url: BASIC if url.endswith("/kaggle") else {})
    site.answers["/kaggle"] = redirect("/elsewhere")
    site.answers["/elsewhere"] = Answer(ARCHIVE)
    get(site, tmp_path, "/kaggle")
    assert [headers.get("Authorization") for _, headers in site.requests] == [BASIC["Authorization"], None]


# Buckets and progress --------------------------------------------------------------------------------------------


def test_bucket_of_reads_the_body_of_a_303_also_behind_a_redirect(site):
    site.answers["/first"] = redirect("/second")
    site.answers["/second"] = redirect("https://example.org/page", 303, b"gs://tfhub-modules/a/b/1\n")
    assert bucket_of(site.address + "/first") == "gs://tfhub-modules/a/b/1"


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (Answer(b"gs://x/y"), "answered 200 OK where a gs:// address was asked for"),
        (Answer(b"no", 403), "answered 403 Forbidden where a gs:// address was asked for"),
        (redirect("/a", 303, b"/etc/passwd"), "redirected more than 10 times"),
    ],
)
def test_bucket_of_refuses_other_answers(site, answer, match):
    site.answers["/a"] = answer
    with pytest.raises(DownloadError, match=match):
        bucket_of(site.address + "/a")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_for_terminals_only(site, tmp_path, monkeypatch, capsys):
    site.answers["/m.tar.gz"] = Answer(b"\x1f\x8b" + bytes(250_000))
    get(site, tmp_path)
    assert capsys.readouterr().err == ""
    (tmp_path / "packed").unlink()
    monkeypatch.setattr("sys.stderr", Terminal())
    get(site, tmp_path)
    assert downloading.sys.stderr.getvalue() == f"\r{site.address}/m.tar.gz: 0.3 of 0.3 MB\n"
