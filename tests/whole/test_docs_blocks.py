"""The Python that the pages of docs/ show runs, page by page, and calls names of the library with arguments they take;
their commands are commands, with options that these have.

docs/migration.md is run by test_migration.py and README.md by test_readme.py. What a page takes for granted, its test
here writes or passes: encoders are small (`pages.py`), data are a few rows.
"""

import ast
import csv
import inspect
import json
import os
import re
import signal
import sys

import choices
import glue_files
import imdb_files
import jax_child
import keras
import numpy as np
import pages
import pytest
import questions
import squad_files
import tagging
import tuned
import warm_python
from paths import HELPERS, ROOT
from real_data import needs_sample

import bert_keras as bk

PAGES = {
    path.relative_to(ROOT).as_posix(): pages.blocks_of(path.relative_to(ROOT))
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if pages.blocks_of(path.relative_to(ROOT))
}
BLOCKS = [
    pytest.param(block, id=f"{page.removeprefix('docs/')}-{number}")
    for page, blocks in PAGES.items()
    for number, block in enumerate(blocks, 1)
]
NOT_RUN = {
    ("docs/scaling/tpu.md", 1): "it asks for a TPU; test_tpu.py has such a run on a stand-in for one",
    ("docs/exports.md", 2): "it asks for transformers and PyTorch; tools/compare_exports.py runs both",
    ("docs/exports.md", 6): "its table is the reader's own; test_using.py scores an export",
    ("docs/exports.md", 7): "its table is the reader's own; test_litert_model.py makes such an export",
}
TEXTS = ["The zip broke on the second day.", "A warm coat.", "It leaks, and nobody answers letters about it."]

runs = pytest.mark.slow


def dotted(node):
    """["plot", "attention"] of bk.plot.attention; None of what does not begin with bk."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return names if names and isinstance(node, ast.Name) and node.id == "bk" else None


def mistakes(block):
    """What is wrong with a block's use of the library."""
    found = []
    for node in ast.walk(ast.parse(block)):
        names = dotted(node.func if isinstance(node, ast.Call) else node)
        if names is None:
            continue
        value = bk
        for name in names:
            if not hasattr(value, name):
                found.append(f"bk.{'.'.join(names)} does not exist")
                break
            value = getattr(value, name)
        else:
            if isinstance(node, ast.Call) and not any(isinstance(one, ast.Starred) for one in node.args):
                keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
                try:
                    inspect.signature(value).bind_partial(*node.args, **keywords)
                except TypeError as error:
                    found.append(f"bk.{'.'.join(names)}: {error}")
    return found


def test_there_are_blocks():
    assert len(BLOCKS) > 25


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_compiles_and_its_calls_fit(block):
    compile(block, "block", "exec")
    assert mistakes(block) == []


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("bk.nothing(3)", "bk.nothing does not exist"),
        ("bk.plot.nothing", "bk.plot.nothing does not exist"),
        ("bk.top_losses(model, data, most=3)", "unexpected keyword argument 'most'"),
        ("bk.cosine_similarity(1, 2, 3)", "too many positional arguments"),
    ],
)
def test_mistakes_are_found(block, told):
    assert any(told in one for one in mistakes(block))


def test_their_commands_are_commands_with_such_options():
    lines = [line for path in sorted((ROOT / "docs").rglob("*.md")) for line in pages.commands_of(path)]
    assert len(lines) > 40
    assert {line: pages.strangers_of(line) for line in lines if pages.strangers_of(line)} == {}


@pytest.mark.parametrize(
    ("line", "strangers"),
    [
        ("finetun reviews.csv", ["finetun"]),
        ("predict runs/x 'a text' --jsn", ["--jsn"]),
        ("launch --workers 2 --epochs 1 -- finetune --epochs=1 --epoch 1", ["--epochs", "--epoch"]),
    ],
)
def test_strangers_are_found(line, strangers):
    assert pages.strangers_of(line) == strangers


def test_each_page_is_run_and_each_exception_has_a_block():
    run = {f"test_{page.removeprefix('docs/').removeprefix('scaling/').removesuffix('.md')}" for page in PAGES}
    assert run - set(globals()) == {"test_migration"}  # which has a file of its own
    assert all(number <= len(PAGES[page]) for page, number in NOT_RUN)


