"""`make_question_split`: labels against answers, windows against the published recipe, and every script there is."""

import unicodedata

import encoders
import numpy as np
import pytest
import tensorflow as tf
import tokenizer_oracle
from hypothesis import example, given, settings
from hypothesis import strategies as st
from questions import asked

from bert_keras.question_answering import question_split
from bert_keras.question_answering.question_examples import UNPLACED
from bert_keras.question_answering.question_split import make_question_split
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.windows import QuestionPreprocessor

ROOM = {"seq_length": 12, "doc_stride": 3, "max_query_length": 4}
FILM = "the film was good and the room was not bad"  # ten words of one piece each
LONG = "the film was good and the room was not bad but she had this book more than that old house by the red tree"

HARD = {
    "composed accents": "Ünïted café",
    "decomposed accents": "U\u0308ni\u0308ted cafe\u0301",
    "stacked marks": "a\u0323\u0301\u0308\u0334b",
    "ligatures": "ﬁsh oﬃce ŒUVRE",
    "a ligature alone": "ﬁ",
    "chinese": "茶は温かい",
    "one ideograph": "中",
    "korean composed": "한국어",
    "korean letters": "\u1112\u1161\u11ab",
    "hebrew with points": "שָׁלוֹם עוֹלָם",
    "arabic with marks": "مُحَمَّدٌ كَتَبَ",
    "emoji of several": "👩🏽‍🚀",
    "emoji family and flag": "👨‍👩‍👧‍👦 🇳🇴",
    "emoji with a selector": "❤️ x",
    "zero-width space inside": "red\u200btree",
    "joiner and non-joiner": "क्\u200dष می\u200cخواهم",
    "soft hyphen inside": "re\u00added",
    "lines and tabs": "red\r\nhouse\ttree",
    "no-break space": "two\u00a0trees",
    "dotted i": "İstanbul ıx",
    "sharp s": "Straße ẞ",
    "full width": "Ｔｒｅｅ４２",
    "beyond the first plane": "𝔗𝔯𝔢𝔢 𠀀 𐍈",
    "devanagari": "हिन्दी में",
    "thai": "กำแพงเมือง",
    "private use": "\ue000x\U000f0000",
    "replacement character": "a\ufffdb",
    "final sigma": "ΣΊΣΥΦΟΣ",
    "fractions and squares": "½ x² ㎏",
    "direction marks inside": "a\u200f\u202eb\u202cc",
    "a sign": "$5.00 (+3 %)",
    "control characters": "a\x00b\x1fc",
    "balinese marks": "ᬓ᬴ᬶ ᬧᬸ",
    "half-width kana": "ｶﾞｷﾞ",
    "a long word": "x" * 120,
}
BEFORE = "ﬁ e\u0301\u0323 İ 👩🏽‍🚀 \u200b中\u00ad\r\n½ "  # characters that vanish, grow and take four bytes


def labels_of(split):
    """(row of the question, first token, last token) of every window."""
    labels = split.examples.labels
    columns = (split.examples.ids, labels["start_logits"], labels["end_logits"])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def oracle(questions, vocabulary, lower_case, seq_length, doc_stride, max_query_length):
    """Windows with their labels, token by token in plain Python; ids of the unaligned, ids of the widened."""
    rows, unaligned, widened = [], [], []
    for row, (question, context) in enumerate(zip(questions.questions, questions.contexts, strict=True)):
        tokens = tokenizer_oracle.tokenize(context, vocabulary, lower_case)
        query = [t[0] for t in tokenizer_oracle.tokenize(question, vocabulary, lower_case)][:max_query_length]
        answer, is_wider = None, False
        if questions.answers[row]:
            text, start = questions.answers[row][0]
            seen = [start + place for place, character in enumerate(text) if not character.isspace()]
            touched = [
                place
                for place, (_, begin, limit) in enumerate(tokens)
                if start >= 0 and seen and begin <= seen[-1] and limit > seen[0]
            ]
            if not touched:
                unaligned.append(questions.ids[row])
                continue
            answer = touched[0], touched[-1]
            is_wider = tokens[answer[0]][1] < seen[0] or tokens[answer[1]][2] > seen[-1] + 1
        room, first, own = seq_length - 3 - len(query), 0, []
        while True:
            part = [t[0] for t in tokens[first : first + room]]
            label = (0, 0)
            if answer and first <= answer[0] and answer[1] < first + len(part):
                label = tuple(2 + len(query) + token - first for token in answer)
            ids = [vocabulary["[CLS]"], *query, vocabulary["[SEP]"], *part, vocabulary["[SEP]"]]
            own.append((row, *label, ids))
            if first + len(part) >= len(tokens):
                break
            first += doc_stride
        if answer and all((start, end) == (0, 0) for _, start, end, _ in own):
            unaligned.append(questions.ids[row])  # no window holds all of it
            continue
        rows += own
        widened += [questions.ids[row]] * is_wider
    return rows, unaligned, widened


