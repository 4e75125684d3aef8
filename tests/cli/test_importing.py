"""`bert-keras import`: a model folder of what transformers tuned, with its logits; and what is no such folder."""

import numpy as np
from commands import failed
from huggingface_folders import HEADS, TEXTS, write_folder

import bert_keras as bk


def test_a_tuned_classifier_becomes_a_model_folder(command, tmp_path):
    folder = write_folder(tmp_path, "classes")
    status, out, _ = command("import", folder, tmp_path / "run", "--seq-length", "20")
    assert status == 0 and out == f"{tmp_path / 'run'}\n"
    found = bk.load(tmp_path / "run")
    assert found.config["seq_length"] == 20
    np.testing.assert_allclose(found.logits(TEXTS), np.array(HEADS["classes"]["logits"], "float32"), atol=1e-5)
    failed(command("import", folder, tmp_path / "run"), "must be new or empty")
    failed(command("import", tmp_path / "nowhere", tmp_path / "other"), "nowhere")
