"""The folder of a process is there as long as the process."""

import os
import subprocess
import sys

from bert_keras.lasting_folder import lasting_folder


def test_it_is_one_and_goes_with_the_process():
    assert lasting_folder() == lasting_folder() and os.path.isdir(lasting_folder())
    code = "from bert_keras.lasting_folder import lasting_folder as f; open(f() + '/a', 'w').close(); print(f())"
    folder = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert folder and not os.path.exists(folder)
