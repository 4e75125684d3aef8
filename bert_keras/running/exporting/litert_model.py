"""`write_litert_model`: encoder and head for LiteRT, from ids to logits, in its own operations alone."""

import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.running.exporting.calibration_rows import calibration_rows
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.huggingface import write_config
from bert_keras.running.exporting.litert_network import LiteRTNetwork
from bert_keras.running.exporting.litert_run import LiteRTRun, interpreter_class
from bert_keras.running.exporting.measured_loss import check_scorable, measured_loss

MODEL = "model.tflite"


def write_litert_model(
    source: ExportSource,
    folder: pathlib.Path,
    data: Any = None,
    quantization: str | None = None,
    seq_length: int | None = None,
) -> list[str]:
    """Writes `model.tflite`, `config.json` and the tokenizer's files into `folder`, which exists.

    Args:
        source: the model.
        folder: where to.
        data: of which the validation part scores the export, or None.
        quantization: "int8" stores matrices in 8 bits ("dynamic range"); "int8_static" rounds all values to 8 bits
            ("full integer"), by what rows of `data` show; None.
        seq_length: of every row, in batches of one; None for rows of any length and batches of any size.

    Returns:
        Lines about its size, its scores and what is left to whoever runs it.

    Raises:
        ValueError: for options at fault, or more weights than one file takes.
    """
    source.check_bytes()
    longest = source.bert.config.max_positions
    scored = check_scorable(source, data)
    if scored is not None:
        interpreter_class()  # said before minutes are spent
    if seq_length is not None:
        lowest = 5 if source.takes_pairs else 3
        checks.integer("seq_length", seq_length, lowest, longest, "the encoder's position table")
        least = source.seq_length if scored is None else max(source.seq_length, scored.seq_length)
        if scored is not None and seq_length < least:
            must = f"be at least {least}, to which texts are cut, for the model to be scored"
            raise ValueError(checks.message("seq_length", must, seq_length, "Leave the data out, or pass that."))
    path = folder / MODEL
    rows, notes = None, source.notes()
    if quantization == "int8_static":
        rows, part = calibration_rows(scored, seq_length or longest)
        notes = [f"calibrated on {len(rows)} rows of {part}", *notes]
    whole = LiteRTNetwork(source, rows).converted(seq_length, quantization is not None)
    path.write_bytes(whole)
    told = f"{quantization or 'float32'}, {len(whole) / 1e6:,.1f} MB"
    if quantization is not None:
        told += f" (the encoder's weights in float32: {4e-6 * source.bert.config.parameters:,.1f} MB)"
    shape = "any batch and length: resize the inputs" if seq_length is None else f"one row of {seq_length} tokens"
    run = LiteRTRun(path, seq_length)
    scores, lines = measured_loss(source, scored, f"litert {quantization or 'float32'}", run)
    more = {"quantization": quantization, "row_length": seq_length, "bytes": len(whole), "scores": scores}
    write_config(source, folder, seq_length, **more)
    return [f"{MODEL}: {told}; {shape}", *lines, *notes]
