"""`question_doubles`: questions, and contexts, that stand in two parts."""

from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.row_checks.near_doubles import SAME, Double
from bert_keras.row_checks.words_of import folded

CONTEXT = "the same context"


def question_doubles(parts: dict[str, QuestionExamples]) -> list[Double]:
    """Questions of a later part that an earlier one has about the same context; then the first of each such context.

    Args:
        parts: by name, in their order.
    """
    same, contexts = [], []
    questions: dict[tuple[str, str], tuple[str, int]] = {}
    first_of: dict[str, tuple[str, int]] = {}
    for part, rows in parts.items():
        shared: set[str] = set()
        for row in range(len(rows)):
            context = folded(rows.contexts[row])
            key = context, folded(rows.questions[row])
            for found, how, into in ((questions.get(key), SAME, same), (first_of.get(context), CONTEXT, contexts)):
                if found is None or found[0] == part or (how == CONTEXT and context in shared):
                    continue
                other, number = found
                its = {text for text, _ in parts[other].answers[number]}
                differ = how == SAME and {text for text, _ in rows.answers[row]} != its
                named = _place(rows, row), part, rows.questions[row]
                twin = _place(parts[other], number), other, parts[other].questions[number]
                into.append(Double(*named, *twin, how, 1.0, differ))
                if how == CONTEXT:
                    shared.add(context)
            questions.setdefault(key, (part, row))
            first_of.setdefault(context, (part, row))
    return [*same, *contexts]


def _place(rows: QuestionExamples, row: int) -> str:
    return f"{rows.source}, question '{rows.ids[row]}'"
