"""`chosen_output`: one of a SavedModel's outputs, as `output_key` and `output_shape` of a layer say."""

from typing import Any

import tensorflow as tf

from bert_keras import checks


def check_choice(signature: str | None, signature_outputs_as_dict: bool | None, output_key: str | None) -> None:
    """ValueError unless a layer with a signature says what it returns, and one without it does not.

    A signature's outputs are a dict: either all of it is wanted or one of them.
    """
    if signature is None and signature_outputs_as_dict:
        must = "be passed with signature=… only"
        advice = "A SavedModel's call gives what it gives; output_key=… chooses one of a dict."
        raise ValueError(checks.message("signature_outputs_as_dict", must, True, advice))
    if signature is not None and (output_key is None) != bool(signature_outputs_as_dict):
        must = "say which output of the signature is wanted, or be None where all are"
        advice = "Pass output_key=…, or signature_outputs_as_dict=True: one of them."
        raise ValueError(checks.message("output_key", must, output_key, advice))


def chosen_output(outputs: Any, output_key: str | None) -> Any:
    """The output of that name, or all of them if None; ValueError, with the names there are, if it is not there."""
    if output_key is None:
        return outputs
    if not isinstance(outputs, dict):
        advice = f"These are a {type(outputs).__name__}: choose by the position in what the layer returns."
        raise ValueError(checks.message("output_key", "be None where the outputs are no dict", output_key, advice))
    if output_key not in outputs:
        near = checks.did_you_mean(output_key, outputs)
        raise ValueError(checks.message("output_key", f"be one of {', '.join(sorted(outputs))}", output_key, near))
    return outputs[output_key]


def with_shape(outputs: Any, shape: Any) -> Any:
    """The outputs with what is known of their shapes.

    Args:
        outputs: a tensor [batch, …], or a dict or list of such.
        shape: without the batch, in the same structure: (16,) of one tensor, {"default": (16,)} of a dict.

    Raises:
        ValueError: if an output has another shape.
    """
    if isinstance(outputs, dict):
        return {name: with_shape(output, shape[name]) if name in shape else output for name, output in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return [with_shape(*pair) for pair in zip(outputs, shape, strict=True)]
    wanted = tf.TensorShape([None]).concatenate(tf.TensorShape(shape))
    if not outputs.shape.is_compatible_with(wanted):
        advice = "It is said without the batch."
        raise ValueError(checks.message("output_shape", f"be that of the output, {outputs.shape}", shape, advice))
    return tf.ensure_shape(outputs, wanted)
