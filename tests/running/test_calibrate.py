"""`bk.calibrate`: a temperature that is known is found, kept in the folder, and the same wherever the model runs."""

import functools
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
import tuned
from scipy import special

from bert_keras.data.row_digests import RowDigests
from bert_keras.running import calibrate as module
from bert_keras.running.calibrate import calibrate
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.evaluate import evaluate
from bert_keras.running.export import export
from bert_keras.running.folders.verify import verify
from bert_keras.running.loading.load import load
from bert_keras.running.predict_file import predict_file
from bert_keras.text_classification.reviews import read_reviews
from bert_keras.text_classification.text_predictor import TextPredictor
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors

TEXTS = ["good film", "a very bad room", "It is not good"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """By kind, a model folder that nobody changes."""
    place = tmp_path_factory.mktemp("models")
    encoder = tuned.write_encoder(place / "encoder")
    return functools.cache(lambda kind: tuned.write_model(place / kind, encoder, kind))


@pytest.fixture
def folder(folders, tmp_path):
    """A copy of one."""
    return lambda kind="single": shutil.copytree(folders(kind), tmp_path / kind)


@functools.cache
def texts(count=400):
    found = [*read_reviews("reviews_train.tsv").texts[0], *read_reviews("reviews_test.tsv").texts[0]]
    return list(dict.fromkeys(found))[:count]


def table(predictor, temperature):
    """Rows whose labels are as sure as the model's logits would be, were they divided by a temperature."""
    logits = predictor.logits(texts()).astype("float64") / temperature
    random = np.random.default_rng(0)
    if predictor.model.problem_type == "single_label_classification":
        is_second = random.random(len(logits)) < special.softmax(logits, axis=1)[:, 1]
        labels = [predictor.labels[int(place)] for place in is_second]
        return {"sentence": texts(), "label": labels}
    has = random.random(logits.shape) < special.expit(logits)
    return {
        "sentence": texts(),
        "label": [[n for n, own in zip(predictor.labels, row, strict=True) if own] for row in has],
    }


def sharpened(folder, by):
    """A predictor whose model is surer than it ought to be."""
    predictor = load(folder)
    for weight in predictor.model.classifier.weights:
        weight.assign(weight * by)
    return predictor


@pytest.mark.parametrize("kind", ["single", "multi"])
def test_a_known_temperature_is_found(folders, kind):
    predictor = sharpened(folders(kind), 8.0)
    rows = table(predictor, 4.0)
    before = predictor.logits(TEXTS)
    found = calibrate(predictor, rows)
    assert found.temperature == pytest.approx(4.0, rel=0.35)
    assert found.error_after < 0.6 * found.error_before and found.loss_after < found.loss_before
    assert found.fitted_rows + found.measured_rows == len(texts()) and abs(found.fitted_rows - found.measured_rows) < 9
    np.testing.assert_allclose(predictor.logits(TEXTS), before / found.temperature, rtol=1e-4, atol=1e-5)
    again = calibrate(predictor, rows)  # of the trained model's own logits
    assert again.temperature == pytest.approx(found.temperature, rel=1e-3)
    assert again.error_before == pytest.approx(found.error_before, abs=5e-3)
    np.testing.assert_allclose(predictor.logits(TEXTS), before / found.temperature, rtol=1e-3, atol=1e-4)
    other = calibrate(predictor, rows, seed=1)
    assert other.temperature != found.temperature and other.temperature == pytest.approx(4.0, rel=0.4)


def test_the_folder_says_the_same_everywhere(folder, tmp_path):
    path = folder()
    predictor = load(path)
    rows = table(predictor, 0.5)
    before = predictor.probabilities(TEXTS)
    labels = [answer.label for answer in predictor(TEXTS)]
    found = calibrate(path, rows)
    assert found.temperature < 1 and verify(path) == {}
    loaded = load(path)
    logits = predictor.logits(TEXTS).astype("float64")
    wanted = special.softmax(logits / found.temperature, axis=1)
    assert np.abs(wanted - before).max() > 0.01
    np.testing.assert_allclose(loaded.probabilities(TEXTS), wanted, atol=1e-5)
    assert [answer.label for answer in loaded(TEXTS)] == labels and all(answer.unsure == () for answer in loaded(TEXTS))
    assert loaded.config["calibration"] == json.loads(json.dumps(found.to_config()))
    assert loaded.config["abstain_below"] is None and loaded.table_names() == predictor.table_names()
    served = tf.saved_model.load(export(path, tmp_path / "served"))
    answer = served.signatures["serving_default"](text=tf.constant(TEXTS))
    np.testing.assert_allclose(answer["probabilities"], wanted, atol=1e-5)
    assert sorted(answer) == ["label", "label_id", "probabilities"]

    # Figures are of the half that nothing was fitted on: which one it is the folder keeps.
    fitted = RowDigests.read(path / "calibrated_rows.npy").among([(text,) for text in texts()])
    assert (fitted.sum(), (~fitted).sum()) == (found.fitted_rows, found.measured_rows)
    others = {
        name: [value for value, own in zip(column, fitted, strict=True) if not own] for name, column in rows.items()
    }
    scores = evaluate(loaded, others, "test")
    assert scores.rows == found.measured_rows
    assert scores.calibration.error == pytest.approx(found.error_after, abs=1e-4)
    truth = np.array([loaded.labels.index(label) for label in others["label"]])
    of_truth = loaded.probabilities(others["sentence"])[np.arange(len(truth)), truth]
    assert -np.log(of_truth).mean() == pytest.approx(found.loss_after, abs=1e-4)


def test_a_promise_is_kept_by_saying_nothing(folder, tmp_path):
    path = folder()
    rows = table(load(path), 0.4)
    found = calibrate(path, rows, precision=0.85)
    [promise] = found.promises
    assert promise.label is None and 0.5 < promise.threshold < 1 and 0.1 < promise.coverage < 0.95
    predictor = load(path)
    assert predictor.config["abstain_below"] == promise.threshold and verify(path) == {}

    fitted = RowDigests.read(path / "calibrated_rows.npy").among([(text,) for text in texts()])
    answers = predictor(texts())
    said = [
        answer.label == label
        for answer, label, own in zip(answers, rows["label"], fitted, strict=True)
        if not own and answer.label is not None
    ]
    assert len(said) == promise.said and np.mean(said) == pytest.approx(promise.precision)
    assert len(said) / (~fitted).sum() == pytest.approx(promise.coverage)
    for answer in answers:
        best = max(answer.probabilities, key=answer.probabilities.get)
        is_sure = answer.score >= promise.threshold
        assert answer.score == answer.probabilities[best]
        assert (answer.label, answer.unsure) == ((best, ()) if is_sure else (None, (best,)))
    unsure = next(answer for answer in answers if answer.unsure)
    assert f"<i>{unsure.unsure[0]}?</i>" in unsure._repr_html_()

    frame = predictor.to_frame({"sentence": [*texts()[:40], None]})
    assert list(frame.columns) == ["label", "score", "unsure", "negative", "positive"]
    for answer, row in zip(answers[:40], frame.head(40).itertuples(), strict=True):
        shown = [value if isinstance(value, str) else None for value in (row.label, row.unsure)]
        assert shown == [answer.label, (answer.unsure or (None,))[0]]
    lines = list(predictor.lines(texts()[:40]))
    assert [(line["label"], line["unsure"]) for line in lines] == [(a.label, a.unsure) for a in answers[:40]]
    assert any(a.unsure for a in answers[:40]) and any(a.label for a in answers[:40])

    served = tf.saved_model.load(export(path, tmp_path / "served"))
    given = served.signatures["serving_default"](text=tf.constant(texts()))
    for number, answer in enumerate(answers):
        label, unsure = (given[name][number].numpy().decode() for name in ("label", "unsure"))
        assert (label or None, unsure) == (answer.label, "".join(answer.unsure))
        assert int(given["label_id"][number]) == (-1 if answer.unsure else predictor.labels.index(answer.label))

    everything = predictor(texts(), abstain_below=0)
    assert all(answer.label is not None and answer.unsure == () for answer in everything)
    assert [a.label for a in predictor(texts()[:9], abstain_below=1.0)] == [None] * 9
    calibrate(path, rows)  # without a promise it says all again
    assert all(answer.label for answer in load(path)(texts()[:40]))


def test_each_of_several_labels_has_a_threshold_of_its_own(folder, tmp_path):
    path = folder("multi")
    rows = table(load(path), 0.4)
    found = calibrate(path, rows, precision=0.8)
    assert [promise.label for promise in found.promises] == ["food", "room", "staff"]
    predictor = load(path)
    thresholds = [promise.threshold for promise in found.promises]
    assert predictor.config["abstain_below"] == thresholds and len(set(thresholds)) > 1
    fitted = RowDigests.read(path / "calibrated_rows.npy").among([(text,) for text in texts()])
    answers = predictor(texts())
    for promise in found.promises:
        others = [(a, own) for a, own, is_fitted in zip(answers, rows["label"], fitted, strict=True) if not is_fitted]
        said = [promise.label in own for answer, own in others if promise.label in answer.label]
        would = [answer for answer, _ in others if answer.probabilities[promise.label] >= 0.5]
        assert len(said) == promise.said and len(said) / len(would) == pytest.approx(promise.coverage)
        assert (np.mean(said) if said else None) == (promise.precision and pytest.approx(promise.precision))
    assert any(answer.unsure for answer in answers) and any(answer.label for answer in answers)
    frame = predictor.to_frame({"sentence": texts()[:40]})
    assert frame["unsure"].tolist() == [list(answer.unsure) for answer in answers[:40]]
    given = tf.saved_model.load(export(path, tmp_path / "served")).signatures["serving_default"](
        text=tf.constant(texts())
    )
    for ids, unsure, answer in zip(given["label_ids"].numpy(), given["unsure_ids"].numpy(), answers, strict=True):
        assert tuple(n for n, own in zip(predictor.labels, ids, strict=True) if own) == answer.label
        assert tuple(n for n, own in zip(predictor.labels, unsure, strict=True) if own) == answer.unsure


def test_rows_that_cannot_bear_a_promise(folder):
    path = folder()
    rows = table(load(path), 1.0)
    before = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
    with pytest.raises(ValueError, match=r"`precision` must .* that the 400 rows can bear.* bears 0\.\d+ at"):
        calibrate(path, rows, precision=0.999)
    with pytest.raises(ValueError, match="`data` must hold 20 rows or more"):
        calibrate(path, {name: column[:12] for name, column in rows.items()})
    with pytest.raises(ValueError, match="`precision` must be"):
        calibrate(path, rows, precision=1.0)
    with pytest.raises(TypeError, match="`folder` must be the path of a model folder"):
        calibrate(3, rows)
    assert before == {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}


def test_a_model_of_numbers_is_refused(folders):
    predictor = load(folders("regression"))
    rows = {"text": TEXTS * 8, "text_pair": TEXTS[1:] * 12, "label": [0.5, 1.5, 2.5] * 8}
    options = {"text": "text", "text_pair": "text_pair", "validation_share": 0.5, "seq_length": 24}
    with pytest.raises(ValueError, match="have labels that are classes"):
        calibrate(predictor, load_files(rows, predictor.model.encoder, **options))


def test_a_folder_that_cannot_be_written_stays(folder, monkeypatch):
    path = folder()
    rows = table(load(path), 0.5)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "head_bytes", full)
    with pytest.raises(OSError, match="It stays as it was"):
        calibrate(path, rows)
    assert verify(path) == {} and "calibration" not in load(path).config


