"""`TagPredictor`: a tuned tagger, texts or words in, entities out."""

import dataclasses
import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.text.own_function import own_function
from bert_keras.text.strings import STRINGS_SPEC, string_batch
from bert_keras.text.words import split_words
from bert_keras.token_classification.annotation_row import annotation_row
from bert_keras.token_classification.entity_decoder import EntityDecoder
from bert_keras.token_classification.schemes import PLAIN
from bert_keras.token_classification.tagged_sentences import check_words
from bert_keras.token_classification.token_classifier import TokenClassifier
from bert_keras.token_classification.token_reader import TokenReader
from bert_keras.tuned.answer_frame import is_table
from bert_keras.tuned.predictor import Predictor

_CHUNK_TEXTS = 4096  # split into words together


@dataclasses.dataclass(frozen=True)
class Entity:
    """An entity, cut from the text as it was given: `text[start:end]` of that is `text` here.

    Args:
        label: its type, such as "PER"; of plain tags the word's tag.
        text: the characters.
        start, end: where they stand in the text; of words that were given apart, in those words with a space between.
        score: the mean probability of its words' tags, in [0, 1].
        words: numbers of its first word and of the one after its last.
    """

    label: str
    text: str
    start: int
    end: int
    score: float
    words: tuple[int, int] = dataclasses.field(repr=False)


class TaggedText(list):
    """The entities of a text, a list that a notebook shows as the text with its entities marked.

    Args:
        text: the text, which stays as the attribute `text`.
        entities: those of the text, in its order.
    """

    def __init__(self, text: str, entities: Iterable[Entity]) -> None:
        super().__init__(entities)
        self.text = text

    def _repr_html_(self) -> str:
        """The text with its entities marked; all of it escaped."""
        parts, place = [], 0
        for entity in self:
            parts.append(html.escape(self.text[place : entity.start]))
            shown = f"{html.escape(entity.text)} <small>{html.escape(entity.label)}</small>"
            parts.append(f'<mark title="{entity.score:.2f}">{shown}</mark>')
            place = entity.end
        parts.append(html.escape(self.text[place:]))
        return f'<div dir="auto" style="white-space: pre-wrap">{"".join(parts)}</div>'


