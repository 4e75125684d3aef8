"""A small set of questions in SQuAD's JSON, and the same as TFDS prepares it."""

import json

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

KETTLE = "The kettle, a gift of Ann's, sang at nine. Ann drank tea."
HILL = "Ёлка 🌲 стоит на холме. 茶は温かい。"


def answer(context, text, start=None):
    return {"text": text, "answer_start": context.index(text) if start is None else start}


def small(version="2.0"):
    """Two articles; ids are not in order, so that a sorted order shows."""
    qas = [
        {"id": "k2", "question": "When did it sing? ", "answers": [answer(KETTLE, "nine"), answer(KETTLE, "at nine")]},
        {"id": "k1", "question": "Who drank?", "answers": [answer(KETTLE, "Ann", 43)]},
    ]
    hill = [{"id": "h1", "question": "Где ёлка?", "answers": [answer(HILL, "на холме")]}]
    if version == "2.0":
        for entry in (*qas, *hill):
            entry["is_impossible"] = False
        hill.append({"id": "a1", "question": "Why?", "answers": [], "is_impossible": True})
        hill[-1]["plausible_answers"] = [answer(HILL, "茶")]
    return {
        "version": version,
        "data": [
            {"title": "Kettle", "paragraphs": [{"context": KETTLE, "qas": qas}]},
            {"title": "Hill", "paragraphs": [{"context": HILL, "qas": hill}]},
        ],
    }


CONTEXTS = [
    f"the {noun} was {colour} and not new" for noun in ("film", "book", "food") for colour in ("red", "green", "blue")
]


def paragraphs(asked):
    """SQuAD's JSON with so many questions about each of the contexts: "what was it", the colour."""
    articles = []
    for number, (context, count) in enumerate(zip(CONTEXTS, asked, strict=False)):
        answers = [answer(context, context.split()[3])]
        qas = [{"id": f"{number}-{row}", "question": "what was it", "answers": answers} for row in range(count)]
        articles.append({"context": context, "qas": qas})
    return {"data": [{"paragraphs": articles}]}


def write(path, squad):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(squad, ensure_ascii=False), encoding="utf-8")
    return path


def prepare_tfds(folder, version, split, rows):
    """Writes a prepared TFDS data set `squad/<version>` of one split, with these rows in this order."""
    text, spans = tfds.features.Text(), {"text": tfds.features.Text(), "answer_start": np.int32}
    features = {"id": text, "title": text, "context": text, "question": text, "answers": tfds.features.Sequence(spans)}
    signature = {name: tf.TensorSpec([], tf.string) for name in ("id", "title", "context", "question")}
    signature["answers"] = {"text": tf.TensorSpec([None], tf.string), "answer_start": tf.TensorSpec([None], tf.int32)}
    if version == "v2.0":
        features["is_impossible"], signature["is_impossible"] = np.bool_, tf.TensorSpec([], tf.bool)
    tfds.dataset_builders.store_as_tfds_dataset(
        name="squad",
        config=version,
        version="3.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets={split: tf.data.Dataset.from_generator(lambda: iter(rows), output_signature=signature)},
        data_dir=folder,
        disable_shuffling=True,
    )
    return folder


def tfds_rows(squad):
    """The questions as TFDS's builder of SQuAD makes them, last first."""
    rows = []
    for article in squad["data"]:
        for paragraph in article["paragraphs"]:
            for entry in paragraph["qas"]:
                row = {"id": entry["id"], "title": article["title"], "context": paragraph["context"]}
                row["question"] = entry["question"]
                row["answers"] = {
                    "text": np.array([span["text"] for span in entry["answers"]], object),
                    "answer_start": np.array([span["answer_start"] for span in entry["answers"]], np.int32),
                }
                if "is_impossible" in entry:
                    row["is_impossible"] = entry["is_impossible"]
                rows.append(row)
    return rows[::-1]
