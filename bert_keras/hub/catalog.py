"""The catalogue of TF-Hub's BERT encoders: what is published, under which name, in which form.

It reads `hub_handles.json`, the facts that the published documents state; what they do not state is None here.
Language and lower-casing are read from the published names. No TensorFlow is imported.
"""

import functools
import json
import os
import pathlib
import re
from typing import Any

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.hub.catalog_entry import LANGUAGES, CatalogEntry, catalog_entry, sample_entry
from bert_keras.hub.folders import ARCHIVE_ENDINGS
from bert_keras.hub.kaggle import kaggle_parts, tfhub_name
from bert_keras.hub.other_model import other_model

HANDLES_FILE = pathlib.Path(__file__).with_name("hub_handles.json")
TFHUB = "https://tfhub.dev/"
ADVICE = "`bert-keras encoders` lists them all."
_PREPROCESSOR = "That is a preprocessor: encoders name theirs, or pass it as load_encoder(…, preprocessor=…)."


@checks.answers(**foreign_names("list_encoders"))
def list_encoders(
    language: str | None = None, trainable: bool | None = None, newest_only: bool = False
) -> list[CatalogEntry]:
    """The catalogue, sorted by handle, tensorflow's own encoders first.

    Args:
        language: only those of this language: 'en', 'ko', 'multilingual' or 'zh'.
        trainable: True for those that can be fine-tuned, False for the frozen ones.
        newest_only: only the newest version of each.
    """
    if language is not None:
        checks.one_of("language", language, LANGUAGES)
    if trainable is not None:
        checks.boolean("trainable", trainable)
    checks.boolean("newest_only", newest_only)
    newest = {(entry.publisher, entry.name): entry.version for entry in _entries()}  # sorted: the last one is kept
    return [
        entry
        for entry in _entries()
        if (language is None or entry.language == language)
        and (trainable is None or entry.trainable is trainable)
        and (not newest_only or entry.version == newest[entry.publisher, entry.name])
    ]


def find_encoder(name: str, version: int | None = None) -> CatalogEntry:
    """The entry of a name, the newest version unless one is given.

    Args:
        name: 'bert_en_uncased_L-12_H-768_A-12', with or without publisher ('tensorflow/…', which is preferred) and
            version ('…/3'), or its https://tfhub.dev address; 'sample' for the sample encoder.
        version: tfhub.dev's number.

    Raises:
        ValueError: no such name or version; the text names the nearest.

    >>> find_encoder("small_bert/bert_en_uncased_L-2_H-128_A-2").handle
    'tensorflow/small_bert/bert_en_uncased_L-2_H-128_A-2/2'
    """
    if not isinstance(name, str):
        raise TypeError(checks.message("name", "be a str", name))
    plain, in_name = _split_version("sample/all-MiniLM-L6-v2" if name == "sample" else name)
    if version is not None:
        checks.integer("version", version, 1)
        if in_name not in (None, version):
            raise ValueError(checks.message("version", f"be the one in the name, {in_name}", version))
    number = version or in_name
    namesakes = [entry for entry in _entries() if plain in (entry.name, f"{entry.publisher}/{entry.name}")]
    if not namesakes:
        raise ValueError(checks.message("name", "be an encoder of the catalogue", name, advice(plain)))
    versions = {entry.version: entry for entry in namesakes if entry.publisher == namesakes[0].publisher}
    if number is None:
        return versions[max(versions)]
    if number not in versions:
        must = f"be one that '{plain}' has, {', '.join(map(str, versions))}"
        raise ValueError(checks.message("version", must, number))
    return versions[number]


def named_encoder(handle: str) -> CatalogEntry | None:
    """The entry that a handle names; None where it is an address, or a path as it begins, ends or is there.

    Raises:
        ValueError: as `find_encoder`.
    """
    exists = os.path.exists(os.path.expanduser(handle))
    if (
        exists
        or "://" in handle
        or kaggle_parts(handle)
        or handle.startswith((".", "/", "~"))
        or handle.endswith(ARCHIVE_ENDINGS)
    ):
        return None
    try:
        return find_encoder(handle)
    except ValueError as error:
        raise ValueError(f"{error} There is no folder or archive of that name here either.") from None


def known_encoder(handle: str) -> CatalogEntry | None:
    """The entry of a full handle, 'publisher/name/version' or its tfhub.dev address; None for any other text.

    Kaggle counts versions in its own way, so one of its handles gives the newest entry of the name.
    """
    text = handle.removeprefix(TFHUB).partition("?")[0].strip("/")
    parts = kaggle_parts(handle)
    if parts is not None:
        name = tfhub_name(parts, _names())
        return None if name is None else find_encoder(name)
    return next((entry for entry in _entries() if entry.handle == text), None)


def check_address(handle: str) -> None:
    """Refuses, before anything is fetched, an address or Kaggle's handle of what is known to be no encoder.

    Raises:
        ValueError: saying what it is.
    """
    parts = kaggle_parts(handle)
    if not handle.startswith(TFHUB) and parts is None:
        return
    plain = _split_version(handle)[0] if parts is None else "/".join(parts)
    is_known = any(record["handle"] == plain for record in _records())
    said = _PREPROCESSOR if plain.endswith("preprocess") or "preprocess/" in plain else ""
    said = said or ("" if is_known else other_model(plain))
    if said:
        raise ValueError(checks.message("handle", "name an encoder", handle, f"{said} {ADVICE}"))


