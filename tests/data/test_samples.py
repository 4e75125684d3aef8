"""The data sets that ship with the library: their format, their balance, and that train and test do not overlap."""

import csv
import itertools
import json
import pathlib
import re
import unicodedata

import pytest

import bert_keras.data

FOLDER = pathlib.Path(bert_keras.data.__file__).parent / "samples"
LABELS = ("negative", "positive")
PARTS = ("train", "test")
WORD = re.compile(r"\w+(?:['’]\w+)*")


def review_lines(part: str) -> list[str]:
    return (FOLDER / f"reviews_{part}.tsv").read_bytes().decode("utf-8").split("\n")


def reviews(part: str) -> list[tuple[str, str]]:
    return [tuple(line.split("\t")) for line in review_lines(part)[1:-1]]


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def trigrams(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + 3]) for i in range(len(found) - 2)} or {tuple(found)}


@pytest.mark.parametrize("part, rows", [("train", 456), ("test", 236)])
def test_reviews_have_the_counts_of_the_card_and_both_labels_equally_often(part, rows):
    labels = [label for _, label in reviews(part)]
    assert len(labels) == rows
    assert {label: labels.count(label) for label in LABELS} == dict.fromkeys(LABELS, rows // 2)


@pytest.mark.parametrize("part", PARTS)
def test_reviews_are_well_formed(part):
    header, *lines, last = review_lines(part)
    assert header == "sentence\tlabel"
    assert last == ""  # the file ends in one line break
    for line in lines:
        sentence, label = line.split("\t")  # two columns, no third
        assert label in LABELS
        assert sentence == sentence.strip() and "  " not in sentence, line
        assert '"' not in sentence and "\r" not in sentence, line  # readable with quoting on or off
        assert unicodedata.is_normalized("NFC", sentence), line
        assert 3 <= len(sentence.split()) <= 45, line


@pytest.mark.parametrize("part", PARTS)
def test_the_length_of_a_review_does_not_give_its_label_away(part):
    lengths = {label: [len(text.split()) for text, of in reviews(part) if of == label] for label in LABELS}
    negative, positive = (sum(lengths[label]) / len(lengths[label]) for label in LABELS)
    assert max(negative, positive) <= 1.1 * min(negative, positive)


@pytest.mark.parametrize("part", PARTS)
def test_reviews_are_in_mixed_order(part):
    labels = [label for _, label in reviews(part)]
    longest_run = max(len(list(run)) for _, run in itertools.groupby(labels))
    assert longest_run <= 15  # sorted files have runs of half their length


def test_no_two_reviews_are_near_duplicates():
    sentences = [sentence for part in PARTS for sentence, _ in reviews(part)]
    assert len({" ".join(words(sentence)) for sentence in sentences}) == len(sentences)
    for (one, left), (other, right) in itertools.combinations([(s, trigrams(s)) for s in sentences], 2):
        shared = len(left & right) / min(len(left), len(right))
        assert shared <= 0.6, f"{shared:.0%} of the trigrams are shared: {one!r} and {other!r}"


def test_no_test_review_opens_like_a_training_review():
    openings = {tuple(words(sentence)[:4]): sentence for sentence, _ in reviews("train")}
    for sentence, _ in reviews("test"):
        same = openings.get(tuple(words(sentence)[:4]))
        assert same is None, f"{sentence!r} opens like {same!r}"


def paragraphs(part: str) -> list[dict]:
    document = json.loads((FOLDER / f"questions_{part}.json").read_text(encoding="utf-8"))
    assert set(document) == {"version", "data"} and document["version"] == "v2.0"
    for article in document["data"]:
        assert set(article) == {"title", "paragraphs"}
    return [paragraph for article in document["data"] for paragraph in article["paragraphs"]]


def questions(part: str) -> list[tuple[str, dict]]:
    return [(paragraph["context"], question) for paragraph in paragraphs(part) for question in paragraph["qas"]]


@pytest.mark.parametrize("part, contexts, asked, impossible", [("train", 36, 235, 58), ("test", 12, 81, 21)])
def test_questions_have_the_counts_of_the_card(part, contexts, asked, impossible):
    found = questions(part)
    assert len(paragraphs(part)) == contexts
    assert len(found) == asked
    assert sum(question["is_impossible"] for _, question in found) == impossible


@pytest.mark.parametrize("part", PARTS)
def test_questions_have_the_keys_and_types_of_squad_2(part):
    for paragraph in paragraphs(part):
        assert set(paragraph) == {"context", "qas"} and paragraph["qas"]
        assert paragraph["context"] == paragraph["context"].strip()
        assert 60 <= len(paragraph["context"].split()) <= 150, paragraph["context"]
    for _, question in questions(part):
        keys = {"id", "question", "is_impossible", "answers"}
        assert set(question) == (keys | {"plausible_answers"} if question["is_impossible"] is True else keys)
        assert isinstance(question["is_impossible"], bool)
        assert question["question"] == question["question"].strip() and question["question"].endswith("?")


@pytest.mark.parametrize("part", PARTS)
def test_every_answer_stands_where_its_offset_says(part):
    for context, question in questions(part):
        for answer in question["answers"] + question.get("plausible_answers", []):
            text, start = answer["text"], answer["answer_start"]
            assert set(answer) == {"text", "answer_start"} and type(start) is int and start >= 0
            assert context[start : start + len(text)] == text, question["id"]
            assert text == text.strip() and 1 <= len(text.split()) <= 8, question["id"]
            # whole words only: no answer may begin or end inside one
            assert not re.search(r"\w\Z", context[:start]) or not re.match(r"\w", text), question["id"]
            assert not re.search(r"\w\Z", text) or not re.match(r"\w", context[start + len(text) :]), question["id"]


@pytest.mark.parametrize("part", PARTS)
def test_only_impossible_questions_have_no_answer(part):
    for _, question in questions(part):
        assert bool(question["answers"]) != question["is_impossible"], question["id"]
        assert len(question.get("plausible_answers", [])) == question["is_impossible"], question["id"]
        assert part == "test" or len(question["answers"]) <= 1, question["id"]


def test_ids_questions_and_contexts_are_unique_over_both_parts():
    found = [question for part in PARTS for _, question in questions(part)]
    contexts = [paragraph["context"] for part in PARTS for paragraph in paragraphs(part)]
    assert len({question["id"] for question in found}) == len(found) == 316
    assert len({question["question"] for question in found}) == len(found)
    assert len(set(contexts)) == len(contexts) == 48


def test_questions_hold_the_hard_text_the_card_names():
    contexts = [paragraph["context"] for part in PARTS for paragraph in paragraphs(part)]
    for needle in ("—", "\n", "霧青", "陳美玲", "é", '"', "\u200d", "−110 °C", "€4,980"):
        assert any(needle in context for context in contexts), needle
    after_an_astral_character = [
        answer
        for part in PARTS
        for context, question in questions(part)
        for answer in question["answers"]
        if max(context[: answer["answer_start"]], default="") > "\uffff"
    ]
    assert len(after_an_astral_character) >= 3  # offsets in UTF-16 units would be wrong for these
    later = [
        question["id"]
        for context, question in questions("train")
        for answer in question["answers"]
        if context.find(answer["text"]) != answer["answer_start"]
    ]
    assert len(later) == 3  # offsets from str.find would be wrong for these


@pytest.mark.parametrize("part, counts", [("train", (40, 397, [30, 14, 22, 23])), ("test", (12, 109, [9, 5, 7, 7]))])
def test_entities_are_well_formed_and_have_the_counts_of_the_card(part, counts):
    content = (FOLDER / f"entities_{part}.conll").read_bytes().decode("utf-8")
    sentences = [[line.split("\t") for line in block.split("\n")] for block in content.strip("\n").split("\n\n")]
    assert {len(line) for sentence in sentences for line in sentence} == {2} and "\r" not in content
    tags = [tag for sentence in sentences for _, tag in sentence]
    kinds = [tags.count(f"B-{kind}") for kind in ("LOC", "MISC", "ORG", "PER")]
    assert (len(sentences), len(tags), kinds) == counts
    card = (FOLDER / "ENTITIES.md").read_text(encoding="utf-8")
    row = [f"`entities_{part}.conll`", counts[0], counts[1], sum(kinds), *kinds]
    assert f"| {' | '.join(map(str, row))} |" in card
    for sentence in sentences:
        for (_, before), (_, tag) in itertools.pairwise([["", "O"], *sentence]):
            assert tag[0] != "I" or before[1:] == tag[1:]


def test_no_sentence_with_entities_is_in_both_parts():
    parts = [(FOLDER / f"entities_{part}.conll").read_text(encoding="utf-8").split("\n\n") for part in PARTS]
    assert not {block.strip() for block in parts[0]} & {block.strip() for block in parts[1]}


def topics() -> list[tuple[str, str]]:
    with open(FOLDER / "topics.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == ["headline", "topic"]
    return [tuple(row) for row in rows]


def test_topics_have_the_counts_of_the_card():
    labels = [topic for _, topic in topics()]
    assert {label: labels.count(label) for label in sorted(set(labels))} == {
        "business": 36,
        "culture": 22,
        "politics": 30,
        "science": 28,
        "sport": 34,
    }


def test_topics_are_well_formed_and_in_mixed_order():
    assert (FOLDER / "topics.csv").read_bytes().endswith(b"\n") and b"\r" not in (FOLDER / "topics.csv").read_bytes()
    for headline, _ in topics():
        assert headline == headline.strip() and "  " not in headline, headline
        assert unicodedata.is_normalized("NFC", headline), headline
        assert 4 <= len(headline.split()) <= 11, headline
    assert any("," in headline for headline, _ in topics())  # a reader that splits at commas fails
    assert max(len(list(run)) for _, run in itertools.groupby(topic for _, topic in topics())) <= 6


def test_no_two_headlines_are_near_duplicates():
    headlines = [headline for headline, _ in topics()]
    assert len({" ".join(words(headline)) for headline in headlines}) == len(headlines) == 150
    for (one, left), (other, right) in itertools.combinations([(h, trigrams(h)) for h in headlines], 2):
        shared = len(left & right) / min(len(left), len(right))
        assert shared <= 0.6, f"{shared:.0%} of the trigrams are shared: {one!r} and {other!r}"
