"""Next sentences: which pairs there are, in what shares, the same by seed; learnt by a classifier of two classes."""

import numpy as np
import pytest
import tuned
from scipy import stats

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.finetune import finetune
from bert_keras.running.loading.load import load
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.next_sentences import _pairs, load_next_sentences


def documents(count=12, seed=0):
    """Sentence number `s` of document `d` is "d<d> s<s>"; 1 to 8 sentences."""
    sizes = np.random.default_rng(seed).integers(1, 9, count)
    return [[f"d{number} s{place}" for place in range(size)] for number, size in enumerate(sizes)]


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def rows_of(split):
    return list(zip(*split.examples.texts, split.examples.labels.tolist(), strict=True))


def place_of(sentence):
    document, place = sentence.split()
    return int(document[1:]), int(place[1:])


def test_every_sentence_with_one_behind_it_begins_one_pair_and_half_are_not_next(tokenizer):
    made = documents(40)
    split = load_next_sentences(made, tokenizer, validation_share=0).split("train")
    rows = rows_of(split)
    assert [row[0] for row in rows] == [sentence for document in made for sentence in document[:-1]]
    for first, second, label in rows:
        (document, place), (other, at) = place_of(first), place_of(second)
        assert (other, at) == (document, place + 1) if label == 0 else other != document
    assert sum(label for *_, label in rows) == len(rows) // 2


def test_a_second_sentence_is_drawn_evenly_from_all_other_documents():
    made = [["d0 s0", "d0 s1"], ["d1 s0"], ["d2 s0", "d2 s1", "d2 s2"]]
    drawn = {f"d{d} s{s}": 0 for d, s in ((1, 0), (2, 0), (2, 1), (2, 2))}
    for seed in range(400):
        for first, second, label in zip(*(pairs := _pairs("train", made, seed)).texts, pairs.labels, strict=True):
            if first == "d0 s0" and label == 1:
                drawn[second] += 1
    assert sum(drawn.values()) > 80 and stats.chisquare(list(drawn.values())).pvalue > 0.001


def test_the_seed_decides_and_parts_share_no_document(tokenizer):
    made = documents(30)
    one, again, other = (load_next_sentences(made, tokenizer, pair_seed=seed) for seed in (0, 0, 1))
    assert rows_of(one.split("train")) == rows_of(again.split("train")) != rows_of(other.split("train"))
    held = {name: {place_of(text)[0] for row in rows_of(one.split(name)) for text in row[:2]} for name in one.splits}
    assert set(held) == {"train", "validation"} and not held["train"] & held["validation"]


def test_a_part_that_is_held_out_has_two_documents_at_least():
    for count, shares, sizes in (
        (4, {}, (2, 2)),
        (12, {}, (10, 2)),
        (30, {}, (27, 3)),
        (6, {"test_share": 0.1}, (2, 2, 2)),
    ):
        rows = load_next_sentences([[f"d{d} s0", f"d{d} s1"] for d in range(count)], **shares).rows()
        held = {part: {place_of(text)[0] for text in pairs.texts[0]} for part, pairs in rows.items()}
        assert tuple(map(len, held.values())) == sizes
        assert sorted(document for some in held.values() for document in some) == list(range(count))
    for parts in (("train",), ("validation",)):
        alone = load_next_sentences(documents(30)).rows(parts)
        assert list(alone) == list(parts)
        assert alone[parts[0]].texts == load_next_sentences(documents(30)).rows()[parts[0]].texts


def test_files_and_lists_are_the_same(tokenizer, tmp_path):
    made = documents(8)
    for name in ("train", "validation"):
        text = "\n\n".join("\n".join(document) for document in made)
        (tmp_path / f"{name}.txt").write_text("\n" + text + "\n\n\n", encoding="utf-8")
    wanted = rows_of(load_next_sentences(made, tokenizer, validation_share=0).split("train"))
    for source in (tmp_path, {"train": tmp_path / "train.txt", "validation": made}):
        data = load_next_sentences(source, tokenizer)
        assert rows_of(data.split("train")) == rows_of(data.split("validation")) == wanted
    alone = load_task("next_sentences", tokenizer, data_dir=tmp_path, parts=("train",), limit=3)
    split = alone.split("train")
    assert len(split) == 3 and alone.label_names == ("is_next", "not_next")
    numbers = [wanted.index(row) for row in rows_of(split)]  # drawn, in their order
    assert numbers == sorted(numbers) and numbers[-1] > 3


def test_a_run_learns_and_its_folder_takes_pairs(tmp_path):
    # A document is of one word: the next sentence is the one with the same word.
    nouns = "film book food room story dog cat house".split()
    made = [[f"the {noun} {end}" for end in ("is", "was", "has", "had", "can")] for noun in nouns] * 6
    text = "\n\n".join("\n".join(document) for document in made)
    (tmp_path / "train.txt").write_text(text, encoding="utf-8")
    recipe = Recipe(epochs=1, batch_size=16)
    encoder = tuned.write_encoder(tmp_path / "encoder")
    task = load_task("next_sentences", data_dir=tmp_path, seq_length=24)
    finetune(task, encoder, tmp_path / "run", recipe=recipe, say=lambda line: None)
    answer = load(tmp_path / "run")("the film is", "the film was")
    assert set(answer.probabilities) == {"is_next", "not_next"}


def test_mistakes_are_named(tokenizer, tmp_path):
    def refuses(source, match, error=ValueError, **options):
        with pytest.raises(error, match=match):
            load_next_sentences(source, tokenizer, **options)

    refuses([["a", "b"]], "`source` must hold two documents or more for train", validation_share=0)
    refuses([["a"], ["b"]], "`source` must hold two documents or more for train, and one of two", validation_share=0)
    refuses([["a", "b"]] * 3, r"`source` must hold four documents or more to hold some out\. Received: source=3")
    refuses([["a", "b"]] * 5, "`source` must hold six documents or more to hold some out", test_share=0.1)
    refuses(["a", "b"], "`source` must be a file, a folder, documents", TypeError)
    refuses([["a", 3]], "`source` must hold sentences as str", TypeError)
    refuses({"train": [["a", "b"]], "dev": [["a", "b"]]}, r"`source` must be by part, out of train, validation, test")
    refuses({"dev": [["a", "b"]]}, "`source` must be a file, a folder, documents", TypeError)
    refuses(tmp_path / "none.txt", "`source` must be a file or a folder", FileNotFoundError)
    refuses(tmp_path, r"`source` must hold train\.txt", FileNotFoundError)
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9\n")
    refuses(tmp_path / "bad.txt", r"bad\.txt, line 1, byte 4: this must be utf-8")
    with pytest.raises(ValueError, match="`data_dir` must be the folder or file with documents"):
        load_task("next_sentences", tokenizer)
