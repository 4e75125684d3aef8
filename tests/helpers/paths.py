"""Where things lie: the project's folder, and that of the tests' helpers."""

import pathlib

HELPERS = pathlib.Path(__file__).resolve().parent
ROOT = HELPERS.parents[1]
HARD_UNICODE = HELPERS / "hard_unicode.txt"