def versions_of(name: str) -> list[int]:
    """The versions of 'publisher/name' that were published on tfhub.dev; none of a name that is not the catalogue's."""
    return [record["version"] for record in _records() if record["handle"] == name]


def successor_of(entry: CatalogEntry) -> str | None:
    """The name of the encoder in TF2 that a TF1 module's is; None where the catalogue has none."""
    name = re.sub(r"^(small_bert/|mobilebert/|)(bert_|)(un)?cased_", _in_english, entry.name)
    name = name.replace("bert_chinese_", "bert_zh_").replace("albert_", "albert_en_")
    return f"tensorflow/{name}" if entry.publisher == "google" and f"tensorflow/{name}" in _names() else None


def _in_english(match: re.Match) -> str:
    folder, _, un = match.groups("")
    return f"mobilebert_en_{un}cased_" if folder == "mobilebert/" else f"{folder}bert_en_{un}cased_"


def preprocessor_url(handle: str | os.PathLike) -> str:
    """What `bk.hub.resolve` takes for a preprocessing model: a name of the catalogue becomes its address.

    A name is 'tensorflow/bert_en_uncased_preprocess', or without publisher, or with its version.
    """
    text = os.fspath(handle)
    if os.path.exists(os.path.expanduser(text)) or "://" in text:
        return text
    plain, version = _split_version(text)
    found = [
        r for r in _records() if r["kind"] == "preprocessor" and plain in (r["handle"], r["handle"].partition("/")[2])
    ]
    versions = [record["version"] for record in found]
    if not found:
        return text
    if version not in (None, *versions):
        must = f"have a version that '{plain}' has, {', '.join(map(str, versions))}"
        raise ValueError(checks.message("preprocessor", must, text))
    return f"{TFHUB}{found[0]['handle']}/{version or max(versions)}"


def handle_url(entry: CatalogEntry) -> str:
    """The address that `bk.hub.resolve` takes: https://tfhub.dev/publisher/name/version."""
    if entry.sample:
        why = "The sample encoder is made on this machine."
        raise ValueError(checks.message("entry", "be a published encoder", entry.handle, why))
    return TFHUB + entry.handle


def preprocessor_of(entry: CatalogEntry) -> str | None:
    """The address of the matching preprocessor, or None where the catalogue names none."""
    return TFHUB + entry.preprocessor if entry.preprocessor else None


def lower_case_of(entry: CatalogEntry) -> bool | None:
    """Whether its text is lower-cased, as far as the names of encoder and preprocessor tell; None where they do not.

    The SavedModel's own `do_lower_case` goes before this.
    """
    if re.match(r"albert_", entry.name):
        return True
    for text in (entry.name, entry.preprocessor or ""):
        if "uncased" in text or "MiniLM" in text:
            return True
        if "cased" in text:
            return False
    return None


@functools.cache
def _entries() -> tuple[CatalogEntry, ...]:
    """Sorted: tensorflow's first, then by publisher, name and version."""
    entries = [catalog_entry(record) for record in _records() if record["kind"] == "encoder"] + [sample_entry()]
    return tuple(sorted(entries, key=lambda e: (e.publisher != "tensorflow", e.publisher, _natural(e.name), e.version)))


def _names() -> list[str]:
    """'publisher/name' of each encoder."""
    return list(dict.fromkeys(f"{entry.publisher}/{entry.name}" for entry in _entries()))


@functools.cache
def _records() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(HANDLES_FILE.read_text(encoding="utf-8")))


def _natural(name: str) -> list[tuple[int, str]]:
    """A sort key that puts L-2 before L-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _split_version(name: str) -> tuple[str, int | None]:
    """'tensorflow/x/3' → ('tensorflow/x', 3); the address of tfhub.dev and its query are cut off."""
    plain = name.removeprefix(TFHUB).partition("?")[0].strip("/")
    front, _, last = plain.rpartition("/")
    return (front, int(last)) if front and last.isdecimal() else (plain, None)


def _is_preprocessor(plain: str) -> bool:
    handles = (plain, "tensorflow/" + plain)
    return any(record["kind"] == "preprocessor" and record["handle"] in handles for record in _records())


def advice(plain: str) -> str:
    """What to say of a name that the catalogue does not have: the nearest ones, and how to see them all."""
    if _is_preprocessor(plain):
        return f"{_PREPROCESSOR} {ADVICE}"
    return " ".join(part for part in (other_model(plain) or _near(plain), ADVICE) if part)


def _near(plain: str) -> str:
    """'Did you mean …?': the names that end so (small_bert/… left out, another case), or else the nearest spellings."""
    names = list(dict.fromkeys(entry.name for entry in _entries()))
    below = [name for name in names if f"/{name}".lower().endswith(f"/{plain}".lower())]
    if plain and below:
        return "Did you mean " + " or ".join(f"'{name}'" for name in below[:3]) + "?"
    if "/" in plain:
        names += [f"{entry.publisher}/{entry.name}" for entry in _entries()]
    return checks.did_you_mean(plain, names)