def test_no_python_stands_outside_of_a_block_of_python():
    others = [
        block for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")) for block in pages.other_blocks_of(path)
    ]
    assert len(others) > 30
    assert [block for block in others if re.search(r"^(import |from .* import |.*\bbk\.\w)", block, re.MULTILINE)] == []


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a page in the test's folder: `run(page, name=value, …)`."""

    def run(page, **given):
        left_out = [number for other, number in NOT_RUN if other == page]
        return pages.run(page, tmp_path, monkeypatch, left_out, **{"bk": bk, **given})

    return run


@pytest.fixture
def base(tmp_path, monkeypatch):
    """The encoder that stands for BERT-base, as a hub layer and as Keras layers: `base(native=True)`."""
    for name, value in pages.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    return lambda **options: bk.load_encoder(pages.BERT_BASE, **options)


def write_table(path, names):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *pages.reviews(5)])


def write_glue(folder, name, columns, texts=None):
    """The set of GLUE in TFDS's own folder, with 24 rows to train on, 8 of dev and 8 of test."""
    rows = [
        {**dict(zip(columns, (text, text + " Yes."), strict=False)), "label": label == "good", "idx": number}
        for number, (text, label) in enumerate(texts or pages.reviews(5))
    ]
    splits = {"train": rows[:24], "validation": rows[24:32], "test": [{**row, "label": -1} for row in rows[32:]]}
    glue_files.prepare_tfds_splits(folder / pages.TFDS, name, splits)


def has_files(folder, *names):
    return [name for name in names if not (folder / name).is_file()] == []


@needs_sample
@runs
def test_long_texts(run, base, tmp_path):
    imdb_files.prepare_tfds(tmp_path / pages.TFDS)
    write_glue(tmp_path, "sst2", ["sentence"])
    names = run("docs/long_texts.md", encoder=base(), texts=TEXTS)
    assert names["logits"].shape == (3, 2) and names["data"].long_text == "windows"
    assert json.loads((tmp_path / "runs" / "imdb" / "config.json").read_text())["max_windows"] == 4


@needs_sample
@runs
def test_named_entities(run, tiny_encoder, tmp_path):
    for name, seed in (("train", 0), ("dev", 1)):
        (tmp_path / f"{name}.conll").write_text(tagging.text_of(tagging.sentences(seed=seed)), encoding="utf-8")
    tagging.write_model(tmp_path / "runs" / "entities", tiny_encoder)
    names = run("docs/named_entities.md")
    assert names["data"].num_classes == len(tagging.TAGS)
    [tags] = names["predictor"].tags([["Ann", "Lee", "sings"]])
    assert len(tags) == 3 and set(tags) <= set(tagging.TAGS)


@runs
def test_exports(run, tiny_encoder, tmp_path):
    for name in ("onnx", "onnxruntime", "tokenizers", "ai_edge_litert"):
        pytest.importorskip(name, reason=f"{name}, which runs what the page exports, is not here: pip install {name}")
    tuned.write_model(tmp_path / "runs" / "reviews", tiny_encoder)
    ids = np.array([[3, 7, 8, 4]], "int32")
    names = run("docs/exports.md", ids=ids, mask=np.ones_like(ids), types=np.zeros_like(ids))
    assert names["probabilities"].shape == (2, 2) and names["outputs"]["probabilities"].shape == (1, 2)


