"""`foreign_features`: features by other libraries' names."""

from collections.abc import Iterable

_FEATURES = {
    "input_word_ids": "input_ids token_ids",
    "input_mask": "attention_mask padding_mask",
    "input_type_ids": "token_type_ids segment_ids type_ids",
}


def foreign_features(names: Iterable[str]) -> str:
    """A sentence that says what features by other libraries' names are called here; '' where none has such a name."""
    ours = {foreign: name for name, words in _FEATURES.items() for foreign in words.split()}
    said = [f"'{name}' is '{ours[name]}'" for name in names if name in ours]
    return f"{', '.join(said)}." if said else ""
