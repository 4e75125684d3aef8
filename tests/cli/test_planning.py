"""`bert-keras plan`: the plan for people and for machines, and status 1 where nothing fits."""

import json

from bert_keras.planning.plan import plan

LARGE = "bert_en_uncased_L-24_H-1024_A-16"


def test_it_prints_the_plan(command):
    status, out, err = command("plan", "--encoder", LARGE, "--seq-length", 384, "--memory", "12GiB")
    assert (status, err) == (0, "")
    assert out == f"{plan(LARGE, 384, '12GiB')}\n"
    for line in ("weights", "gradients", "optimizer", "activations", "temporary", "peak", "to type: bert-keras"):
        assert line in out


def test_it_prints_json(command):
    options = ("--batch-size", 8, "--devices", 2, "--precision", "float32", "--json")
    status, out, _ = command("plan", "--encoder", LARGE, "--seq-length", 384, "--memory", "12GiB", *options)
    found = plan(LARGE, 384, "12GiB", batch_size=8, devices=2, precision="float32")
    said = json.loads(out)
    assert status == 0 and said == json.loads(json.dumps(found.to_dict()))
    assert said["fits"] is True and said["devices"] == 2 and said["setting"]["precision"] == "float32"
    parts = ("weights", "gradients", "optimizer", "activations", "temporary")
    assert sum(said["predicted"][part] for part in parts) == said["predicted"]["total"]


def test_status_1_where_nothing_fits(command):
    status, out, err = command("plan", "--encoder", LARGE, "--seq-length", 384, "--memory", "4GiB")
    assert (status, err) == (1, "") and "nothing fits; the least is" in out


def test_errors_are_one_message(command):
    status, out, err = command("plan", "--encoder", "bert_larg", "--seq-length", 384, "--memory", "12GiB")
    assert (status, out) == (1, "") and err.startswith("bert-keras: `encoder` must be an encoder")
    status, out, err = command("plan", "--encoder", LARGE, "--seq-length", 384, "--memory", "1MiB")
    assert (status, out) == (1, "") and err.startswith("bert-keras: `memory` must hold at least the weights")
