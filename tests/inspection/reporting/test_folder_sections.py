"""Sections that a model folder alone can tell."""

from tags import Tags

from bert_keras.inspection.reporting.folder_sections import data_section, encoder_section, training_section, use_section

LOGS = {"loss": 0.7, "learning_rate": 1e-5, "accuracy": 0.5, "val_f1": 80.0, "val_f1_PER": 70.0}
CONFIG = {
    "task": "reviews.csv",
    "labels": ["bad", "good"],
    "metric_names": ["f1"],
    "row_counts": {"train": 4, "validation": 2},
    "label_counts": {"train": {"bad": 1, "good": 3}, "validation": {}},
    "history": [{"epoch": 1, "logs": LOGS}, {"epoch": 2, "logs": {**LOGS, "loss": 0.5}}],
    "encoder": {"num_layers": 2},
    "seconds": 9.0,
}


def test_labels_with_their_counts():
    found = Tags(data_section(CONFIG).body)
    assert found.text.endswith("Labeltrainbad1 (25.0%)good3 (75.0%)")
    found = Tags(data_section(CONFIG, {"bad": 1, "good": 1}).body)
    assert found.text.endswith("Labeltrainscored herebad1 (25.0%)1 (50.0%)good3 (75.0%)1 (50.0%)")
    assert "scored here" not in data_section(CONFIG, {"bad": 1, "good": 3}).body
    many = {**CONFIG, "labels": [f"l{n}" for n in range(70)], "label_counts": {"train": {"l0": 1}}}
    assert "And 10 more labels." in data_section(many).body and "–" in data_section(many).body
    assert "table" not in Tags(data_section({"task": "x"}).body).names


def test_curves_and_every_number():
    found = Tags(training_section(CONFIG).body)
    assert found.names.count("figure") == 3  # loss, share, score
    assert "Epochlosslearning_rateaccuracyval_f1val_f1_PER10.71e-050.5807020.51e-050.58070" in found.text
    legends = found.text.split("The numbers")[0]
    assert "val_f1" in legends and "val_f1_PER" not in legends and "learning_rate" not in legends
    assert "9 seconds" in found.text
    assert "figure" not in Tags(training_section({"seconds": 1.0}).body).names


def test_encoder_and_code():
    assert "Parameters, with the head1,234" in Tags(encoder_section(CONFIG, 1234).body).text
    body = Tags(use_section({"text_columns": ["a"]}, "my <model>").body)
    assert 'bk.load("my <model>")' in body.text and "bert-keras export 'my <model>'" in body.text
    assert body.names.count("pre") == 3
