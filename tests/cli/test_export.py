"""Exports on the command line: the folder for scripts, what there is to say of it for people."""

import glue_files
import pytest
import tuned
from commands import failed


def test_export_to_other_programs(command, tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not here: pip install onnx onnxruntime")
    pytest.importorskip("onnx", reason="onnx is not here: pip install onnx onnxruntime")
    model = tuned.write_model(tmp_path / "model", tuned.shared_encoder())
    status, out, err = command("export", model, tmp_path / "hf", "--to", "huggingface")
    assert (status, out, err) == (0, f"{tmp_path / 'hf'}\n", "")
    assert (tmp_path / "hf" / "model.safetensors").is_file()
    options = ("--to", "onnx", "--opset", "18", "--quantization", "int8", "--data", "samples/reviews")
    status, out, err = command("export", model, tmp_path / "onnx", *options)
    assert (status, out) == (0, f"{tmp_path / 'onnx'}\n")
    size, scores = err.splitlines()
    assert size.startswith("model.onnx: opset 18, float32, ") and "; in int8 " in size
    assert scores.startswith("validation, 56 rows: accuracy ") and " as onnx int8 (" in scores
    status, out, err = command("export", model, tmp_path / "onnx2", "--to", "onnx", "--opset", "9")
    assert (status, out) == (1, "") and "`opset` must be between 17 and 21" in err


def test_the_published_rows_that_score_an_export_may_lie_elsewhere(command, tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not here: pip install onnx onnxruntime")
    pytest.importorskip("onnx", reason="onnx is not here: pip install onnx onnxruntime")
    glue_files.write_all(tmp_path / "data")
    model = tuned.write_model(tmp_path / "model", tuned.shared_encoder())
    options = ("--to", "onnx", "--data", "glue/sst2")
    result = command("export", model, tmp_path / "out", *options, "--data-dir", tmp_path / "nowhere")
    failed(result, "nowhere")
    status, out, err = command("export", model, tmp_path / "out", *options, "--data-dir", tmp_path / "data")
    assert (status, out) == (0, f"{tmp_path / 'out'}\n") and "\nvalidation, " in err


def test_a_folder_of_data_is_of_no_use_without_their_name(command, tmp_path):
    model = tuned.write_model(tmp_path / "model", tuned.shared_encoder())
    failed(
        command("export", model, tmp_path / "out", "--data-dir", tmp_path),
        "`data_dir` must come with a task that lies there.*Pass --data NAME",
    )
