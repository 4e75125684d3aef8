"""`SearchIndex`, documents that are found by what they mean, and `search_index`, which makes one."""

import os
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.question_answering.question_examples import is_blank
from bert_keras.retrieval.document_windows import document_windows
from bert_keras.retrieval.hit import Hit
from bert_keras.retrieval.nearest import nearest
from bert_keras.retrieval.read_documents import read_documents
from bert_keras.retrieval.word_overlap import WordOverlap
from bert_keras.retrieval.write_index import write_index
from bert_keras.tuned.check_text import text_list
from bert_keras.tuned.embed import Embedder

SEQ_LENGTH = 256  # tokens of a window, where an encoder has positions for more


class SearchIndex:
    """Documents in windows, each with its vector; `bk.search_index` and `bk.load_index` make one.

    >>> index = bk.search_index("sample", {"a.txt": "The lift was built in 1911.", "b.txt": "Bread is baked at night."})
    >>> index.search("When was it built?", k=1)
    [Hit(document='a.txt', start=0, end=27, score=...)]

    Args:
        embedder: makes the vectors, of length 1.
        documents: texts by name.
        windows: int64 [windows, 3], as `document_windows` has them.
        vectors: float32 [windows, hidden_size], of length 1.
        overlap: tokens that two windows of a document share.
        handle: by which the encoder is loaded again; None if it has none.

    Attributes:
        documents: the texts by name.
        windows: int64 [windows, 3]: the number of a document, and the characters of a window in it, from and to.
        vectors: float32 [windows, hidden_size]. They take 4 * hidden_size bytes a window: 1.5 kB for the sample
            encoder, and so 1.5 GB for a million windows.
    """

    def __init__(
        self,
        embedder: Embedder,
        documents: dict[str, str],
        windows: np.ndarray,
        vectors: np.ndarray,
        overlap: int,
        handle: str | None = None,
    ) -> None:
        self.embedder = embedder
        self.documents = documents
        self.windows = windows
        self.vectors = vectors
        self.overlap = overlap
        self.handle = handle
        self._names = list(documents)
        self._words: WordOverlap | None = None

    def __len__(self) -> int:
        """How many windows there are."""
        return len(self.windows)

    def __repr__(self) -> str:
        sizes = f"{len(self.documents):,} documents in {len(self):,} windows of {self.embedder.seq_length} tokens"
        return f"<SearchIndex: {sizes} at most, {self.vectors.nbytes / 1e6:.1f} MB of vectors>"

    @property
    def encoder(self) -> Any:
        """The encoder whose vectors they are."""
        return self.embedder.encoder

    def search(self, queries: Any, k: int = 10, one_per_document: bool = False, word_weight: float = 0.0) -> Any:
        """The windows nearest to a query by the cosine of their vectors, best first; a list of them for each of a list.

        All windows are compared, so that nothing is missed: it takes as long as a product of the two matrices. Vectors
        tell what a text is about, and rarely which name or number is in it; `word_weight` has the words count, too.

        Args:
            queries: a str, or a list of them.
            k: how many windows, fewer where there are no more.
            one_per_document: whether the best window of each document alone counts.
            word_weight: of `WordOverlap`, a share of BM25 in [0, 1), which is added to the cosine; 0 for cosines alone.
                For questions 1 is a good beginning: see docs/retrieval.md.

        Returns:
            A list of `bk.Hit`, or a list of such lists.

        Raises:
            TypeError: for what is no str.
            ValueError: for a query without a visible character, or half a surrogate pair.
        """
        is_one = isinstance(queries, str)
        queries = query_list("queries", queries)
        checks.integer("k", k, 1)
        checks.boolean("one_per_document", one_per_document)
        checks.number("word_weight", word_weight, 0)
        groups = self.windows[:, 0] if one_per_document else None
        added = None
        if word_weight:
            overlap = self._overlap()

            def added(own: slice) -> np.ndarray:
                return np.float32(word_weight) * overlap(queries[own])

        found = nearest(self.vectors, self.embedder(queries), k, groups, added)
        hits = [[self._hit(*pair) for pair in zip(*columns, strict=True)] for columns in found]
        return hits[0] if is_one else hits

    def add(self, documents: Any, *, text: str | None = None, name: str | None = None, encoding: str = "utf-8") -> int:
        """Adds documents behind those that there are; returns how many they were.

        Args:
            documents, text, name, encoding: as for `bk.search_index`.

        Raises:
            ValueError: for a name that is there already; then nothing is added. Else as `bk.search_index`.
        """
        more = read_documents(documents, text, name, encoding)
        known = next((own for own in more if own in self.documents), None)
        if known is not None:
            must = "have names that the index does not have yet"
            raise ValueError(checks.message("documents", must, known, "Nothing was added."))
        windows, vectors = _embedded(self.embedder, list(more.values()), self.overlap)
        windows[:, 0] += len(self._names)
        self.windows = np.concatenate([self.windows, windows])
        self.vectors = np.concatenate([self.vectors, vectors])
        self.documents = {**self.documents, **more}
        self._names += more
        self._words = None
        return len(more)

    def save(self, folder: str | os.PathLike, *, with_encoder: bool = False, overwrite: bool = False) -> str:
        """Writes the index to a folder, for `bk.load_index`: texts, places, vectors, and their digests.

        The folder appears whole or not at all. The encoder stands in it by its handle and by a digest of its weights
        and tokenizer, by which it is known again.

        Args:
            folder: new or empty.
            with_encoder: whether the encoder's weights lie in it too, so that it can go to any machine.
            overwrite: replaces an index that is there.

        Returns:
            The folder.

        Raises:
            FileExistsError: if there is anything in the folder, but for an index with `overwrite`.
            OSError: if it cannot be written.
        """
        return write_index(self, folder, with_encoder, overwrite)

    def _overlap(self) -> WordOverlap:
        """That of all windows, which is made when it is first asked for; it is not written."""
        if self._words is None:
            self._words = WordOverlap(_texts(list(self.documents.values()), self.windows), self.encoder.tokenizer)
        return self._words

    def _hit(self, row: int, score: np.floating) -> Hit:
        number, start, end = self.windows[row].tolist()
        name = self._names[number]
        return Hit(name, start, end, float(score), self.documents[name][start:end])


