"""Commands that say what is wrong; `verify` has its test beside `bk.verify`."""


def test_doctor_ends_with_1_if_something_is_wrong(command, monkeypatch, tmp_path):
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
    status, out, _ = command("doctor")
    assert status == 0 and out.endswith("All is well.\n")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    status, out, _ = command("doctor")
    assert status == 1 and "PROBLEM  KERAS_BACKEND" in out
