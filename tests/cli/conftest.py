"""What the tests of commands share: an encoder and a tuned model of each kind of text task, made once."""

import pytest
import tuned


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("cli") / "encoder")


@pytest.fixture(scope="session")
def models(tmp_path_factory, encoder):
    place, folders = tmp_path_factory.mktemp("models"), {}

    def get(kind):
        if kind not in folders:
            folders[kind] = tuned.write_model(place / kind, encoder, kind)
        return folders[kind]

    return get