UNLIKE = ["dog dog dog dog dog dog dog dog dog", "?", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!"]  # nothing that a review says


def test_a_text_that_is_unlike_the_others_gets_no_label(folder, tmp_path):
    path = folder()
    rows = table(load(path), 0.5)
    before = load(path).logits(texts())
    found = calibrate(path, rows, false_alarms=0.05)
    assert found.assurance == 0.9 and found.promises == () and found.abstain_below is None
    told = str(found).splitlines()[-1]
    assert told.startswith(
        f"unlike: above a distance of {found.unlike.threshold:.4g}, promised 0.05 false alarms at most"
    )
    predictor = load(path)
    assert predictor.config["unlike_above"] == found.unlike.threshold == predictor.unlike_above and verify(path) == {}
    np.testing.assert_allclose(predictor.logits(texts()), before / found.temperature, rtol=1e-4, atol=1e-5)

    everything = [*texts(), *UNLIKE]
    answers = predictor(everything)
    is_unlike = np.array([answer.unlike for answer in answers])
    assert is_unlike[-3:].any() and 0 < is_unlike[:-3].mean() < 0.1
    for answer in answers:
        best = max(answer.probabilities, key=answer.probabilities.get)
        assert answer.unlike == (answer.distance > found.unlike.threshold)
        assert (answer.label, answer.unsure) == ((None, (best,)) if answer.unlike else (best, ()))
        assert answer.score == answer.probabilities[best]
    fitted = RowDigests.read(path / "calibrated_rows.npy").among([(text,) for text in texts()])
    assert found.unlike.share == pytest.approx(is_unlike[:-3][~fitted].mean()) and found.unlike.rows == (~fitted).sum()
    assert "unlike the texts" in answers[int(is_unlike.argmax())]._repr_html_()
    assert "unlike the texts" not in answers[int(is_unlike.argmin())]._repr_html_()

    some = [everything[int(is_unlike.argmax())], everything[int(is_unlike.argmin())]]
    frame = predictor.to_frame({"sentence": [*some, None]})
    assert list(frame.columns) == ["label", "score", "unsure", "unlike", "distance", "negative", "positive"]
    assert frame["unlike"].tolist() == [True, False, None]
    lines = list(predictor.lines(some))
    assert [line["unlike"] for line in lines] == [True, False] and lines[0]["label"] is None
    assert lines[0]["distance"] > found.unlike.threshold > lines[1]["distance"]
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"sentence": text}) + "\n" for text in some), encoding="utf-8"
    )
    out = predict_file(path, tmp_path / "in.jsonl", tmp_path / "out.jsonl", say=print)
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["label"], row["unlike"]) for row in written] == [(line["label"], line["unlike"]) for line in lines]

    served = tf.saved_model.load(export(path, tmp_path / "served"))
    given = served.signatures["serving_default"](text=tf.constant(everything))
    assert sorted(given) == ["distance", "label", "label_id", "probabilities", "unlike", "unsure"]
    np.testing.assert_allclose(given["distance"], [answer.distance for answer in answers], rtol=1e-4)
    for number, answer in enumerate(answers):
        label, unsure = (given[name][number].numpy().decode() for name in ("label", "unsure"))
        assert (label or None, unsure) == (answer.label, "".join(answer.unsure))
        assert bool(given["unlike"][number]) == answer.unlike
        assert int(given["label_id"][number]) == (-1 if answer.unlike else predictor.labels.index(answer.label))

    assert evaluate(predictor, rows, "test").rows == len(texts())  # which leaves none out
    both = calibrate(path, rows, false_alarms=0.05, precision=0.8)
    answers = load(path)(texts())
    said = [
        a.label == label for a, label, own in zip(answers, rows["label"], fitted, strict=True) if a.label and not own
    ]
    [promise] = both.promises
    assert (len(said), np.mean(said)) == (promise.said, pytest.approx(promise.precision))
    assert promise.coverage == pytest.approx(len(said) / (~fitted).sum())
    assert any(a.unsure and not a.unlike for a in answers) and any(a.unlike for a in answers)
    assert all(a.unlike for a in load(path)(texts(), abstain_below=0) if a.label is None)

    calibrate(path, rows)  # without the promise every text has a label again
    again = load(path)
    assert not (path / "ordinary.safetensors").exists() and again.config["unlike_above"] is None and verify(path) == {}
    assert all(answer.label and not answer.unlike and answer.distance is None for answer in again(everything))
    assert again.table_names() == ("label", "score", "negative", "positive")


