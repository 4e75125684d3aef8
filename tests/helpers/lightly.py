"""What importing a module brings along that takes seconds, for the tests of what is told before anything heavy."""

import subprocess
import sys

HEAVY = ("tensorflow", "keras", "pandas", "scipy", "tensorflow_datasets")


def imported_by(module):
    """Which of the heavy packages a fresh process has after importing a module."""
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()
