"""`WordRules` as the parts of a `tokenizer.json` of Hugging Face, and back."""

from typing import Any

from bert_keras.text.word_rules import WordRules

# Unicode's default ignorable code points, which case folding leaves out.
_IGNORABLE = (
    r"[\x{00AD}\x{034F}\x{061C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200B}-\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{206F}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}\x{FFF0}-\x{FFF8}\x{1BCA0}-\x{1BCA3}"
    r"\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}]"
)
_CONTROLS = r"\p{Cc}|\p{Cf}"
# Each of them a word of its own: ASCII's and Unicode's punctuation, and Chinese characters.
_APART = (
    r"[!-/:-@\[-`{-~\p{P}\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2B73F}\x{2B740}-\x{2B81F}"
    r"\x{2B820}-\x{2CEAF}\x{F900}-\x{FAFF}\x{2F800}-\x{2FA1F}]"
)
_BERT = {"type": "BertPreTokenizer"}


def normalizer_of(rules: WordRules) -> dict[str, Any]:
    """The entry "normalizer"."""
    if not rules.huggingface:
        return {"type": "Sequence", "normalizers": _tf_hub(rules.lower_case)}
    return {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": rules.chinese_characters,
        "strip_accents": rules.strip_accents,
        "lowercase": rules.lower_case,
    }


def pre_tokenizer_of(rules: WordRules) -> dict[str, Any]:
    """The entry "pre_tokenizer"."""
    parts = [_split(r" +", "Removed"), _split(_APART, "Isolated")]
    return _BERT if rules.huggingface else {"type": "Sequence", "pretokenizers": parts}


def rules_of(normalizer: Any, pre_tokenizer: Any) -> WordRules | None:
    """The rules that two entries of a `tokenizer.json` say; None for others than are here."""
    if isinstance(normalizer, dict) and normalizer.get("type") == "BertNormalizer":
        flags = [normalizer.get(name, True) for name in ("lowercase", "handle_chinese_chars", "clean_text")]
        accents = normalizer.get("strip_accents")
        if not all(isinstance(flag, bool) for flag in (*flags, accents is None or accents)) or not flags[2]:
            return None
        rules = WordRules(flags[0], True, flags[0] if accents is None else accents, flags[1])
        return rules if pre_tokenizer == _BERT else None
    for rules in (WordRules(True), WordRules(False)):
        if normalizer == normalizer_of(rules) and pre_tokenizer == pre_tokenizer_of(rules):
            return rules
    return None


def _tf_hub(lower_case: bool) -> list[dict[str, Any]]:
    controls = _replace(_CONTROLS, " ")
    if not lower_case:
        return [controls]
    # NFKC case folding, NFD and no marks, as the steps that there are for it.
    return [
        _replace(_IGNORABLE, ""),
        {"type": "NFKC"},
        _replace("[ßẞ]", "ss"),
        {"type": "Lowercase"},
        _replace("ς", "σ"),
        {"type": "NFKC"},
        {"type": "NFD"},
        _replace(r"\x{0345}", "ι"),  # a mark that folds to a letter
        _replace(r"\p{Mn}", ""),
        controls,
    ]


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _split(pattern: str, behavior: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": False}
