"""`arrange_inputs`: BERT's three features in the structure that a SavedModel takes them in."""

from typing import Any

from bert_keras.features import FEATURE_NAMES, TF1_FEATURE_NAMES

_FORMS = (FEATURE_NAMES, TF1_FEATURE_NAMES)


def arrange_inputs(inputs: Any, spec: Any) -> Any:
    """The three features as a SavedModel takes them; any other inputs as they came.

    >>> arrange_inputs([ids, mask, type_ids], {"input_word_ids": …, "input_mask": …, "input_type_ids": …})
    {'input_word_ids': ids, 'input_mask': mask, 'input_type_ids': type_ids}

    Args:
        inputs: a list or tuple of the three in TF-Hub's order (word ids, mask, type ids), or a dict of them.
        spec: what the SavedModel takes: a dict of tensor specs by name, or a list of three, whose own names tell their
            order where these are the features'.
    """
    features = _features(inputs)
    if features is None:
        return inputs
    if isinstance(spec, dict) and set(spec) in map(set, _FORMS):
        names = next(form for form in _FORMS if set(form) == set(spec))
        return {name: features[feature] for name, feature in zip(names, FEATURE_NAMES, strict=True)}
    if isinstance(spec, (list, tuple)) and len(spec) == 3 and isinstance(inputs, dict):
        names = [getattr(tensor, "name", None) for tensor in spec]
        return [features[name] for name in (names if set(names) == set(FEATURE_NAMES) else FEATURE_NAMES)]
    return inputs


def _features(inputs: Any) -> dict[str, Any] | None:
    """Three inputs under TF-Hub's names, None where they are no such three."""
    if isinstance(inputs, (list, tuple)) and len(inputs) == 3:
        return dict(zip(FEATURE_NAMES, inputs, strict=True))
    for form in _FORMS:
        if isinstance(inputs, dict) and set(inputs) == set(form):
            return {feature: inputs[name] for name, feature in zip(form, FEATURE_NAMES, strict=True)}
    return None
