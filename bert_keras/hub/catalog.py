"""The catalogue of TF-Hub's BERT encoders: what is published, under which name, in which form.

It reads `hub_handles.json`, the facts that the published documents state; what they do not state is None here.
Language and lower-casing are read from the published names. No TensorFlow is imported.
"""

import dataclasses
import functools
import json
import os
import pathlib
import re
from typing import Any

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.hub.folders import ARCHIVE_ENDINGS

HANDLES_FILE = pathlib.Path(__file__).with_name("hub_handles.json")
TFHUB = "https://tfhub.dev/"
LANGUAGES = ("en", "ko", "multilingual", "zh")
ADVICE = "`bert-keras encoders` lists them all."

# The lines of Google's published vocabulary files.
UNCASED, CASED, CHINESE, MULTI_CASED, ALBERT = 30_522, 28_996, 21_128, 119_547, 30_000
POSITIONS, SEGMENTS, ALBERT_EMBEDDING = 512, 2, 128

# Names whose network is BERT's or ALBERT's with one of these vocabularies: the sizes give the number of parameters.
_FAMILIES = (
    (r"tensorflow/albert_en_.*", ALBERT),
    (r"tensorflow/(small_bert/)?bert_en_(wwm_)?uncased_L-.*|tensorflow/lambert_en_uncased_L-.*", UNCASED),
    (r"google/(small_bert/)?bert_uncased_L-.*|sample/all-MiniLM-L6-v2", UNCASED),
    (r"tensorflow/bert_en_(wwm_)?cased_L-.*|google/bert_cased_L-.*", CASED),
    (r"tensorflow/bert_zh_L-.*|google/bert_chinese_L-.*", CHINESE),
    (r"(tensorflow|google)/bert_multi_cased_L-.*", MULTI_CASED),
)
# What users of another hub type first.
_HUGGING_FACE_NAMES = {
    "bert-base-uncased": "bert_en_uncased_L-12_H-768_A-12",
    "bert-base-cased": "bert_en_cased_L-12_H-768_A-12",
    "bert-large-uncased": "bert_en_uncased_L-24_H-1024_A-16",
    "bert-large-cased": "bert_en_cased_L-24_H-1024_A-16",
    "bert-base-chinese": "bert_zh_L-12_H-768_A-12",
    "bert-base-multilingual-cased": "bert_multi_cased_L-12_H-768_A-12",
}
# The first that is found in publisher/name, or in the preprocessor's name, tells the language.
_LANGUAGE_MARKS = (
    (r"klue|kobert", "ko"),
    (r"_zh_|chinese", "zh"),
    (r"multi|LaBSE|MuRIL|mBERT|_de_en|_en_de", "multilingual"),
    (
        r"_en_|/en-|google/(small_bert/|mobilebert/)?(bert_)?(un)?cased|albert|electra|experts/bert|roberta24|MiniLM",
        "en",
    ),
)


@dataclasses.dataclass(frozen=True)
class CatalogEntry:
    """One version of one published encoder; None stands for what its publisher does not state.

    Args:
        publisher: the first part of the handle, such as 'tensorflow'.
        name: the parts between publisher and version, such as 'small_bert/bert_en_uncased_L-2_H-128_A-2'.
        version: tfhub.dev's number (Kaggle counts its own).
        num_layers: Transformer layers.
        hidden_size: as the publisher states it. MobileBERT says 128 and puts out 512.
        num_heads: attention heads a layer.
        parameters: of the encoder with its pooler and without a head, worked out from the sizes for BERT and ALBERT.
        vocabulary_size: where the family's vocabulary is known.
        vocabulary: 'vocab_file' (WordPiece) or 'sp_model' (SentencePiece) where the SavedModel carries one.
        language: one of LANGUAGES.
        dialect: 'dict', 'list' or 'TF1', the form in which it is called.
        trainable: False for TF1 modules, which can be used frozen only.
        preprocessor: handle of the matching preprocessor, with its version.
        has_mlm: whether it carries the masked language model's head.
        sample: True for the encoder that is made on this machine and not downloaded.
    """

    publisher: str
    name: str
    version: int
    num_layers: int | None
    hidden_size: int | None
    num_heads: int | None
    parameters: int | None
    vocabulary_size: int | None
    vocabulary: str | None
    language: str | None
    dialect: str | None
    trainable: bool | None
    preprocessor: str | None
    has_mlm: bool
    sample: bool = False

    @property
    def handle(self) -> str:
        """'publisher/name/version'."""
        return f"{self.publisher}/{self.name}/{self.version}"


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
    if exists or "://" in handle or handle.startswith((".", "/", "~")) or handle.endswith(ARCHIVE_ENDINGS):
        return None
    try:
        return find_encoder(handle)
    except ValueError as error:
        raise ValueError(f"{error} There is no folder or archive of that name here either.") from None


