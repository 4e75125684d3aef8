"""`write_hf_tokenizer`: a `Tokenizer` as the files that Hugging Face's libraries read, with the same ids.

Of TF-Hub's rules `tokenizer.json` does not name BERT's usual normaliser, whose ids differ from TF-Hub's where
characters are folded, ignored or taken for spaces. It spells out what TF-Hub's preprocessing models do.
"""

import json
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.huggingface_rules import normalizer_of, pre_tokenizer_of
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.vocabulary import MASK_PIECE, UNKNOWN_PIECE

_NAMES = {"pad_token": "[PAD]", "unk_token": UNKNOWN_PIECE, "cls_token": "[CLS]", "sep_token": "[SEP]"}


def write_hf_tokenizer(
    tokenizer: BaseTokenizer,
    folder: pathlib.Path,
    seq_length: int,
    truncation: dict[str, Any] | None = None,
    with_masks: bool = False,
    fixed: bool = False,
) -> None:
    """Writes `tokenizer.json`, `tokenizer_config.json` and `vocab.txt` into a folder that exists.

    Ids are ours but for words of more than 100 bytes and no more than 100 characters, which are [UNK] here, and for
    some letters of rare scripts when text is lower-cased; tests/running/exporting/test_hf_tokenizer.py lists them.

    Args:
        tokenizer: ours.
        folder: where to.
        seq_length: the most tokens of a row.
        truncation: what of the entry "truncation" is not usual: `strategy` or `stride`.
        with_masks: whether [MASK] in a text is the mask. Other special pieces typed in a text are text.
        fixed: whether rows are padded to `seq_length`, and not to the longest of their batch.
    """
    if not isinstance(tokenizer, Tokenizer):
        must = "have a WordPiece vocabulary, for the tokenizer to be written in Hugging Face's form"
        advice = "bk.export(…, to='savedmodel') holds SentencePiece." if tokenizer.in_graph else ""
        raise ValueError(checks.message("model", must, type(tokenizer).__name__, advice))
    pieces = tokenizer.vocabulary
    whole = {
        "version": "1.0",
        "truncation": {
            "direction": "Right",
            "max_length": seq_length,
            "strategy": "LongestFirst",
            "stride": 0,
            **(truncation or {}),
        },
        "padding": {
            "strategy": {"Fixed": seq_length} if fixed else "BatchLongest",
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": tokenizer.pad_id,
            "pad_type_id": 0,
            "pad_token": _NAMES["pad_token"],
        },
        "added_tokens": [_added(tokenizer.mask_id)] if with_masks else [],
        "normalizer": normalizer_of(tokenizer.rules),
        "pre_tokenizer": pre_tokenizer_of(tokenizer.rules),
        "post_processor": _template(tokenizer),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": UNKNOWN_PIECE,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": tokenizer.longest_word,
            "vocab": {piece: number for number, piece in enumerate(pieces)},
        },
    }
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",  # BertTokenizer would put its own normaliser in place of ours
        "model_max_length": seq_length,
        "do_lower_case": tokenizer.lower_case,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "split_special_tokens": not with_masks,
        "clean_up_tokenization_spaces": False,
        **_NAMES,
        **({} if tokenizer.mask_id is None else {"mask_token": MASK_PIECE}),
    }
    for name, content in {"tokenizer.json": whole, "tokenizer_config.json": settings}.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "vocab.txt").write_bytes("".join(f"{piece}\n" for piece in pieces).encode("utf-8"))


def _template(tokenizer: Tokenizer) -> dict[str, Any]:
    """[CLS] a [SEP], or [CLS] a [SEP] b [SEP] with types 0 and 1."""

    def special(piece: str, kind: int = 0) -> dict[str, Any]:
        return {"SpecialToken": {"id": piece, "type_id": kind}}

    def text(name: str, kind: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": kind}}

    first, last = _NAMES["cls_token"], _NAMES["sep_token"]
    single = [special(first), text("A", 0), special(last)]
    ids = {first: tokenizer.cls_id, last: tokenizer.sep_id}
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special(last, 1)],
        "special_tokens": {piece: {"id": piece, "ids": [number], "tokens": [piece]} for piece, number in ids.items()},
    }


def _added(number: int) -> dict[str, Any]:
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": MASK_PIECE, **plain, "special": True}
