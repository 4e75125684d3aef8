"""A TPU: how it is noticed, connected and started, and what to do where there is none.

A TPU counts that is attached to this machine: a Cloud TPU VM, or a Colab or Kaggle runtime of that kind. One behind
the network (COLAB_TPU_ADDR, a TPU's name) runs the input pipeline in a process of its own, which cannot call the Python
that orders our batches; so does a slice of several machines. Nothing here waits for a network.

Written from the documentation of `tf.distribute.TPUStrategy`; not run on a TPU yet.
"""

import glob
import os

import tensorflow as tf

from bert_keras import checks

LOCAL = "local"  # what TPUClusterResolver calls a TPU that is attached to this machine
REMOTE_SIGNS = ("COLAB_TPU_ADDR", "KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS")
LOCAL_SIGNS = ("TPU_WORKER_ID", "TPU_ACCELERATOR_TYPE", "COLAB_TPU_1VM")
HOSTS = "TPU_WORKER_HOSTNAMES"
DEVICE_FILES = "/dev/accel[0-9]*"
INSTEAD = " Or pass strategy='auto' (--strategy auto), which goes on without it."
STEPS_PER_EXECUTION = 32  # steps between two looks of the host: fewer leave a TPU waiting for Python


def is_tpu(strategy: tf.distribute.Strategy) -> bool:
    """Whether a strategy is one of TPUs."""
    return isinstance(strategy, tf.distribute.TPUStrategy)


def tpu_sign() -> str | None:
    """What says that this machine has a TPU, or one behind the network, in words; None where nothing does."""
    if tf.config.list_physical_devices("TPU") or tf.config.list_logical_devices("TPU"):
        return "TensorFlow's list of devices"
    for name in ("TPU_NAME", *REMOTE_SIGNS, *LOCAL_SIGNS):
        if os.environ.get(name):
            return f"the environment's {name}"
    return f"the device file {files[0]}" if (files := sorted(glob.glob(DEVICE_FILES))) else None


def tpu_strategy() -> tf.distribute.Strategy:
    """The strategy of all cores of this machine's TPU, which is started if it is not yet.

    Raises:
        ValueError: if there is none, it is behind the network or a part of several machines, or it does not start.
    """
    sign = tpu_sign()
    if sign is None:
        places = ("TensorFlow's list of devices", DEVICE_FILES, "TPU_NAME", *REMOTE_SIGNS, *LOCAL_SIGNS)
        advice = (
            f"Looked at: {', '.join(places)}. In Colab: Runtime > Change runtime type > TPU. On a TPU VM where none of "
            "these is set: export TPU_NAME=local."
        )
        raise ValueError(_message("find a TPU, and there is none", advice))
    _check_attached()
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=LOCAL)
        if not tf.config.list_logical_devices("TPU"):  # starting it again would take its variables away
            tf.config.experimental_connect_to_cluster(resolver)
            tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    except (tf.errors.OpError, RuntimeError, ValueError) as error:
        reason = str(getattr(error, "message", error)).strip().splitlines()[0]
        advice = (
            f"{sign[:1].upper()}{sign[1:]} says that there is one, and TensorFlow: {reason} TensorFlow for TPUs is a "
            "package of its own: pip install tensorflow-tpu. A TPU serves one process: end the others."
        )
        raise ValueError(_message("start a TPU", advice)) from error


def _check_attached() -> None:
    """Raises ValueError unless the TPU that the environment names hangs on this machine alone."""
    remote = [name for name in REMOTE_SIGNS if os.environ.get(name)]
    if os.environ.get("TPU_NAME", LOCAL) not in ("", LOCAL):
        remote = ["TPU_NAME"]
    elif os.environ.get("TPU_NAME") == LOCAL:
        remote = []
    if remote:
        named = f"{remote[0]}={os.environ[remote[0]]}"
        advice = (
            f"{named} names one behind the network, whose workers cannot run the Python that orders the batches. Use a "
            "runtime or a TPU VM with the TPU attached; there, export TPU_NAME=local."
        )
        raise ValueError(_message("be a TPU attached to this machine", advice))
    hosts = [host for host in os.environ.get(HOSTS, "").split(",") if host]
    if len(hosts) > 1:
        advice = f"{HOSTS} names {len(hosts)} machines; a slice of one, as v5litepod-8, is supported."
        raise ValueError(_message("be a TPU of one machine", advice))


def _message(must: str, advice: str) -> str:
    return checks.message("strategy", must, "tpu", advice + INSTEAD)