@runs
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_batch(run, tiny_encoder, tmp_path, monkeypatch, capsys):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: pip install apache-beam")
    monkeypatch.setattr(sys, "argv", ["job.py"])  # Beam reads the options of pytest otherwise
    tuned.write_model(tmp_path / "runs" / "reviews", tiny_encoder)
    rows = [{"number": number, "review": text, "stars": number} for number, text in enumerate([*TEXTS, None])]
    (tmp_path / "reviews").mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "reviews" / "a.jsonl").write_text(lines, encoding="utf-8")
    with open(tmp_path / "reviews" / "a.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(rows[0]), *(list(row.values()) for row in rows)])
    run("docs/batch.md")
    for name, count in (("answers", 3), ("failed", 1)):
        files = (tmp_path / "answers").glob(f"{name}-*-of-00064.jsonl")
        assert sum(len(file.read_text(encoding="ascii").splitlines()) for file in files) == count
    printed = capsys.readouterr().out.splitlines()
    assert len([line for line in printed if "'label'" in line]) == 3
    assert len([line for line in printed if "'reason'" in line]) == 1


@runs
def test_operations(run, tiny_encoder, tmp_path, monkeypatch):
    pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")
    tuned.write_model(tmp_path / "runs" / "reviews", tiny_encoder)
    serve, said = bk.serve, []

    def told_to_end(line):
        said.append(line)
        if " answers for " in line:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(bk, "serve", lambda folder, port, **options: serve(folder, 0, say=told_to_end, **options))
    run("docs/operations.md")
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+/v1/models/reviews:predict answers for runs/reviews\. Ctrl-C .*", said[0]
    )
    assert said[1:] == ["ended"]


@needs_sample
@runs
def test_own_data(run, tiny_encoder, tmp_path):
    write_table(tmp_path / "reviews.csv", ("review", "stars"))
    write_table(tmp_path / "all_reviews.csv", ("review", "stars"))
    tuned.write_model(tmp_path / "runs" / "reviews", tiny_encoder)
    names = run("docs/own_data.md")
    assert len(names["test"].split("test")) == 8  # a fifth of 40
    assert has_files(tmp_path, "runs/stars/config.json", "runs/measured/config.json", "answered.parquet")


@needs_sample
@runs
def test_checking(run, tmp_path):
    write_table(tmp_path / "train.csv", ("review", "stars"))
    write_table(tmp_path / "dev.csv", ("review", "stars"))
    names = run("docs/checking.md")
    assert len(names["report"].doubles) == names["report"].parts["validation"]
    assert has_files(tmp_path, "findings.csv")


@pytest.mark.thorough(
    "::test_a_block_compiles_and_its_calls_fit",
    "comparing/test_compare::test_each_contestant_is_trained_with_each_seed",
    "comparing/searching/test_search::test_a_search",
)
@needs_sample
@runs
def test_comparing(run, tmp_path, monkeypatch):
    """With two seeds, which show as much as five, one trial, and few steps."""
    pytest.importorskip("matplotlib", reason="the page draws with matplotlib: pip install matplotlib")
    pytest.importorskip("optuna", reason="the page searches with Optuna: pip install optuna")
    write_table(tmp_path / "reviews.csv", ("review", "label"))
    compare = bk.compare
    monkeypatch.setattr(bk, "compare", lambda *args, seeds, **options: compare(*args, seeds=seeds - 3, **options))
    search = bk.search
    monkeypatch.setattr(bk, "search", lambda *args, trials, seeds, **options: search(*args, trials=1, **options))
    rates = bk.find_learning_rate
    monkeypatch.setattr(bk, "find_learning_rate", lambda *args, **options: rates(*args, steps=20, **options))
    names = run("docs/comparing.md")
    assert len(names["frame"]) == 4 and names["comparison"].names == ("low", "high")
    assert has_files(tmp_path, "differences.png", "runs/rates/comparison.html", "runs/rates/comparison.json")
    assert names["found"].trials[0].state == "ended" and has_files(tmp_path, "runs/search/search.html", "rates.png")
    assert 0 < names["rate"] < 1e-2 and len(names["curve"].losses) == 20


@needs_sample
@runs
def test_few_labels(run, tmp_path):
    write_table(tmp_path / "messages.csv", ("message", "subject"))
    names = run("docs/few_labels.md")
    assert names["result"].model.pooling == "mean"
    assert has_files(tmp_path, "runs/subjects/config.json")