class TagPredictor(Predictor):
    """A tuned tagger on texts of any length.

    >>> predictor = bk.load("runs/entities")
    >>> predictor("Ann Lee lives in Oslo.")
    [Entity(label='PER', text='Ann Lee', start=0, end=7, score=...), Entity(label='LOC', text='Oslo', ...)]
    >>> predictor([["Ann", "Lee", "lives", "in", "Oslo", "."]])  # words that are apart already

    Args:
        model: a `bk.TokenClassifier` whose encoder has a tokenizer.
        config: of the model folder: `labels`, `scheme`, `seq_length`, `task`.
        batch_size: windows that are run together.
        kind: as for `Predictor`.
    """

    table_columns: ClassVar[dict[str, tuple[str, ...]]] = {"text": ("text", "sentence")}
    needed = ("labels", "scheme", "seq_length")

    def __init__(self, model: TokenClassifier, config: dict[str, Any], batch_size: int = 32, kind: Any = None) -> None:
        super().__init__(model, config, batch_size, kind)
        self.labels: tuple[str, ...] = tuple(config["labels"])
        self.decoder = EntityDecoder(self.labels, config["scheme"] == PLAIN)
        preprocessor = model.encoder.word_preprocessor(config["seq_length"])
        self.reader = TokenReader(model, preprocessor, self.decoder.outside, batch_size)
        columns = [tf.TensorSpec([None], dtype) for dtype in (tf.int32, tf.float32, tf.int32)]
        self._decode = own_function(self.decoder.__call__, input_signature=columns, autograph=False)
        self._split = tf.function(split_words, input_signature=[STRINGS_SPEC], autograph=False)

    @checks.answers(**foreign_names("TagPredictor"))
    def __call__(self, texts: Any) -> Any:
        """The entities of a text (a str), or a list of them for each of several.

        Args:
            texts: a str; a list of str; or a list of sentences that are lists of words. A table gives a frame: see
                `to_frame`.

        Returns:
            A list of `Entity` in the order of the text, for a list one for each of its entries. How texts become words
            is told in `bert_keras.text.words`; those of an empty text are none.

        Raises:
            TypeError: for what is neither, naming its place.
            ValueError: for half a surrogate pair, or an empty word.
        """
        if is_table(texts):
            return self.to_frame(texts)
        entities = self._entities(*self._words([texts] if isinstance(texts, str) else texts))
        return entities[0] if isinstance(texts, str) else entities

    def lines(self, rows: list[Any]) -> Iterator[dict[str, Any]]:
        names = ("label", "text", "start", "end", "score")
        for text, entities in zip(rows, self(rows), strict=True):
            yield {"text": text, "entities": [{name: getattr(one, name) for name in names} for one in entities]}

    def table_names(self, **options: Any) -> tuple[str, ...]:
        return ("entities",)

    def table_values(self, rows: list[Any]) -> list[tuple[Any, ...]]:
        return [(line["entities"],) for line in self.lines(rows)]

    def annotations(self, texts: Sequence[str], form: str) -> list[Any]:
        """The entities of texts as an annotation tool reads them, for people to correct.

        Args:
            texts: a list of str.
            form: "spacy", "doccano", "label_studio" or "prodigy", see `annotation_row`. `bk.load_files` reads all of
                them once they are corrected.
        """
        texts = list(texts)
        return [annotation_row(text, entities, form) for text, entities in zip(texts, self(texts), strict=True)]

    def tags(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tag of each word, such as "B-PER", of sentences that are lists of words."""
        _, words, _ = self._words(sentences)
        names = iter([self.labels[number] for number in self.reader(words)[0]])
        return [[next(names) for _ in own] for own in words]

    def data_options(self) -> dict[str, Any]:
        # Of plain tags "O" is one; else the file's own spelling is found.
        scheme = {"scheme": PLAIN} if self.config["scheme"] == PLAIN else {}
        return {**super().data_options(), "label_names": self.labels, **scheme}

    def _words(self, texts: Any) -> tuple[list[str], list[list[str]], list[list[tuple[int, int]]]]:
        """Texts, their words, and where those stand."""
        if isinstance(texts, (bytes, dict)) or not isinstance(texts, Iterable):
            raise TypeError(checks.message("texts", "be a str, a list of them, or lists of words", texts))
        texts = list(texts)
        if texts and not any(isinstance(text, str) for text in texts):
            for place, words in enumerate(texts):
                if not isinstance(words, (list, tuple)):
                    raise TypeError(
                        checks.message("texts", "be str, or lists of words", words, f"It is number {place}.")
                    )
                check_words("words", words, f"It is sentence {place}.")
            spans = [_places(words) for words in texts]
            return [" ".join(words) for words in texts], [list(words) for words in texts], spans
        all_words, spans = [], []
        for start in range(0, len(texts), _CHUNK_TEXTS):
            columns = self._split(string_batch("texts", texts[start : start + _CHUNK_TEXTS]))
            words, starts, limits = (column.to_list() for column in columns)
            all_words += [[word.decode("utf-8") for word in own] for own in words]
            spans += [list(zip(*own, strict=True)) for own in zip(starts, limits, strict=True)]
        return texts, all_words, spans

    def _entities(
        self, texts: list[str], words: list[list[str]], spans: list[list[tuple[int, int]]]
    ) -> list[TaggedText]:
        classes, scores = self.reader(words)
        lengths = [len(own) for own in words]
        rows = np.repeat(np.arange(len(words), dtype="int32"), lengths)
        columns = (column.numpy().tolist() for column in self._decode(classes, scores, rows))
        before = np.concatenate([[0], np.cumsum(lengths)]).tolist()
        entities: list[list[Entity]] = [[] for _ in words]
        for kind, first, last, score, row in zip(*columns, strict=True):
            first, last = first - before[row], last - before[row]
            start, end = spans[row][first][0], spans[row][last][1]
            label, text = self.decoder.kinds[kind], texts[row][start:end]
            entities[row].append(Entity(label, text, start, end, score, (first, last + 1)))
        return [TaggedText(text, own) for text, own in zip(texts, entities, strict=True)]


def _places(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where words stand that are put together with a space between."""
    limits = np.cumsum([len(word) + 1 for word in words]) - 1
    return [(int(limit) - len(word), int(limit)) for word, limit in zip(words, limits, strict=True)]
