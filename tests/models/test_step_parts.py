"""Parts of a step are equal where they are the very same objects."""

from bert_keras.models.step_parts import StepParts


def test_the_same_objects_in_the_same_order():
    one, other = [1], [1]
    assert StepParts([one, None]) == StepParts([one, None])
    assert StepParts([one]) != StepParts([other])
    assert StepParts([one, other]) != StepParts([other, one]) and StepParts([one]) != StepParts([one, one])
    assert StepParts([one]) != [one] and StepParts([one]).step is None
