"""What the tests of runs share: a small encoder, and a run that nothing interrupted."""

import pytest
import tuned


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("a_place_with_a_telling_name")


@pytest.fixture(scope="session")
def encoder(place):
    return tuned.write_encoder(place / "the_encoder")


@pytest.fixture(scope="session")
def lines():
    """What the run of `tuned_run` said."""
    return []


@pytest.fixture(scope="session")
def tuned_run(place, encoder, lines):
    """An unbroken run with the native encoder."""
    return tuned.run(encoder, place / "native", say=lines.append)