@pytest.mark.thorough(
    "::test_a_block_compiles_and_its_calls_fit",
    "running/test_pretrain::test_an_encoder_that_begins_anew_learns_and_is_written_as_tf_hub_has_it",
)
@needs_sample
@runs
def test_pretraining(run, tmp_path):
    for name, number in (("letters", 0), ("reports", 1)):
        lines = [f"{text} It is {number}." for text, _ in pages.reviews(9)]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = run("docs/pretraining.md")
    assert set(names["result"].before) == {"masked_accuracy", "masked_loss", "perplexity"}
    made = [f"encoders/{name}/saved_model.pb" for name in ("letters", "mine", "both", "small")]
    assert has_files(tmp_path, "vocab.txt", *made)


@needs_sample
@runs
def test_seeing(run, base, tiny_encoder, tmp_path):
    tuned.write_model(tmp_path / "runs" / "reviews", tiny_encoder)
    tuned.write_model(tmp_path / "runs" / "mrpc", tiny_encoder, "pairs")
    write_glue(tmp_path, "mrpc", ["sentence1", "sentence2"])
    maps = bk.AttentionMaps(("[CLS]", "[SEP]"), np.full((4, 6, 2, 2), 0.5, "float32"))
    drawn = {"result": {"loss": [0.7, 0.4]}, "labels": [0, 1], "predictions": [1, 1], "names": ["poor", "good"]}
    names = run("docs/seeing.md", encoder=base(), maps=maps, **drawn)
    assert len(names["worst"]) == 10 and len(names["found"].words) == 6
    assert names["weights"].shape[2:] == (len(names["tokens"]),) * 2
    assert has_files(tmp_path, "runs/reviews/report.html", "mrpc.html")


@runs
def test_confidence(run, tiny_encoder, tmp_path):
    folder = tuned.write_model(tmp_path / "runs" / "reviews", tiny_encoder)
    tuned.write_rows_it_knows(folder, tmp_path / "labelled.csv")
    names = run("docs/confidence.md")
    assert names["answer"].label is None and names["answer"].unsure
    assert names["found"].promises[0].threshold == names["predictor"].config["abstain_below"]
    strange, threshold = names["strange"], names["calibrated"].unlike.threshold
    assert threshold == names["knowing"].config["unlike_above"]
    assert strange.unlike == (strange.distance > threshold) == (strange.label is None) == bool(strange.unsure)
    assert has_files(tmp_path, "runs/reviews/calibrated_rows.npy", "served/reviews/saved_model.pb", "answered.csv")
    assert has_files(tmp_path, "runs/reviews/ordinary.safetensors", "served/unlike/saved_model.pb")


@needs_sample
@runs
def test_sentence_vectors(run, base, tmp_path):
    (tmp_path / "swag_folder").mkdir()
    for name, seed in (("train", 0), ("val", 1)):
        choices.write_swag(tmp_path / "swag_folder" / f"{name}.csv", choices.rows(choices=2, seed=seed))
    documents = ["\n".join(text for text, _ in pages.reviews(5)[start::8]) for start in range(8)]
    (tmp_path / "documents.txt").write_text("\n\n".join(documents) + "\n", encoding="utf-8")
    others = [{"prompt": "It snows.", "choices": ["She skis.", "She swims."], "label": 0}]
    names = run("docs/sentence_vectors.md", encoder=base(), texts=TEXTS, others=others)
    assert names["vectors"].shape == (3, 384) and names["nearest"][0, -1] == 0
    assert has_files(tmp_path, "runs/swag/config.json", "served/swag/1/saved_model.pb")


@needs_sample
@runs
@pytest.mark.filterwarnings("ignore:1 of . questions are longer", "ignore:2 of 2 questions are longer")
def test_retrieval(run, tiny_encoder, tmp_path):
    (tmp_path / "manuals").mkdir()
    for number, text in enumerate(TEXTS):
        (tmp_path / "manuals" / f"{number}.txt").write_text(text, encoding="utf-8")
    questions.write_model(tmp_path / "runs" / "squad", tiny_encoder, null_threshold=None)
    names = run("docs/retrieval.md")
    assert len(names["nearest"]) == 3 and [len(hits) for hits in names["both"]] == [3, 3]
    answer = names["answer"]
    assert names["index"].documents[answer.document][answer.start : answer.end] == answer.answer != ""
    assert [len(own) for own in names["others"]] == [3, 3] and len(names["index"].documents) == 4


