"""`read_tokenizer`: the WordPiece tokenizer of a Hugging Face folder, with the ids that its files say."""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.encoders.huggingface.native_arguments import bad_folder, read_json
from bert_keras.text.huggingface_rules import rules_of
from bert_keras.text.tokenizer import HUGGING_FACE, TF_HUB, Tokenizer
from bert_keras.text.vocabulary import MASK_PIECE, REQUIRED_PIECES, UNKNOWN_PIECE, Vocabulary
from bert_keras.text.vocabulary_content import kept_vocabulary
from bert_keras.text.word_rules import WordRules

WHOLE, SETTINGS, VOCABULARY = "tokenizer.json", "tokenizer_config.json", "vocab.txt"
_CLASSES = ("BertTokenizer", "BertTokenizerFast")  # they put what SETTINGS says in place of what WHOLE says
_FLAGS = {
    "do_lower_case": "lower_case",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "chinese_characters",
}
_KNOWN = (*REQUIRED_PIECES, MASK_PIECE)
_REMEDY = "Pass vocab_file=… and lower_case=… to leave the folder's tokenizer out."


class NoWordPieceError(ValueError):
    """The folder's tokenizer is of another kind than WordPiece."""


def read_tokenizer(folder: pathlib.Path, rows: int, lower_case: bool | None = None) -> Tokenizer | None:
    """The tokenizer of `tokenizer.json`, or of `vocab.txt` and `tokenizer_config.json`; None where there is neither.

    Words are those of Hugging Face's BertNormalizer, but where `tokenizer.json` spells out TF-Hub's rules, as that of
    `bk.export` does. Special pieces that stand in a text are text.

    Args:
        folder: with the files.
        rows: of the encoder's word table.
        lower_case: goes before what the files say.

    Raises:
        NoWordPieceError: a ValueError, for a tokenizer of another kind.
        ValueError: for files that are damaged or contradict each other, settings and added tokens that are not obeyed
            here, and a vocabulary of another length than the word table.
    """
    settings = read_json(folder / SETTINGS) if (folder / SETTINGS).is_file() else {}
    if (folder / WHOLE).is_file():
        pieces, rules, longest = _of_whole(folder, read_json(folder / WHOLE), settings)
    elif (folder / VOCABULARY).is_file():
        pieces, rules, longest = *_of_vocabulary(folder, settings, lower_case), 100
    else:
        return None
    _check_settings(folder, settings, pieces)
    if lower_case is not None:
        strips = lower_case if rules.strip_accents == rules.lower_case else rules.strip_accents
        rules = WordRules(lower_case, rules.huggingface, strips, rules.chinese_characters)
    if len(pieces) > rows:
        must = f"hold a vocabulary of at most {rows:,} pieces, the rows of its word table"
        raise ValueError(bad_folder(folder, must, f"Its vocabulary has {len(pieces):,}. {_REMEDY}"))
    if len(pieces) < rows:
        checks.warn(f"The word table of '{folder.name}' has {rows:,} rows and its vocabulary {len(pieces):,} pieces.")
    path = kept_vocabulary(Vocabulary(tuple(pieces)).content())
    if not rules.huggingface:
        return Tokenizer(path, rules.lower_case, normalization=TF_HUB)
    return Tokenizer(
        path,
        rules.lower_case,
        normalization=HUGGING_FACE,
        strip_accents=rules.strip_accents,
        chinese_characters=rules.chinese_characters,
        longest_word=longest,
    )


def stated_length(folder: pathlib.Path) -> int | None:
    """The most tokens of a row that the tokenizer's files say; None where they say none."""
    whole = read_json(folder / WHOLE) if (folder / WHOLE).is_file() else {}
    settings = read_json(folder / SETTINGS) if (folder / SETTINGS).is_file() else {}
    truncation = whole.get("truncation")
    stated = [settings.get("model_max_length"), truncation.get("max_length") if isinstance(truncation, dict) else None]
    numbers = [number for number in stated if isinstance(number, int) and not isinstance(number, bool) and number > 2]
    return min(numbers, default=None)


def _of_whole(
    folder: pathlib.Path, whole: dict[str, Any], settings: dict[str, Any]
) -> tuple[list[str], WordRules, int]:
    model = whole.get("model")
    kind = (
        model.get("type", "WordPiece" if "continuing_subword_prefix" in model else None)
        if isinstance(model, dict)
        else None
    )
    if kind != "WordPiece":
        must = f"hold a WordPiece tokenizer in {WHOLE}"
        raise NoWordPieceError(bad_folder(folder, must, f"Its model is {kind!r:.60}. {_REMEDY}"))
    prefix, unknown = model.get("continuing_subword_prefix", "##"), model.get("unk_token", UNKNOWN_PIECE)
    if (prefix, unknown) != ("##", UNKNOWN_PIECE):
        must = f"hold a {WHOLE} whose pieces within words begin with '##' and whose unknown word is '{UNKNOWN_PIECE}'"
        raise ValueError(bad_folder(folder, must, f"They are {prefix!r:.40} and {unknown!r:.40}. {_REMEDY}"))
    longest = model.get("max_input_chars_per_word", 100)
    if type(longest) is not int or longest < 1:
        must = f"hold a {WHOLE} with a whole number, 1 or more, as max_input_chars_per_word"
        raise ValueError(bad_folder(folder, must, f"It is {longest!r:.40}."))
    pieces = _in_order(folder, model.get("vocab"))
    for added in whole.get("added_tokens") or []:
        _check_added(folder, added if isinstance(added, dict) else {}, pieces, WHOLE)
    rules = rules_of(whole.get("normalizer"), whole.get("pre_tokenizer"))
    if rules is None:
        must = f"hold a {WHOLE} with BertNormalizer (clean_text=true) and BertPreTokenizer"
        says = ", ".join(f"{name} is {_named(whole.get(name))}" for name in ("normalizer", "pre_tokenizer"))
        raise ValueError(bad_folder(folder, must, f"Its {says}. {_REMEDY}"))
    if settings.get("tokenizer_class") in _CLASSES and rules.huggingface:
        rules = _changed(folder, rules, settings)
    return pieces, rules, longest


