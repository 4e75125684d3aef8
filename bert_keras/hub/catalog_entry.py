"""`CatalogEntry`: one published encoder, of what its record states and what its name tells."""

import dataclasses
import re
from typing import Any

from bert_keras.hub.what_works import works_of

LANGUAGES = ("en", "ko", "multilingual", "zh")

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
        trains, tokenizes, heads, native: what works here, see `bk.hub.what_works.Works`; None: nothing is promised.
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
    trains: bool | None = None
    tokenizes: bool | None = None
    heads: tuple[str, ...] | None = None
    native: bool | None = None
    sample: bool = False

    @property
    def handle(self) -> str:
        """'publisher/name/version'."""
        return f"{self.publisher}/{self.name}/{self.version}"


def catalog_entry(record: dict[str, Any]) -> CatalogEntry:
    """The entry of a record of `hub_handles.json`."""
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
        **works_of(record["handle"], record["io"]),
    )


def sample_entry() -> CatalogEntry:
    """The entry of the encoder that is made on this machine."""
    record = {"handle": "sample/all-MiniLM-L6-v2", "version": 1, "io": "dict", "preprocessor": None, "has_mlm": False}
    sizes = {"num_layers": 6, "hidden_size": 384, "num_heads": 12, "vocabulary": "vocab_file"}
    return dataclasses.replace(catalog_entry({**record, **sizes}), sample=True)


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