@pytest.mark.thorough(
    "::test_a_block_compiles_and_its_calls_fit", "whole/test_packed_runs::test_packed_rows_train_as_single_ones"
)
@needs_sample
@runs
def test_packing(run, base, tmp_path):
    write_glue(tmp_path, "mrpc", ["sentence1", "sentence2"])
    encoder = base(native=True)
    names = run("docs/scaling/packing.md", encoder=encoder, texts=TEXTS)
    assert len(names["packed"]["input_word_ids"]) == 1  # three short texts in one row
    assert json.loads((tmp_path / "runs" / "mrpc" / "config.json").read_text())["recipe"]["packed"] is True
    assert names["data"].order.packing.parts == 1
    alone = encoder(encoder.preprocessor(seq_length=128)(TEXTS))["pooled_output"]
    np.testing.assert_allclose(names["pooled"], alone, atol=1e-5)


@pytest.mark.thorough(
    "::test_a_block_compiles_and_its_calls_fit",
    "running/training_run/test_run_encoder::test_a_run_switches_to_the_native_encoder_and_says_so",
)
@needs_sample
@runs
def test_precision(run, base, policy, tmp_path):
    write_glue(tmp_path, "mrpc", ["sentence1", "sentence2"])
    data = bk.load_task("samples/reviews", base(), seq_length=32, limit=32)
    names = run("docs/scaling/precision.md", keras=keras, data=data, HANDLE=pages.BERT_BASE)
    assert json.loads((tmp_path / "runs" / "mrpc" / "config.json").read_text())["native"] is True
    assert names["model"].encoder.compute_dtype == "float16"
    assert names["model"].encoder.weights[0].dtype == "float32"


@pytest.mark.thorough(
    "::test_a_block_compiles_and_its_calls_fit",
    "training/test_sharding::test_a_run_on_a_mesh_ends_with_a_model_folder_whose_weights_are_the_trained_ones",
)
@needs_sample
@runs
@pytest.mark.skipif(not jax_child.is_installed(), reason="jax is not installed: pip install jax")
def test_sharding(tmp_path):
    write_glue(tmp_path, "mrpc", ["sentence1", "sentence2"])
    environment = {**pages.environment(tmp_path), "XLA_FLAGS": jax_child.FLAGS}
    script = HELPERS / "pages.py"
    done = warm_python.run(script, "docs/scaling/sharding.md", cwd=tmp_path, backend="jax", **environment)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.thorough("::test_a_block_compiles_and_its_calls_fit", "training/test_tpu::test_a_whole_run_as_on_a_tpu")
@needs_sample
@runs
def test_tpu(run, base, tmp_path):
    of_one_length = [("It works.", "good"), ("It leaks.", "poor")] * 20  # XLA takes seconds for each length
    write_glue(tmp_path, "mrpc", ["sentence1", "sentence2"], of_one_length)
    squad_files.prepare_tfds(tmp_path / pages.TFDS, "v1.1", "train", squad_files.tfds_rows(squad_files.small("1.1")))
    task, encoder = bk.load_task("samples/reviews", limit=32, seq_length=8), base(native=True)
    model = bk.TextClassifier(encoder, num_classes=2)
    names = run("docs/scaling/tpu.md", task=task, handle=pages.BERT_BASE, encoder=encoder, model=model)
    assert names["data"].ladder and has_files(tmp_path, "runs/mrpc/config.json")


@pytest.mark.thorough(
    "::test_a_block_compiles_and_its_calls_fit",
    "running/training_run/test_tuning::test_its_folder_holds_the_merged_encoder_of_the_best_epoch",
)
@needs_sample
@runs
def test_tuning(run, base, tmp_path):
    data = bk.load_task("samples/reviews", base(), seq_length=32, limit=32)
    names = run("docs/scaling/tuning.md", keras=keras, data=data)
    assert has_files(tmp_path, "tuned/saved_model.pb")
    assert names["short"].config.num_layers == 1 and not names["short"].word_table.trainable
    assert names["encoder"].lora_weights() == {} and all(weight.trainable for weight in names["encoder"].weights)
