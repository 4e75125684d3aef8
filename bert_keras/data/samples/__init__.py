"""Data that comes with the library, written for it."""

import pathlib

FOLDER = pathlib.Path(__file__).parent
