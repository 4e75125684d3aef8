"""`WordRules`: how texts are normalised and parted into words, by TF-Hub's rules or by Hugging Face's."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class WordRules:
    """What decides which words a text has.

    Args:
        lower_case: whether case is dropped.
        huggingface: whether the rules are those of Hugging Face's BertNormalizer, and not of TF-Hub's preprocessing
            models. TF-Hub's fold case with NFKC and have no further choice.
        strip_accents: of Hugging Face's, whether text is taken apart (NFD) and loses its marks.
        chinese_characters: of Hugging Face's, whether each Chinese character is a word.
    """

    lower_case: bool
    huggingface: bool = False
    strip_accents: bool = False
    chinese_characters: bool = True
