"""What tests of the command line share: how a mistake ends it."""

import re


def failed(result, *said):
    """Asserts status 1 and one message, no traceback."""
    status, out, err = result
    assert status == 1 and out == ""
    assert err.startswith("bert-keras: ") and "Traceback" not in err
    for pattern in said:
        assert re.search(pattern, err), err
