"""HDF5 files that reach elsewhere, promise what is not there, or are none."""

import h5py
import numpy as np
import pytest

from bert_keras.encoders.checkpoints.hdf5_file import Hdf5File

VALUES = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["values"] = VALUES
    return tmp_path / "own.h5"


def write(path, make):
    with h5py.File(path, "w") as file:
        file["a/whole"] = VALUES
        file["a/counts"] = np.arange(3)
        file["a"].attrs["name"] = "layer"
        make(file)


def test_arrays_of_floats_by_path(path):
    write(path, lambda file: None)
    found = Hdf5File(path)
    assert list(found.tensors) == ["a/whole"] and found.named == {"a": "layer"}
    assert found.tensors["a/whole"].shape == (2, 3)
    np.testing.assert_array_equal(found.tensors["a/whole"].read(), VALUES)


def external_link(file):
    file["b"] = h5py.ExternalLink("secret.h5", "values")


def soft_link(file):
    file["b"] = h5py.SoftLink("/a")


def external_storage(file):
    file.create_dataset("b", (2,), "float32", external=[("secret.h5", 0, 8)])


def virtual(file):
    layout = h5py.VirtualLayout((2, 3), "float32")
    layout[:] = h5py.VirtualSource("secret.h5", "values", (2, 3))
    file.create_virtual_dataset("b", layout)


def huge(file):
    file.create_dataset("b", (10**6, 10**6), "float32", chunks=(10, 10))


def packed(file):
    file.create_dataset("b", data=np.zeros((100, 100), "float32"), compression="gzip")


def circle(file):
    file["a/again"] = file["/"]


def no_utf8(file):
    h5py.h5g.create(file.id, b"\xff\xfe")


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (external_link, "must hold its arrays itself.*'b' is a link to another place"),
        (soft_link, "must hold its arrays itself.*'b' is a link to another place"),
        (external_storage, "must hold its arrays itself.*'b' lies in another file"),
        (virtual, "must hold its arrays itself.*'b' lies in another file"),
        (huge, "must hold whole arrays, not packed.*'b' is 4,000,000,000,000 bytes, of which 0 are there"),
        (packed, "must hold whole arrays, not packed.*'b' is 40,000 bytes"),
        (no_utf8, "must be a whole HDF5 file"),
        (circle, "must hold groups in at most 50 levels"),
    ],
)
def test_what_is_refused(path, make, match):
    write(path, make)
    with pytest.raises(ValueError, match=match):
        Hdf5File(path)


def test_what_is_no_hdf5_file_or_goes_while_it_is_read(path):
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"`checkpoint` must be a whole HDF5 file.*signature not found"):
        Hdf5File(path)
    write(path, lambda file: None)
    found = Hdf5File(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"must have 'a/whole' whole.*signature not found"):
        found.tensors["a/whole"].read()