def known_encoder(handle: str) -> CatalogEntry | None:
    """The entry of a full handle, 'publisher/name/version' or its tfhub.dev address; None for any other text."""
    text = handle.removeprefix(TFHUB).partition("?")[0].strip("/")
    return next((entry for entry in _entries() if entry.handle == text), None)


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
    entries = [_entry(record) for record in _records() if record["kind"] == "encoder"] + [_sample()]
    return tuple(sorted(entries, key=lambda e: (e.publisher != "tensorflow", e.publisher, _natural(e.name), e.version)))


@functools.cache
def _records() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(HANDLES_FILE.read_text(encoding="utf-8")))


def _natural(name: str) -> list[tuple[int, str]]:
    """A sort key that puts L-2 before L-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _entry(record: dict[str, Any]) -> CatalogEntry:
    publisher, _, name = record["handle"].partition("/")
    vocabulary_size = next((size for pattern, size in _FAMILIES if re.fullmatch(pattern, record["handle"])), None)
    return CatalogEntry(
        publisher,
        name,
        **{field: record[field] for field in ("version", "num_layers", "hidden_size", "num_heads")},
        parameters=_parameters(record["handle"], record["num_layers"], record["hidden_size"], vocabulary_size),
        vocabulary_size=vocabulary_size,
        vocabulary=record["vocabulary"],
        language=_language(record["handle"], record["preprocessor"]),
        dialect=record["io"],
        trainable={"list": True, "dict": True, "TF1": False, None: None}[record["io"]],
        preprocessor=record["preprocessor"],
        has_mlm=record["has_mlm"],
    )


def _sample() -> CatalogEntry:
    record = {"handle": "sample/all-MiniLM-L6-v2", "version": 1, "io": "dict", "preprocessor": None, "has_mlm": False}
    sizes = {"num_layers": 6, "hidden_size": 384, "num_heads": 12, "vocabulary": "vocab_file"}
    return dataclasses.replace(_entry({**record, **sizes}), sample=True)


def _language(handle: str, preprocessor: str | None) -> str | None:
    marks = ((text, *mark) for text in (handle, preprocessor or "") for mark in _LANGUAGE_MARKS)
    return next((language for text, pattern, language in marks if re.search(pattern, text)), None)


def _parameters(handle: str, num_layers: int | None, width: int | None, vocabulary: int | None) -> int | None:
    """The weights of BERT (arXiv:1810.04805) or ALBERT (arXiv:1909.11942) with an inner width of 4 times its own."""
    if num_layers is None or width is None or vocabulary is None:
        return None
    attention = 4 * (width * width + width)
    feed_forward = 2 * 4 * width * width + 4 * width + width
    layer = attention + feed_forward + 2 * 2 * width  # and two layer norms
    pooler = width * width + width
    rows = vocabulary + POSITIONS + SEGMENTS + 2
    if "/albert" in handle:  # one layer shared by all, and a narrow embedding with a projection
        return rows * ALBERT_EMBEDDING + ALBERT_EMBEDDING * width + width + layer + pooler
    return rows * width + num_layers * layer + pooler


def _split_version(name: str) -> tuple[str, int | None]:
    """'tensorflow/x/3' → ('tensorflow/x', 3); the address of tfhub.dev and its query are cut off."""
    plain = name.removeprefix(TFHUB).partition("?")[0].strip("/")
    front, _, last = plain.rpartition("/")
    return (front, int(last)) if front and last.isdecimal() else (plain, None)


def advice(plain: str) -> str:
    """What to say of a name that the catalogue does not have: the nearest ones, and how to see them all."""
    if any(record["handle"] in (plain, "tensorflow/" + plain) for record in _records()):
        return f"That is a preprocessor; encoders name theirs. {ADVICE}"
    here = _HUGGING_FACE_NAMES.get(plain.rpartition("/")[2])
    near = f"Hugging Face's '{plain}' is '{here}' on TensorFlow Hub." if here else _near(plain)
    return " ".join(part for part in (near, ADVICE) if part)


def _near(plain: str) -> str:
    """'Did you mean …?': the names that end so (small_bert/… left out, another case), or else the nearest spellings."""
    names = list(dict.fromkeys(entry.name for entry in _entries()))
    below = [name for name in names if f"/{name}".lower().endswith(f"/{plain}".lower())]
    if plain and below:
        return "Did you mean " + " or ".join(f"'{name}'" for name in below[:3]) + "?"
    if "/" in plain:
        names += [f"{entry.publisher}/{entry.name}" for entry in _entries()]
    return checks.did_you_mean(plain, names)