def _of_vocabulary(
    folder: pathlib.Path, settings: dict[str, Any], lower_case: bool | None
) -> tuple[list[str], WordRules]:
    if lower_case is None and "do_lower_case" not in settings:
        must = f"be given, as there is no {WHOLE}, and no {SETTINGS} with do_lower_case"
        advice = "Pass lower_case=True for an uncased model, --uncased or --cased on the command line."
        raise ValueError(checks.message("lower_case", must, None, advice))
    rules = _changed(folder, WordRules(bool(lower_case), True, bool(lower_case)), settings)
    return list(Vocabulary.read(folder / VOCABULARY).pieces), rules


def _changed(folder: pathlib.Path, rules: WordRules, settings: dict[str, Any]) -> WordRules:
    """The rules with what the settings say of them."""
    said = {ours: settings[theirs] for theirs, ours in _FLAGS.items() if theirs in settings}
    for theirs, ours in _FLAGS.items():
        if ours in said and not isinstance(said[ours], bool) and (theirs != "strip_accents" or said[ours] is not None):
            must = f"hold a {SETTINGS} whose {theirs} is true or false"
            raise ValueError(bad_folder(folder, must, f"It is {said[ours]!r:.40}."))
    lower_case = said.get("lower_case", rules.lower_case)
    accents = said.get("strip_accents", None if "lower_case" in said else rules.strip_accents)
    strips = lower_case if accents is None else accents
    return WordRules(lower_case, True, strips, said.get("chinese_characters", rules.chinese_characters))


def _in_order(folder: pathlib.Path, vocabulary: Any) -> list[str]:
    numbers = list(vocabulary.values()) if isinstance(vocabulary, dict) else [None]
    if any(type(number) is not int for number in numbers) or sorted(numbers) != list(range(len(numbers))):
        must = f"hold in {WHOLE} a vocabulary whose ids are 0 and up, each once"
        count = len(vocabulary) if isinstance(vocabulary, dict) else "no object"
        raise ValueError(bad_folder(folder, must, f"It has {count} entries."))
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    bad = next((piece for piece in pieces if not piece or "\n" in piece), None)
    missing = [piece for piece in REQUIRED_PIECES if piece not in vocabulary]
    if bad is not None or missing:
        must = f"hold in {WHOLE} a vocabulary with {', '.join(REQUIRED_PIECES)}, and no empty piece"
        raise ValueError(
            bad_folder(folder, must, f"It has not {', '.join(missing)}." if missing else f"It has {bad!r}.")
        )
    return pieces


def _check_added(folder: pathlib.Path, added: dict[str, Any], pieces: list[str], file: str) -> None:
    """Raises ValueError for a token that texts are parted at and that is no special piece of BERT."""
    content, number = added.get("content"), added.get("id")
    is_piece = isinstance(number, int) and 0 <= number < len(pieces) and pieces[number] == content
    if content in _KNOWN and is_piece:
        return
    must = f"have no added tokens beside {', '.join(_KNOWN)}, as texts are not parted at others here"
    raise ValueError(bad_folder(folder, must, f"{file} adds {content!r:.60} with the id {number!r:.20}. {_REMEDY}"))


def _check_settings(folder: pathlib.Path, settings: dict[str, Any], pieces: list[str]) -> None:
    """Raises ValueError for what the settings say and nothing here obeys."""
    decoder = settings.get("added_tokens_decoder")
    for number, added in (decoder if isinstance(decoder, dict) else {}).items():
        entry = added if isinstance(added, dict) else {}
        _check_added(folder, {**entry, "id": int(number) if str(number).isdecimal() else number}, pieces, SETTINGS)
    if (folder / "added_tokens.json").is_file():
        for content, number in read_json(folder / "added_tokens.json").items():
            _check_added(folder, {"content": content, "id": number}, pieces, "added_tokens.json")
    refused = {
        "do_basic_tokenize": settings.get("do_basic_tokenize", True) is not True,
        "never_split": bool(settings.get("never_split")),
        "truncation_side": settings.get("truncation_side", "right") != "right",
        "wordpieces_prefix": settings.get("wordpieces_prefix", "##") != "##",
    }
    for name in (name for name, is_other in refused.items() if is_other):
        must = f"hold a {SETTINGS} without {name}={settings[name]!r:.60}, which is not obeyed here"
        raise ValueError(bad_folder(folder, must, _REMEDY))


def _named(part: Any) -> str:
    if not isinstance(part, dict):
        return "not there"
    flags = {name: value for name, value in part.items() if name != "type" and isinstance(value, (bool, type(None)))}
    return os.fspath(str(part.get("type"))) + (f" {flags}" if flags else "")
