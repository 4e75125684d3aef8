"""Whatever happens to a file of a model, an encoder or an export: it is refused in a sentence, or answers are equal.

A sample of the damages; `make faults` has more than 10,000.
"""

import collections
import itertools
import os
import random
import re
import shutil

import choices
import numpy as np
import pytest
import questions
import tagging
import tuned
from damages import damages

import bert_keras as bk
from bert_keras.beam.exported_model import ExportedModel
from bert_keras.beam.table_form import TableForm
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.hub.downloads.archives import extract
from bert_keras.manifest import Manifest
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.serving.servable import Servable
from bert_keras.serving.served_folder import ServedFolder

ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
OF_A_FILE, OF_A_LIST = (220, 30) if ALL else (6, 6)  # damages
FREE = re.compile(r"README\.md|metrics\.json|serving\.md|logs/.*")  # what decides no answers, and may be edited
OF_A_FREE_FILE = 2 if ALL else 1  # each of them is loaded and asked
OURS = re.compile(r"`\w+` must [^\n]*\. Received: [^\n]*")
TEXTS = ["the film was very good", "a bad room, and poor food!", "", "is the cat a dog?"]


def texts(folder):
    return bk.load(folder).probabilities(TEXTS)


def asked(folder):
    return [repr(one) for one in bk.load(folder)(["who is a cat"] * 4, [f"the cat is {text}" for text in TEXTS])]


def tags(folder):
    return [repr(one) for one in bk.load(folder)(TEXTS)]


def chosen(folder):
    return [repr(one) for one in bk.load(folder)(TEXTS[:2], [["a cat", "a dog", "food"]] * 2)]


def served(folder):
    strings = np.array([text.encode() for text in TEXTS], object)
    return Servable.load(ServedFolder.find(folder)).signatures["serving_default"]({"text": strings})["probabilities"]


def on_beam(folder):
    form = TableForm.of(folder, "id", None, (), None, "serving_default", 10_000, 32)
    return [repr(one) for one in ExportedModel(form).answer({"id": n, "text": text} for n, text in enumerate(TEXTS))]


def encoded(folder, **options):
    encoder = load_encoder(folder, **options)
    return encoder(encoder.preprocessor(16)(TEXTS))["pooled_output"].numpy()


def natively(folder):
    return encoded(folder, native=True)


def converted_again(folder):
    encoder = bk.convert_huggingface(folder, folder.parent / "again", lower_case=True)
    try:
        return encoded(encoder, native=True)
    finally:
        shutil.rmtree(encoder)


def unpacked(folder, encoder):
    """As `resolve` unpacks a published encoder into the cache."""
    packed = shutil.make_archive(os.fspath(folder), "gztar", tuned.without_lists(encoder))
    assert extract(packed, os.fspath(folder), origin={"handle": "published"})


def choices_folder(folder, encoder):
    model = choices.with_random_head(load_encoder(encoder))
    folder.mkdir()
    config = {"task": "swag", "seq_length": 24, "metric_names": ["accuracy"]}
    write_model_folder(folder, model, config, {"accuracy": 0.5})


def exported(**options):
    def make(folder, encoder):
        bk.export(tuned.write_model(folder.parent / "model", encoder), folder, **options)

    return make


# By name: what makes the folder of an encoder's copy, and what uses it.
KINDS = {
    "texts": (tuned.write_model, texts),
    "texts, native": (lambda folder, encoder: tuned.write_model(folder, encoder, native=True), texts),
    "several labels": (lambda folder, encoder: tuned.write_model(folder, encoder, "multi"), texts),
    "questions": (questions.write_model, asked),
    "tags": (tagging.write_model, tags),
    "choices": (choices_folder, chosen),
    "an export, served": (exported(), served),
    "an export, on Beam": (exported(), on_beam),
    "Hugging Face's form, converted": (exported(to="huggingface"), converted_again),
    "an encoder": (lambda folder, encoder: shutil.copytree(encoder, folder), encoded),
    "an encoder, native": (lambda folder, encoder: shutil.copytree(encoder, folder), natively),
    "the cache": (unpacked, encoded),
}
SAMPLE = ("texts", "an export, served", "the cache")


def outcome(folder, use, wanted):
    """What became of a damage: "refused", "equal", or in words what is wrong."""
    try:
        found = use(folder)
    except (ValueError, OSError) as error:
        return "refused" if OURS.fullmatch(str(error)) else f"not our sentence: {type(error).__name__}: {error}"
    except Exception as error:
        return f"foreign: {type(error).__name__}: {error}"
    return "equal" if np.array_equal(found, wanted) else "wrong answers in silence"


def all_outcomes(folder, use, only=lambda name: True, count=OF_A_FILE):
    """By outcome, the damages that ended so, after one after the other of every file of a folder."""
    wanted, found = use(folder), collections.defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if only(name):
            content, chance = path.read_bytes(), random.Random(name)
            times = OF_A_FREE_FILE if FREE.fullmatch(name) else OF_A_LIST if path.name == Manifest.NAME else count
            for what, damaged in itertools.islice(damages(content, name, chance), times):
                path.unlink()
                if damaged is not None:
                    path.write_bytes(damaged)
                found[outcome(folder, use, wanted)].append((name, what))
                path.write_bytes(content)
    return found


@pytest.fixture
def encoder(tmp_path):
    return tuned.write_encoder(tmp_path / "encoder")


@pytest.mark.parametrize("name", KINDS if ALL else SAMPLE)
def test_what_is_loaded_is_what_was_written(name, encoder, tmp_path):
    make, use = KINDS[name]
    folder = tmp_path / "folder"
    make(folder, encoder)
    found = all_outcomes(folder, use)
    counts = {what: len(places) for what, places in found.items()}
    if ALL:
        print(f"{name}: {sum(counts.values()):,} damages; {counts}")
    assert set(found) <= {"refused", "equal"}, found
    # What is taken is a damage of what decides no answers, or of the list itself: without it a folder is an older one.
    taken = {place for place in found["equal"] if not FREE.fullmatch(place[0])}
    assert taken <= {(Manifest.NAME, what) for what in ("gone", "drop line", "swap lines")}
    assert counts["refused"] > 0.9 * sum(counts.values())


def test_a_folder_of_before_there_were_lists_is_refused_in_a_sentence_where_it_is(encoder, tmp_path):
    folder = tuned.without_lists(tuned.write_model(tmp_path / "folder", encoder))
    of_ours = ("config.json", "head.weights.h5", "encoder/assets/vocab.txt", "encoder/variables/variables.index")
    found = all_outcomes(folder, texts, (of_ours if ALL else of_ours[:1]).__contains__, 100 if ALL else 12)
    # A field of config.json that is another one of its type is taken: it is what a list is for.
    wrong = found.pop("wrong answers in silence", [])
    assert {name for name, _ in wrong} <= {"config.json"}
    assert set(found) <= {"refused", "equal"}, found


def test_the_harness_finds_a_library_without_lists_wanting(encoder, tmp_path):
    folder = tuned.without_lists(encoder)
    wanted, path = encoded(folder), folder / "assets" / "vocab.txt"
    swapped = {"good": "bad", "bad": "good"}
    path.write_text("".join(f"{swapped.get(line, line)}\n" for line in path.read_text().splitlines()))
    assert outcome(folder, encoded, wanted) == "wrong answers in silence"