def test_several_labels_of_a_text_that_is_unlike(folder, tmp_path):
    path = folder("multi")
    predictor = load(path)
    rows = table(predictor, 0.5)
    found = calibrate(predictor, rows, false_alarms=0.1)  # in memory
    answers = predictor(texts())
    assert 0 < np.mean([answer.unlike for answer in answers]) < 0.2
    for answer in answers:
        would = tuple(name for name, share in answer.probabilities.items() if share >= 0.5)
        assert (answer.label, answer.unsure) == (((), would) if answer.unlike else (would, ()))
    frame = predictor.to_frame({"sentence": texts()[:9]})
    assert list(frame.columns) == ["label", "unsure", "unlike", "distance", "food", "room", "staff"]
    given = tf.saved_model.load(export(predictor, tmp_path / "served")).signatures["serving_default"](
        text=tf.constant(texts())
    )
    assert sorted(given) == ["distance", "label_ids", "probabilities", "unlike", "unsure_ids"]
    for number, answer in enumerate(answers):
        assert bool(given["unlike"][number]) == answer.unlike
        for name, own in (("label_ids", answer.label), ("unsure_ids", answer.unsure)):
            assert (
                tuple(n for n, is_own in zip(predictor.labels, given[name][number].numpy(), strict=True) if is_own)
                == own
            )
    assert found.unlike.rows == found.measured_rows
    calibrate(predictor, rows)
    assert not any(answer.unlike for answer in predictor(texts()))


