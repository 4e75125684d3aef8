"""A cache that other users of the machine could change is refused."""

import os

import pytest
from archive_making import MODEL_FILES

from bert_keras.encoders.sample_encoder import sample_encoder
from bert_keras.hub.downloads.check_owner import check_owner
from bert_keras.hub.resolving import resolve

pytestmark = pytest.mark.skipif(os.name == "nt", reason="folders of Windows have no mode bits")
BERT = "https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4"
PLACE = "tensorflow/bert_en_uncased_L-12_H-768_A-12/4"


@pytest.fixture
def cached(tmp_path):
    """A cache with a model."""
    tmp_path.chmod(0o755)
    for name, content in MODEL_FILES.items():
        file = tmp_path / "outer" / "cache" / PLACE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "outer" / "cache"


@pytest.mark.parametrize("where", [".", "..", "tensorflow", PLACE])
@pytest.mark.parametrize(("mode", "who"), [(0o777, "all users"), (0o757, "all users"), (0o775, "the group of number")])
def test_what_others_can_write_is_refused(cached, monkeypatch, where, mode, who):
    found = resolve(BERT, cached)
    assert found == str(cached / PLACE)
    (cached / where).chmod(mode)
    if mode == 0o775:
        stated = os.stat

        def of_another_group(path, **options):
            own = list(stated(path, **options))
            own[5] = own[4] + 1  # the group's number
            return os.stat_result(own)

        monkeypatch.setattr(os, "stat", of_another_group)
    with pytest.raises(
        ValueError, match=rf"`cache_dir` must be a folder that nobody else can write.*{who}.*chmod go-w"
    ):
        resolve(BERT, cached)


def test_the_users_own_group_may_write(cached, monkeypatch):
    cached.chmod(0o775)
    monkeypatch.setattr(os, "geteuid", lambda: cached.stat().st_uid)
    if cached.stat().st_gid != cached.stat().st_uid:
        pytest.skip("the group of this user has another number")
    check_owner(str(cached))


def test_a_folder_of_another_user_is_refused(cached, monkeypatch):
    owner = cached.stat().st_uid
    if owner == 0:
        pytest.skip("an administrator's folders are everyone's to read")
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(ValueError, match=rf"belongs to another user, number {owner}\..*BERT_KERAS_CACHE"):
        resolve(BERT, cached)


def test_an_administrator_does_not_take_a_users_folder(cached, monkeypatch):
    stated = os.stat

    def of_a_user(path, **options):
        own = list(stated(path, **options))
        own[4] = 4321 if str(path) == str(cached) else 0
        return os.stat_result(own)

    monkeypatch.setattr(os, "stat", of_a_user)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ValueError, match=r"belongs to another user, number 4321\."):
        check_owner(str(cached))


def test_a_link_is_followed_to_what_it_leads_to(cached, tmp_path):
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "private").symlink_to(tmp_path / "open")
    with pytest.raises(ValueError, match=r"open' can be written by all users"):
        check_owner(str(tmp_path / "private"))


def test_above_the_folder_a_sticky_one_will_do_and_the_folder_itself_may_not_be_one(cached):
    cached.parent.chmod(0o1777)
    assert resolve(BERT, cached)
    cached.chmod(0o1777)
    with pytest.raises(ValueError, match="can be written by all users"):
        resolve(BERT, cached)


def test_what_tensorflow_hub_fetched_and_the_sample_are_looked_at_too(cached, monkeypatch):
    cached.chmod(0o777)
    for ask in (lambda: sample_encoder(cached), lambda: resolve("https://tfhub.dev/a/b/1", cached)):
        with pytest.raises(ValueError, match="nobody else can write"):
            ask()
