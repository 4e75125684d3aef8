"""`Masker`: which tokens of a row are hidden, and what stands in their place."""

import dataclasses
import functools

import numpy as np

from bert_keras import checks
from bert_keras.text.base_tokenizer import BaseTokenizer


@dataclasses.dataclass(frozen=True, eq=False)
class Masker:
    """BERT's masking (Devlin et al., 2018), of whole words unless it is told otherwise.

    Of a row's tokens, special ones not counted, `share` are chosen, at least one, a word at a time: a word is a piece
    and the pieces after it that go on with it (##). A word that is longer than what is left of the share is passed
    over. Of the chosen tokens 80 % become [MASK], 10 % a piece drawn from the vocabulary, 10 % stay. Special tokens,
    [UNK] among them, are neither chosen nor drawn.

    All of it is a function of the seed, the epoch and the row's number.

    Args:
        tokenizer: with [MASK] in its vocabulary.
        seed: of the draw.
        share: of the tokens, in (0, 1).
        whole_words: whether words are chosen; else pieces, as in BERT's first models.
    """

    tokenizer: BaseTokenizer
    seed: int = 0
    share: float = 0.15
    whole_words: bool = True

    def __post_init__(self) -> None:
        checks.integer("seed", self.seed, 0)
        check_masking(self.share, self.whole_words)
        if self.tokenizer.mask_id is None:
            advice = "The encoder was trained without masks, or this is another's vocab.txt."
            must = f"be one with the piece {self.tokenizer.mask_piece}"
            raise ValueError(checks.message("vocab_file", must, str(self.tokenizer.file), advice))

    def most(self, length: int) -> int:
        """The most tokens that are chosen in a row of `length` tokens, special ones counted."""
        return max(1, round(self.share * (length - 2)))

    def choose(self, ids: np.ndarray, epoch: int, row: int) -> tuple[np.ndarray, np.ndarray]:
        """The chosen places of a row, int [tokens] with special ones, in order, and the ids that go there."""
        random = np.random.default_rng((self.seed, epoch, row))
        special, goes_on = self._kinds
        free = np.flatnonzero(~special[ids])
        room = max(1, round(self.share * len(free)))
        begins = np.ones(len(free), bool)
        if self.whole_words and len(free):
            begins[1:] = ~goes_on[ids[free[1:]]] | (np.diff(free) > 1)
        firsts = np.flatnonzero(begins)
        sizes = np.diff(np.append(firsts, len(free)))
        chosen: list[int] = []
        for word in random.permutation(len(firsts)):
            if sizes[word] <= room:
                chosen.extend(range(firsts[word], firsts[word] + sizes[word]))
                room -= sizes[word]
                if not room:
                    break
        places = free[np.sort(np.array(chosen, "int64"))]
        draw, drawn = random.random(len(places)), random.integers(0, len(self._ordinary), len(places))
        others = np.where(draw < 0.9, self._ordinary[drawn], ids[places])
        return places, np.where(draw < 0.8, self.tokenizer.mask_id, others)

    @functools.cached_property
    def _kinds(self) -> tuple[np.ndarray, np.ndarray]:
        """For each piece, whether it is special, and whether it goes on with the word before it."""
        return np.isin(np.arange(self.tokenizer.vocab_size), self.tokenizer.special_ids), self.tokenizer.goes_on

    @functools.cached_property
    def _ordinary(self) -> np.ndarray:
        unused = np.array([piece.startswith("[unused") for piece in self.tokenizer.vocabulary])
        ordinary = np.flatnonzero(~(self._kinds[0] | unused))
        if not len(ordinary):
            received = str(self.tokenizer.file)
            raise ValueError(checks.message("vocab_file", "hold pieces that are not special", received))
        return ordinary


def check_masking(share: float, whole_words: bool) -> None:
    """Raises TypeError or ValueError unless these can be a masker's."""
    if not 0.0 < checks.number("masked_share", share) < 1.0:
        raise ValueError(checks.message("masked_share", "lie between 0 and 1", share))
    checks.boolean("whole_words", whole_words)
