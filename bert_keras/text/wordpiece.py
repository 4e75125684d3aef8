"""`WordPiece`: words to the ids of their longest matching pieces, in TensorFlow's own operations.

A word that is a piece is looked up as a whole. The others are spelled out, each distinct word once, and a trie over the
characters of the vocabulary finds the longest piece that begins at each of their characters, for all at the same time:
as many steps as the longest piece has characters. From piece to piece a second loop goes through the words.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.text.basic_words import BasicWords
from bert_keras.text.flat_rows import before, decoded, places_of, ranges, row_numbers, splits_of
from bert_keras.text.vocabulary import UNKNOWN_PIECE

_MAX_BYTES_PER_WORD = 100  # as in TF-Hub's preprocessing
SUFFIX = "##"
_CODES = 1 << 21  # more than there are code points
_FIRST, _NEXT = 0, 1  # the trie's roots: pieces that begin a word, and those that go on in it
_END = "\0"  # after each word that is spelled out; a control character, which no word has


class Pieces(NamedTuple):
    """Pieces of words, of all words end to end.

    Args:
        ids: int64 [pieces].
        begins, sizes: int32 [pieces], characters of the word; a size of 0 is the whole word's.
        splits: int64 [words + 1], where the pieces of each word begin and end.
    """

    ids: tf.Tensor
    begins: tf.Tensor
    sizes: tf.Tensor
    splits: tf.Tensor


class _Trie(NamedTuple):
    """The pieces as a trie. Every node knows the longest piece on the way to it.

    Args:
        edges: int64 [nodes - 2], the node before and the character, as one number.
        nodes: int64 [nodes - 2], the node after it.
        ids, sizes: int64 and int32 [nodes], the longest piece that begins the node's string; a size of 0 is none.
    """

    edges: np.ndarray
    nodes: np.ndarray
    ids: np.ndarray
    sizes: np.ndarray


class WordPiece(tf.Module):
    """WordPiece as TF-Hub's preprocessing models do it: longest match first; a word that does not go up in pieces, that
    has more than 100 bytes, or bytes that are not UTF-8, is `[UNK]`.

    Args:
        pieces: the vocabulary, in the order of the ids. It stands in the graph, where no file can differ from it.
        longest_word: in characters, in place of the 100 bytes; None are those bytes.

    Attributes:
        table: from a piece to its id, and from all else to -1.
        edges: the table of the trie's edges.
    """

    def __init__(self, pieces: tuple[str, ...], longest_word: int | None = None) -> None:
        super().__init__()
        self._unknown = pieces.index(UNKNOWN_PIECE)
        self._longest, self._unit = (longest_word, "UTF8_CHAR") if longest_word else (_MAX_BYTES_PER_WORD, "BYTE")
        trie = _trie(pieces, 4 * self._longest if longest_word else self._longest)
        self._ids, self._sizes = trie.ids.astype(np.int32), trie.sizes
        with tf.init_scope(), tf.device("CPU"):
            numbers = np.arange(len(pieces), dtype=np.int64)
            self.table = _table(np.array([piece.encode() for piece in pieces], object), numbers, tf.string)
            self.edges = _table(trie.edges, trie.nodes, tf.int64)

    def __call__(self, found: BasicWords) -> Pieces:
        """The pieces of words."""
        words = found.words
        unknown = found.unreadable | (tf.strings.length(words, self._unit) > self._longest)
        ids = tf.where(unknown, tf.constant(self._unknown, tf.int64), self.table.lookup(words))
        none = tf.zeros_like(ids, tf.int32)
        whole = Pieces(ids, none, none, tf.range(tf.size(words, tf.int64) + 1))
        return tf.cond(tf.reduce_any(ids < 0), lambda: self._with_parts(words, whole), lambda: whole)

    def _with_parts(self, words: tf.Tensor, whole: Pieces) -> Pieces:
        """The pieces of words of which some are none themselves, where `whole` has -1."""
        others = places_of(whole.ids < 0)
        distinct, which = tf.unique(tf.gather(words, others), out_idx=tf.int64)
        parts = self._parts(distinct)
        place = whole.splits[:-1]
        splits = tf.gather(parts.splits + tf.size(place, tf.int64), tf.stack([which, which + 1]))
        begins, ends = (
            tf.tensor_scatter_nd_update(place + more, others[:, None], ends)
            for more, ends in enumerate(tf.unstack(splits))
        )
        splits, taken = ranges(begins, ends)
        columns = zip(whole[:3], parts[:3], strict=True)
        return Pieces(*(tf.gather(tf.concat(both, 0), taken) for both in columns), splits)

    def _parts(self, words: tf.Tensor) -> Pieces:
        """The pieces of words of which none is a piece itself."""
        splits, codes = decoded(tf.strings.join([words, _END]), ord(_END))
        nodes = self._deepest_nodes(tf.cast(codes, tf.int64))
        sizes = tf.gather(self._sizes, nodes)
        begins, known = _chosen(splits[:-1], codes, sizes)
        taken = places_of(begins)
        word = row_numbers(splits, taken)
        # Of a word that does not go up in pieces, the first of those that were tried stands for [UNK].
        good, is_first = tf.gather(known, word), taken == tf.gather(splits, word)
        kept = places_of(good | is_first)
        taken, word, good = (tf.gather(column, kept) for column in (taken, word, good))
        ids = tf.where(good, tf.cast(tf.gather(self._ids, tf.gather(nodes, taken)), tf.int64), self._unknown)
        begins = tf.cast(taken - tf.gather(splits, word), tf.int32)
        return Pieces(
            ids, begins, tf.where(good, tf.gather(sizes, taken), 0), splits_of(word, tf.size(words, tf.int64))
        )

    def _deepest_nodes(self, codes: tf.Tensor) -> tf.Tensor:
        """int64 [characters]: how far the trie goes from each character, int64, on."""
        place = tf.range(tf.size(codes, tf.int64))
        roots = tf.where(before(codes) == ord(_END), tf.constant(_FIRST, tf.int64), _NEXT)

        def step(depth: tf.Tensor, place: tf.Tensor, node: tf.Tensor, deepest: tf.Tensor) -> tuple[tf.Tensor, ...]:
            node = self.edges.lookup(node * _CODES + tf.gather(codes, place + depth))
            going = places_of(node >= 0)
            place, node = tf.gather(place, going), tf.gather(node, going)
            return depth + 1, place, node, tf.tensor_scatter_nd_update(deepest, place[:, None], node)

        start = tf.constant(0, tf.int64), place, roots, roots
        return _while(lambda depth, place, *_: tf.size(place) > 0, step, start)[-1]


def _table(keys: np.ndarray, values: np.ndarray, dtype: tf.DType) -> tf.lookup.StaticHashTable:
    """From keys to numbers, from all else to -1. Anonymous, so that no other table of the process is shared."""
    initializer = tf.lookup.KeyValueTensorInitializer(keys, values, dtype, tf.int64)
    return tf.lookup.StaticHashTable(initializer, -1, experimental_is_anonymous=True)


def _chosen(starts: tf.Tensor, codes: tf.Tensor, sizes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """From the longest piece at each character to those that follow each other.

    Args:
        starts: int64 [words], where each word begins in the characters.
        codes: int32 [characters], with `_END` after each word.
        sizes: int32 [characters], of the longest piece that begins there; 0 for none.

    Returns:
        bool [characters], whether a piece is looked for there; bool [words], whether all of them are there.
    """

    def step(place: tf.Tensor, word: tf.Tensor, begins: tf.Tensor, known: tf.Tensor) -> tuple[tf.Tensor, ...]:
        begins = tf.tensor_scatter_nd_update(begins, place[:, None], tf.ones_like(place, tf.bool))
        size = tf.cast(tf.gather(sizes, place), tf.int64)
        known = tf.tensor_scatter_nd_update(known, word[:, None], size > 0)
        place += size
        going = places_of((size > 0) & (tf.gather(codes, place) != ord(_END)))
        return tf.gather(place, going), tf.gather(word, going), begins, known

    words = tf.range(tf.size(starts))
    start = starts, words, tf.zeros_like(codes, tf.bool), tf.ones_like(words, tf.bool)
    return _while(lambda place, *_: tf.size(place) > 0, step, start)[-2:]


def _while(condition: object, body: object, start: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
    """`tf.while_loop` over vectors that may grow shorter, and scalars."""
    shapes = tuple(tf.TensorShape([None] * value.shape.rank) for value in start)
    return tf.while_loop(condition, body, start, shape_invariants=shapes)


def _trie(pieces: tuple[str, ...], most_bytes: int) -> _Trie:
    """The trie, level by level, over all pieces at once."""
    # Longer pieces, and those with a control character, are in no word.
    fits = [
        place
        for place, piece in enumerate(pieces)
        if len(piece.encode()) <= most_bytes + len(SUFFIX) and _END not in piece
    ]
    goes_on = np.array([len(pieces[place]) > len(SUFFIX) and pieces[place].startswith(SUFFIX) for place in fits], bool)
    spelled = [pieces[place][len(SUFFIX) * more :] for place, more in zip(fits, goes_on, strict=True)]
    lengths = np.array([len(piece) for piece in spelled], np.int64)
    letters = np.array(spelled, dtype=np.str_).view(np.int32).reshape(len(spelled), -1).astype(np.int64)
    place, node = np.array(fits, np.int64), np.where(goes_on, _NEXT, _FIRST).astype(np.int64)
    edges, ids, sizes = [], [np.zeros(2, np.int64)], [np.zeros(2, np.int32)]
    count = 2
    for depth in range(letters.shape[1]):
        live = lengths > depth
        place, node, lengths, letters = place[live], node[live], lengths[live], letters[live]
        edge, which = np.unique(node * _CODES + letters[:, depth], return_inverse=True)
        before = edge // _CODES
        longest, size = (np.concatenate(column)[before] for column in (ids, sizes))
        ends = lengths == depth + 1
        longest[which[ends]], size[which[ends]] = place[ends], depth + 1
        edges.append(edge), ids.append(longest), sizes.append(size)
        node = count + which
        count += len(edge)
    return _Trie(np.concatenate(edges), np.arange(2, count), np.concatenate(ids), np.concatenate(sizes))