def test_texts_in_windows_have_the_mean_of_theirs(folder):
    path = folder()
    predictor = load(path)
    calibrate(predictor, table(predictor, 0.5), false_alarms=0.05)
    config = {**predictor.config, "seq_length": 8, "long_text": "windows", "max_windows": 4}
    in_windows = TextPredictor(predictor.model, config)
    in_windows.know_ordinary(predictor._ordinary)
    text = "good film bad room the dog a book very good night"
    parts = [" ".join(text.split()[start : start + 6]) for start in (0, 6)]
    features = in_windows.preprocessor(parts)
    vectors = np.asarray(predictor.model.vectors({name: ids[:, 0] for name, ids in features.items()}))
    wanted = predictor._ordinary.distances(vectors.mean(axis=0, keepdims=True))
    assert in_windows(text).distance == pytest.approx(wanted[0], rel=1e-4)
    assert in_windows(text).distance != pytest.approx(in_windows(parts[0]).distance, rel=1e-2)


def test_what_tells_of_unlike_texts_fits_the_model(folder):
    path = folder()
    calibrate(path, table(load(path), 0.5), false_alarms=0.1)
    file = path / "ordinary.safetensors"
    OrdinaryVectors(np.zeros((2, 5), "float32"), np.eye(5, dtype="float32")).write(file)
    with pytest.raises(ValueError, match=r"'ordinary.safetensors' has changed since it was written"):
        load(path)
    assert verify(path, accept=True) == {}
    with pytest.raises(ValueError, match=r"`folder` must hold the ordinary.safetensors .* for vectors of 8 numbers"):
        load(path)
    file.unlink()
    verify(path, accept=True)
    with pytest.raises(ValueError, match=r"There is none. Copy the whole model folder again"):
        load(path)
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    (path / "config.json").write_text(json.dumps({**config, "unlike_above": -1}), encoding="utf-8")
    with pytest.raises(ValueError, match="whose 'unlike_above' is a number above 0, or null"):
        verify(path, accept=True)


def test_false_alarms_that_cannot_be_promised(folder):
    path = folder()
    rows = table(load(path), 0.5)
    with pytest.raises(
        ValueError, match=r"`false_alarms` must be a share that the 400 rows can bear.*bears 0\.02\d at"
    ):
        calibrate(path, rows, false_alarms=0.01)
    with pytest.raises(ValueError, match="`false_alarms` must be a finite number"):
        calibrate(path, rows, false_alarms=1.0)
    assert verify(path) == {} and "calibration" not in load(path).config
