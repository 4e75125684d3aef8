"""What the tests of questions share: a tokenizer, and windows whose graph is traced once for each setting."""

import encoders
import pytest
import questions

from bert_keras.question_answering import question_task
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory):
    return Tokenizer(encoders.write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture
def traced_once(monkeypatch):
    monkeypatch.setattr(question_task, "QuestionPreprocessor", questions.traced)