@checks.answers()
def search_index(
    encoder: Any,
    documents: Any,
    *,
    text: str | None = None,
    name: str | None = None,
    encoding: str = "utf-8",
    pooling: str = "mean",
    seq_length: int | None = None,
    overlap: int | None = None,
    batch_size: int = 32,
) -> SearchIndex:
    """Documents as an index that finds what a text is about.

    >>> index = bk.search_index("sample", "manuals/")
    >>> for hit in index.search("How is the filter cleaned?", k=3):
    ...     print(hit.document, hit.start, hit.end, round(hit.score, 2))

    Longer documents are cut into windows, between words, which overlap; a window is what is found. Vectors are those of
    `bk.embed` with length 1, and the search is exact. Of an encoder that was not trained for likeness of sentences, as
    BERT as it was published, windows are all near to each other: take one that was.

    Args:
        encoder: as for `bk.embed`: a handle, or an encoder with a tokenizer.
        documents: a folder, of which all .txt and .md files below it are read, named by their paths in it; one such
            file; a table, as a .csv or .jsonl file or what else `bk.open_table` takes or gives, but for a dict of
            columns; a dict from names to texts; a list of texts, which are named by their numbers; or of pairs
            (name, text).
        text: of a table, the column of the texts; None for "text", "document", "context", "content" or "body", or the
            only one.
        name: of a table, the column of the names, each of which may stand there once; None for the places of the rows.
        encoding: of files.
        pooling: as for `bk.embed`, which see for encoders of sentences.
        seq_length: the most tokens of a window, special ones counted; None for 256, or as many as the encoder has
            positions where these are fewer.
        overlap: tokens that two windows of a document share, about: they end between words; None for a quarter of the
            window.
        batch_size: windows that are run together.

    Raises:
        FileNotFoundError: if there is no such file or folder.
        TypeError: for documents that are no texts, naming the first.
        ValueError: for no document at all, two of one name, a column that a table has not, a file in another encoding,
            or what `bk.embed` refuses of an encoder.
    """
    embedder = index_embedder(encoder, pooling, seq_length, batch_size)
    room = embedder.seq_length - 2
    overlap = room // 4 if overlap is None else checks.integer("overlap", overlap, 0, room - 1, "tokens of a window")
    found = read_documents(documents, text, name, encoding)
    windows, vectors = _embedded(embedder, list(found.values()), overlap)
    return SearchIndex(embedder, found, windows, vectors, overlap, embedder.encoder.source)


def query_list(name: str, queries: Any) -> list[str]:
    """A str, or several, as a list of texts with a visible character each; raises as `SearchIndex.search`."""
    queries = text_list(name, [queries] if isinstance(queries, str) else queries)
    for place, query in enumerate(queries):
        if is_blank(query):
            advice = f"It is number {place}."
            raise ValueError(checks.message(name, "have a visible character", query, advice))
    return queries


def index_embedder(encoder: Any, pooling: str, seq_length: int | None, batch_size: int = 32) -> Embedder:
    """The embedder of an index: vectors of length 1, of at most 256 tokens if no length is said."""
    embedder = Embedder(encoder, pooling, batch_size, seq_length, normalize=True)
    if seq_length is None and embedder.seq_length > SEQ_LENGTH:
        embedder = Embedder(embedder.encoder, pooling, batch_size, SEQ_LENGTH, normalize=True)
    return embedder


def _embedded(embedder: Embedder, texts: list[str], overlap: int) -> tuple[np.ndarray, np.ndarray]:
    """The windows of texts, and their vectors."""
    windows = document_windows(texts, embedder.encoder.tokenizer, embedder.seq_length, overlap)
    return windows, embedder(_texts(texts, windows))


def _texts(texts: list[str], windows: np.ndarray) -> list[str]:
    """The text of each window."""
    return [texts[number][start:end] for number, start, end in windows.tolist()]
