"""TensorBoard's logs lose the name of the machine."""

from bert_keras.running.training_run.copy_logs import copy_logs


def test_names_keep_their_time_and_get_a_number(tmp_path):
    for part, name in (
        ("train", "events.out.tfevents.17.host.1.v2"),
        ("validation", "events.out.tfevents.18.host.2.v2"),
    ):
        (tmp_path / "logs" / part).mkdir(parents=True)
        (tmp_path / "logs" / part / name).write_text(part)
    copy_logs(tmp_path / "logs", tmp_path / "kept")
    found = {str(path.relative_to(tmp_path / "kept")): path.read_text() for path in (tmp_path / "kept").rglob("*.*")}
    assert found == {
        "train/events.out.tfevents.17.0": "train",
        "validation/events.out.tfevents.18.1": "validation",
    }
    assert len(list((tmp_path / "logs").rglob("*.v2"))) == 2  # for a run that dies before its folder is in place