def assert_is_oracles(split, preprocessor):
    tokenizer = preprocessor.tokenizer
    vocabulary = {piece: number for number, piece in enumerate(tokenizer.vocabulary)}
    sizes = (preprocessor.seq_length, preprocessor.doc_stride, preprocessor.max_query_length)
    rows, unaligned, widened = oracle(split.questions, vocabulary, tokenizer.lower_case, *sizes)
    found = [(*label, ids) for label, ids in zip(labels_of(split), split.word_ids.to_list(), strict=True)]
    assert found == rows
    assert (list(split.unaligned), list(split.widened)) == (unaligned, widened)


def assert_equal(one, other):
    assert labels_of(one) == labels_of(other)
    assert one.word_ids.to_list() == other.word_ids.to_list()
    assert one.type_ids.to_list() == other.type_ids.to_list()
    assert (one.unaligned, one.widened, one.truncated) == (other.unaligned, other.widened, other.truncated)


def write(path, pieces):
    path.write_text("".join(piece + "\n" for piece in dict.fromkeys(pieces)), encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(encoders.write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture(scope="module")
def preprocessor(tokenizer):
    return QuestionPreprocessor(tokenizer, **ROOM)


# Labels


def test_labels_are_places_in_the_window(preprocessor):
    # "who was it" takes 3 of 12, the special tokens 3: windows of 6 words begin at the words 0, 3 and 6
    split = make_question_split(
        asked([("a", "who was it", FILM, "room was"), ("b", "who was it", FILM, "and the room"), ("c", "what", FILM)]),
        preprocessor,
    )
    # "room was" are the words 6 and 7; "and the room" 4 to 6; with "what" 8 words fit
    assert labels_of(split) == [(0, 0, 0), (0, 8, 9), (0, 5, 6), (1, 0, 0), (1, 6, 8), (1, 0, 0), (2, 0, 0), (2, 0, 0)]
    assert len(split) == 8
    assert split.examples.ids.dtype == np.int64
    assert {name: column.dtype for name, column in split.examples.labels.items()} == {
        "start_logits": np.int32,
        "end_logits": np.int32,
    }
    assert split.examples.source == "own.json"
    assert split.preprocessor is preprocessor
    assert_is_oracles(split, preprocessor)


def test_labels_spell_the_answer(tokenizer, preprocessor):
    words = LONG.split()  # every word is one token, and no three words stand there twice
    texts = [" ".join(words[place : place + 3]) for place in range(len(words) - 2)]
    split = make_question_split(
        asked([(f"{place}", "who was it", LONG, text) for place, text in enumerate(texts)]), preprocessor
    )
    windows = preprocessor(["who was it"] * len(texts), [LONG] * len(texts))
    starts, limits = windows.starts.to_list()[0], windows.limits.to_list()[0]
    expected = tokenizer(texts).to_list()
    spelt = set()
    columns = (windows.firsts.numpy(), windows.counts.numpy(), windows.places.numpy(), split.word_ids.to_list())
    for (row, first, last), begin, count, place, ids in zip(labels_of(split), *columns, strict=True):
        whole = begin <= row and row + 2 < begin + count
        assert bool(first) == bool(last) == whole
        if whole:
            spelt.add(row)
            assert ids[first : last + 1] == expected[row]
            assert LONG[starts[begin + first - place] : limits[begin + last - place]] == texts[row]
    assert spelt == set(range(len(texts)))


def test_questions_without_an_answer_have_the_label_0(preprocessor):
    split = make_question_split(
        asked([("a", "who", LONG), ("b", "who", LONG, "old house"), ("c", "", "a")]), preprocessor
    )
    assert {label[1:] for label in labels_of(split) if label[0] != 1} == {(0, 0)}
    assert (split.unaligned, split.widened) == ((), ())
    assert split.word_ids.to_list()[-1] == [
        preprocessor.tokenizer.cls_id,
        4,
        *preprocessor.tokenizer(["a"]).to_list()[0],
        4,
    ]
    assert_is_oracles(split, preprocessor)


def test_an_answer_longer_than_any_window_is_in_none(preprocessor):
    rows = [("a", "who was it", FILM, FILM[4:-4]), ("b", "who", FILM, "good")]
    split = make_question_split(asked(rows), preprocessor)
    assert split.unaligned == ("a",) and {row for row, _, _ in labels_of(split)} == {1}


def test_only_the_first_answer_is_the_label(preprocessor):
    rows = [("a", "who", FILM, "good", "film was good", ("bad", UNPLACED))]
    split = make_question_split(asked(rows), preprocessor)
    assert labels_of(split)[0] == (0, 6, 6)
    assert split.unaligned == ()


def test_the_place_counts_and_not_the_text(preprocessor):
    split = make_question_split(asked([("a", "who", FILM, ("the", 22)), ("b", "who", FILM, ("the", 0))]), preprocessor)
    assert [label for label in labels_of(split) if label[1]] == [(0, 8, 8), (0, 5, 5), (1, 3, 3)]


def test_spaces_around_an_answer_are_no_part_of_it(preprocessor):
    context = "the \u00a0film\r\n \twas good"
    rows = [("a", "who", context, " \u00a0film\r\n \t"), ("b", "who", context, ("film", 5))]
    split = make_question_split(asked(rows), preprocessor)
    assert labels_of(split) == [(0, 4, 4), (1, 4, 4)]
    assert split.widened == ()


# Order and chunks


def mixed():
    """Questions about four contexts in turn: long and cut ones, answers without a place, inside words, and none."""
    contexts = [LONG, FILM, "ünïted cafés " * 5 + "x", "ﬁ"]
    rows = []
    for number in range(14):
        context = contexts[number * 3 % 4]
        words = context.split()
        answers = [words[number % len(words)]] if number % 5 else []
        rows.append((f"q{13 - number}", "who was it that did it" if number % 4 == 1 else "who", context, *answers))
    rows[3] = ("q3+", "who", LONG, ("none", UNPLACED))
    rows[9] = ("q9+", "what", FILM, ("oom wa", 23))
    rows[12] = ("q12+", "what", FILM, ("none", UNPLACED))
    return asked(rows)


class Spy:
    """A preprocessor that keeps what it was called with."""

    def __init__(self, preprocessor):
        self.preprocessor, self.max_query_length = preprocessor, preprocessor.max_query_length
        self.calls = []

    def __call__(self, questions, contexts):
        self.calls.append(contexts)
        return self.preprocessor(questions, contexts)


def test_windows_follow_the_questions(preprocessor):
    questions = mixed()
    split = make_question_split(questions, preprocessor)
    assert_is_oracles(split, preprocessor)
    assert split.unaligned == ("q3+", "q12+")
    assert "q9+" in split.widened
    made = preprocessor(questions.questions, questions.contexts)
    kept = [row not in (3, 12) for row in made.rows.numpy()]
    assert split.word_ids.to_list() == tf.ragged.boolean_mask(made.word_ids, kept).to_list()
    assert split.type_ids.to_list() == tf.ragged.boolean_mask(made.type_ids, kept).to_list()


def test_the_order_does_not_depend_on_the_chunks(preprocessor, monkeypatch):
    expected = make_question_split(mixed(), preprocessor)
    for questions, characters in ((1, 10**6), (2, 10**6), (3, 10**6), (512, 1), (512, 2), (512, 3), (2, 1), (3, 3)):
        monkeypatch.setattr(question_split, "_CHUNK_QUESTIONS", questions)
        monkeypatch.setattr(question_split, "_CHUNK_CHARACTERS", characters)
        spy = Spy(preprocessor)
        assert_equal(make_question_split(mixed(), spy), expected)
        assert len(spy.calls) > 3
        assert max(map(len, spy.calls)) <= questions
        assert sum(map(len, spy.calls)) == 14


@pytest.mark.parametrize("questions", [2, 512])
def test_a_chunk_has_no_more_characters_than_it_may(preprocessor, monkeypatch, questions):
    contexts = ["the film was good", "the room was bad", "a book was red"]
    rows = [(f"{number}", "who", contexts[number % 3], "was") for number in range(9)]
    monkeypatch.setattr(question_split, "_CHUNK_QUESTIONS", questions)
    monkeypatch.setattr(question_split, "_CHUNK_CHARACTERS", 20)
    spy = Spy(preprocessor)
    make_question_split(asked(rows), spy)
    assert all(sum(map(len, set(call))) <= 20 for call in spy.calls)


def test_a_context_is_tokenized_once(preprocessor, monkeypatch):
    monkeypatch.setattr(question_split, "_CHUNK_CHARACTERS", 1)
    spy = Spy(preprocessor)
    make_question_split(mixed(), spy)
    distinct = [set(call) for call in spy.calls]
    assert all(len(call) == 1 for call in distinct)
    assert len(set.union(*distinct)) == len(distinct) == 4


# What is left out, widened, cut


def test_unaligned_questions_have_no_windows(preprocessor):
    rows = [
        ("no place", "who", FILM, ("none", UNPLACED)),
        ("no place, spaces", "who", FILM, ("  none", UNPLACED)),  # less its spaces it would begin at 1
        ("placed", "who", FILM, "film"),
        ("vanishes", "who", "the film \u200b\u00ad was", ("\u200b\u00ad", 9)),  # lower-casing drops it
        ("spaces", "who", "the film   was", ("   ", 8)),
        ("no-break space", "who", "the film\u00a0was", ("\u00a0", 8)),
        ("impossible", "who", "the film\u00a0was"),
    ]
    split = make_question_split(asked(rows), preprocessor)
    assert split.unaligned == ("no place", "no place, spaces", "vanishes", "spaces", "no-break space")
    assert split.widened == ()
    assert sorted(set(split.examples.ids.tolist())) == [2, 6]
    assert len(split.questions) == 7
    assert_is_oracles(split, preprocessor)


def test_unaligned_questions_are_listed_in_their_order(preprocessor, monkeypatch):
    contexts = [FILM, LONG, FILM, "a book", LONG, FILM]
    rows = [(f"q{5 - place}", "who", context, ("none", UNPLACED)) for place, context in enumerate(contexts)]
    rows[4] = ("q1", "who", LONG, "tree")
    for size in (512, 2):
        monkeypatch.setattr(question_split, "_CHUNK_QUESTIONS", size)
        split = make_question_split(asked(rows), preprocessor)
        assert split.unaligned == ("q5", "q4", "q3", "q2", "q0")
        assert set(split.examples.ids.tolist()) == {4}


def test_answers_inside_tokens_are_widened_to_them(preprocessor):
    cases = [
        ("un", 4, (4, 4), False),  # "unable" is "un" and "##able"
        ("able", 6, (5, 5), False),
        ("the un", 0, (3, 4), False),
        ("nabl", 5, (4, 5), True),
        ("he", 1, (3, 3), True),
        ("unable boo", 4, (4, 6), True),
    ]
    rows = [(text, "who", "the unable book", (text, start)) for text, start, _, _ in cases]
    split = make_question_split(asked(rows), preprocessor)
    assert labels_of(split) == [(row, *label) for row, (_, _, label, _) in enumerate(cases)]
    assert split.widened == ("nabl", "he", "unable boo")


def test_widened_questions_are_listed_in_their_order(preprocessor, monkeypatch):
    rows = [
        ("d", "who", FILM, ("il", 5)),
        ("c", "who", LONG, ("il", 5)),
        ("b", "who", FILM),
        ("a", "who", FILM, ("il", 5)),
    ]
    for size in (512, 1):
        monkeypatch.setattr(question_split, "_CHUNK_QUESTIONS", size)
        assert make_question_split(asked(rows), preprocessor).widened == ("d", "c", "a")


@pytest.mark.parametrize("size", [512, 1])
def test_no_question_with_a_place_is_an_error(preprocessor, monkeypatch, size):
    monkeypatch.setattr(question_split, "_CHUNK_QUESTIONS", size)
    rows = [
        ("k2", "who", LONG, ("x", UNPLACED)),
        ("k1", "who", FILM, ("x", UNPLACED)),
        ("k0", "who", LONG, ("x", UNPLACED)),
    ]
    match = (
        r"`questions` must hold a question whose answer is at its place, in own.json. Received: questions="
        r"'?3 without one'?\. `answer_start` counts characters from 0; the first question is 'k2'\.$"
    )
    with pytest.raises(ValueError, match=match):
        make_question_split(asked(rows), preprocessor)


def test_no_questions_are_an_error(preprocessor):
    with pytest.raises(ValueError, match=r"`questions` must hold at least one. Received: questions='own.json'"):
        make_question_split(asked([]), preprocessor)


def test_long_questions_are_counted_and_cut(preprocessor):
    rows = [
        ("a", "who was it that", FILM, "film"),  # four tokens: whole
        ("b", "who was it that did", FILM, "film"),
        ("c", "who was it that did it ?", LONG, "tree"),  # of several windows: counted once
        ("d", "who was it that did it", FILM, ("none", UNPLACED)),  # left out, and long all the same
    ]
    split = make_question_split(asked(rows), preprocessor)
    assert split.truncated == 3
    assert split.word_ids.row_lengths().numpy().max() == 12
    assert_is_oracles(split, preprocessor)


# Hard text


@pytest.fixture(scope="module", params=["unknown", "known"])
def hard_vocabulary(request, tmp_path_factory):
    """A vocabulary in which the hard characters are [UNK], or in which each is a piece, as are its decompositions."""
    pieces = list(encoders.VOCABULARY)
    if request.param == "known":
        text = BEFORE + "".join(HARD.values())
        found = sorted({part for character in text for part in (character, *tokenizer_oracle.fold(character))})
        found = [c for c in found if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf")]
        pieces += [*found, *("##" + character for character in found)]
    return request.param, write(tmp_path_factory.mktemp("vocabulary") / "vocab.txt", pieces)


@pytest.fixture(scope="module", params=[True, False], ids=["uncased", "cased"])
def hard(request, hard_vocabulary):
    """(known or unknown, lower case, preprocessor), with room for every context in one window."""
    name, path = hard_vocabulary
    tokenizer = Tokenizer(path, lower_case=request.param)
    return name, request.param, QuestionPreprocessor(tokenizer, 400, doc_stride=100, max_query_length=8)


def spans_of(cases, preprocessor):
    """For each (context, answer, start) what the labels cut out of the context, and whether it counts as widened."""
    rows = [(f"{number}", "who", context, answer) for number, (context, *answer) in enumerate(cases)]
    rows = [(*row[:-1], tuple(row[-1])) for row in rows]
    split = make_question_split(asked(rows), preprocessor)
    assert_is_oracles(split, preprocessor)
    contexts = [context for context, *_ in cases]
    windows = preprocessor(["who"] * len(cases), contexts)
    columns = (contexts, labels_of(split), windows.starts.to_list(), windows.limits.to_list(), windows.places.numpy())
    return [
        (context[starts[first - place] : limits[last - place]], f"{row}" in split.widened)
        for context, (row, first, last), starts, limits, place in zip(*columns, strict=True)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [(BEFORE + "the film ", " was good"), ("", " was"), (BEFORE + "the (", ")."), (BEFORE, "")],
    ids=["middle", "beginning", "brackets", "end"],
)
def test_the_span_of_the_labels_is_the_answer_in_every_script(hard, before, after):
    spans = spans_of([(before + text + after, text, len(before)) for text in HARD.values()], hard[2])
    assert dict(zip(HARD, spans, strict=True)) == {name: (text, False) for name, text in HARD.items()}


def test_an_answer_inside_a_word_is_cut_out_or_widened(hard):
    spans = spans_of([(f"{BEFORE}un{text}able tree", text, len(BEFORE) + 2) for text in HARD.values()], hard[2])
    for text, (span, widened) in zip(HARD.values(), spans, strict=True):
        assert widened == (span != text)
        assert text in span and span in f"un{text}able"


# context, answer, its start; what the labels cut out: [UNK] uncased and cased, pieces uncased and cased
PARTS = [
    ("the cafe\u0301 was", "caf", 4, ("caf", "cafe\u0301", "caf", "caf")),
    ("the cafe\u0301 was", "cafe", 4, ("cafe\u0301", "cafe\u0301", "cafe\u0301", "cafe")),
    ("the cafe\u0301 was", "\u0301", 8, ("e\u0301", "cafe\u0301", "e\u0301", "\u0301")),
    ("the caf\u00e9 was", "caf", 4, ("caf", "caf\u00e9", "caf", "caf")),
    ("the ﬁlm", "lm", 5, ("ﬁlm", "ﬁlm", "ﬁlm", "lm")),  # "film" is a piece
    ("the ﬁx", "x", 5, ("x", "ﬁx", "x", "x")),
    ("the 👩🏽\u200d🚀 was", "👩", 4, ("👩🏽\u200d🚀", "👩🏽", "👩", "👩")),  # cased: the joiner is a space
    ("the 👩🏽\u200d🚀 was", "🚀", 7, ("👩🏽\u200d🚀", "🚀", "🚀", "🚀")),
    ("茶は温かい", "温", 2, ("温", "温", "温", "温")),
    ("茶は温かい", "か", 3, ("かい", "かい", "か", "か")),
    ("the İx", "x", 5, ("x", "İx", "x", "x")),
    ("the İx", "İ", 4, ("İ", "İx", "İ", "İ")),
    ("re\u00added", "ded", 3, ("re\u00added", "ded", "re\u00added", "ded")),  # "red" is a piece
    ("red\u200btree", "tree", 4, ("tree", "tree", "tree", "tree")),
    ("two\u00a0tree", "tree", 4, ("tree", "two\u00a0tree", "tree", "two\u00a0tree")),  # cased: no space
    ("$5.00", "5", 1, ("5", "5", "5", "5")),
    ("1½ x", "½", 1, ("1½", "1½", "½", "½")),
    ("Straße", "ß", 4, ("ß", "Straße", "ß", "ß")),
    ("हिन्दी", "हि", 0, ("हिन्दी", "हिन्दी", "हि", "हि")),
    ("a\ufffdb", "a", 0, ("a\ufffdb", "a\ufffdb", "a", "a")),
    ("a\x00b", "b", 2, ("b", "b", "b", "b")),
]


def test_parts_of_words(hard):
    name, lower_case, preprocessor = hard
    column = 2 * (name == "known") + (not lower_case)
    spans = spans_of([case[:3] for case in PARTS], preprocessor)
    assert spans == [(expected[column], expected[column] != text) for _, text, _, expected in PARTS]


def test_what_makes_no_token_at_an_answers_ends_is_left_outside(hard):
    cases = [
        ("the \u200btree\u200b was", "\u200btree\u200b", 4),
        ("the tree\u00ad was", "tree\u00ad", 4),
        ("the red\r\ntree\t", "\r\ntree\t", 7),
        ("the \ufefftree\u202c", "\ufefftree\u202c", 4),
    ]
    assert spans_of(cases, hard[2]) == [("tree", False)] * 4


# Any text


def is_known(character):
    """Whether this Python's Unicode tables, which may be older than ICU's, have the character."""
    return unicodedata.category(character) not in ("Cn", "Cs")


characters = st.one_of(
    st.sampled_from("abeirx .[('\u0301\u0323\u0345\u0334ﬁé中\u200b\u00ad\u200d\x00 \ufffdß\u00a0½\n\t"),
    st.sampled_from("\u1b44\u1baa\u302e\u302f\U0001d15e\U0001d165\ua9c0\u034f\uff9e\ufe0f\u1112\u1161\u11ab"),
    st.characters(exclude_categories=["Cs", "Cn"]),
).filter(is_known)
questions = st.tuples(st.text(characters, max_size=8), st.text(characters, max_size=30), st.integers(0), st.integers(0))


@pytest.fixture(scope="module", params=[True, False], ids=["uncased", "cased"])
def any_preprocessor(request, tmp_path_factory):
    pieces = "a b e i x f re ex 中 é ß s ½ 1 2 ⁄ . ( [ ' ि \ufffd ᄒ \u0301 \u0334 \u1b44".split()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *pieces, *("##" + piece for piece in pieces)]
    path = write(tmp_path_factory.mktemp("vocabulary") / "vocab.txt", words)
    return QuestionPreprocessor(Tokenizer(path, lower_case=request.param), 10, doc_stride=2, max_query_length=3)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(st.lists(questions, max_size=6), st.sampled_from([1, 2, 512]))
@example([("aaa", "aaaaa", 0, 5)], 1)  # an answer that is longer than a window
def test_any_text_gives_the_windows_and_labels_of_the_rules(any_preprocessor, drawn, chunk):
    rows = [("first", "a", "a b", "b")]
    for number, (question, context, start, length) in enumerate(drawn):
        start %= len(context) + 1
        text = context[start : start + length % 8]
        rows.append((f"{number}", question, context, *[(text, start)] * bool(text.strip())))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(question_split, "_CHUNK_QUESTIONS", chunk)
        assert_is_oracles(make_question_split(asked(rows), any_preprocessor), any_preprocessor)
