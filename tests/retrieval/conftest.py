"""What the tests of retrieval share: an encoder, documents, and their index, made once."""

import pytest
import questions
from documents import DOCUMENTS, SETTINGS

import bert_keras as bk


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    return questions.encoder(tmp_path_factory.mktemp("retrieval"))


@pytest.fixture(scope="session")
def index(encoder):
    """Do not change it."""
    return bk.search_index(encoder, DOCUMENTS, **SETTINGS)
