from __future__ import annotations

import h5py
import numpy as np
import pytest
from icemargin.inference.errors import WeightsError
from icemargin.tests.unit.keras_files import SMALL, random_arrays, save_random
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import with_channels
from icemargin.weights.keras_file import read_weights


@pytest.mark.parametrize(
    "sizes",
    [
        SMALL,
        Architecture(width=4, depth=1, heads=1, key_size=3, hidden=5, patch=32, token=8, steps=1, location=12),
        Architecture(width=4, depth=1, patch=64, features=with_channels(["optical", "co_pol_sar", "thermal"])),
        Architecture(width=4, depth=1, patch=64, auxiliary=False, location=4),
    ],
)
def test_what_is_written_is_read(tmp_path, sizes):
    found, arrays = read_weights(str(save_random(tmp_path / "w.h5", sizes)))
    assert found == sizes
    for name, expected in random_arrays(sizes).items():
        np.testing.assert_array_equal(arrays.pop(name), expected)
    assert not arrays


def test_layer_numbers_mean_nothing(tmp_path):
    _, arrays = read_weights(str(save_random(tmp_path / "a.h5")))
    _, renumbered = read_weights(str(save_random(tmp_path / "b.h5", first_number=995)))
    assert all(np.array_equal(arrays[name], renumbered[name]) for name in arrays)


def test_a_number_after_a_group_means_nothing(tmp_path):
    path = save_random(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        file.move("fusion_block", "fusion_block_3")
        file.attrs["layer_names"] = [
            name.replace(b"fusion_block", b"fusion_block_3") for name in file.attrs["layer_names"]
        ]
    assert read_weights(str(path))[0] == SMALL


def test_weights_inside_a_whole_saved_model_and_long_lists_of_names(tmp_path):
    path = save_random(tmp_path / "w.h5")
    with h5py.File(path) as weights, h5py.File(tmp_path / "model.h5", "w") as model:
        weights.copy(weights, model, "model_weights")
        attributes = model["model_weights/SETR"].attrs
        names = attributes["weight_names"]
        del attributes["weight_names"]
        attributes["weight_names0"], attributes["weight_names1"] = names[:20], names[20:]
    assert read_weights(str(tmp_path / "model.h5"))[0] == SMALL


def replace(file, group, index, values):
    """Store other values under the name of array `index`."""
    name = file[group].attrs["weight_names"][index].decode()
    del file[group][name]
    file[group].create_dataset(name, data=values)


def rename(file, group, change):
    """Change a group's list of arrays."""
    names = [name.decode() for name in file[group].attrs["weight_names"]]
    change(names)
    file[group].attrs["weight_names"] = [name.encode() for name in names]


def add_extra(file):
    file["output"].create_dataset("more/kernel:0", data=np.ones((8, 2)))
    rename(file, "output", lambda names: names.append("more/kernel:0"))


def add_group(file):
    file.create_group("decoder").create_dataset("kernel:0", data=np.ones((8, 2)))
    file["decoder"].attrs["weight_names"] = [b"kernel:0"]
    file.attrs["layer_names"] = [*file.attrs["layer_names"], b"decoder"]


def set_nan(file):
    replace(file, "ResUNet", 3, np.full(8, np.nan))


def swap_gamma_and_beta(file):
    def swap(names):
        names[3], names[4] = names[4], names[3]

    rename(file, "SETR", swap)


def huge(file):
    name = file["SETR"].attrs["weight_names"][0].decode()
    del file["SETR"][name]
    file["SETR"].create_dataset(name, shape=(2**40 * 8, 8), dtype="f4", chunks=(1024, 8))


WRONG = {
    "no layer_names": (lambda f: f.attrs.pop("layer_names"), "'layer_names' is missing"),
    "a group is gone": (lambda f: f.pop("SETR"), "Group 'SETR' is named in the file but missing"),
    "an array is gone": (lambda f: f["output"].pop("layer_0/bias:0"), r"'output': array 'layer_0/bias:0' is named"),
    "a list is short": (
        lambda f: rename(f, "output", lambda n: n.pop()),
        r"1 arrays, expected 2: the bias of shape \(2,\)",
    ),
    "a hole in a list": (
        lambda f: rename(f, "SETR", lambda n: n.pop(17)),
        r"'SETR', array 17 'layer_\d+/bias:0': its shape is \(8,\), expected a kernel of shape \(12, 8\)",
    ),
    "no arrays": (lambda f: rename(f, "fusion_block", lambda n: n.clear()), "Group 'fusion_block' is missing"),
    "one array only": (
        lambda f: rename(f, "SETR", lambda n: n.__delitem__(slice(1, None))),
        "array 2, of shape .* missing",
    ),
    "extra array": (add_extra, r"3 arrays, expected 2: 'more/kernel:0' of shape \(8, 2\) is extra"),
    "extra group": (add_group, "Group 'decoder' holds 1 arrays"),
    "wrong shape": (
        lambda f: replace(f, "output", 0, np.ones((8, 3))),
        r"Group 'output', array 0 'layer_0/kernel:0': its shape is \(8, 3\), expected a kernel of shape \(8, 2\)",
    ),
    "scalar": (lambda f: replace(f, "fusion_block", 0, 1.0), r"'fusion_block', array 0 .*: its shape is \(\)"),
    "gamma is beta": (swap_gamma_and_beta, r"'SETR', array 3 .*beta:0.*expected a gamma of shape \(8,\)"),
    "NaN": (set_nan, r"'ResUNet', array '.*beta:0' of shape \(8,\): 8 values are not finite"),
    "variance": (lambda f: replace(f, "fusion_block", -1, -np.ones(8)), "'fusion_block'.*a variance is negative"),
    "integers": (lambda f: replace(f, "output", 1, np.array([1, 2])), r"'output'.*int64 values"),
    "text": (lambda f: replace(f, "output", 1, [b"a", b"b"]), "'output'.*values, expected floating-point"),
    "more than memory": (huge, "more than 500000000 values"),
    "another network": (lambda f: f.attrs.__setitem__("layer_names", [b"fusion_block"]), "Group 'SETR' is missing"),
    "names are numbers": (lambda f: f.attrs.__setitem__("layer_names", 7), "cannot be read as a Keras 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_named(tmp_path, case):
    spoil, words = WRONG[case]
    path = save_random(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(WeightsError, match=words):
        read_weights(str(path))


@pytest.mark.parametrize("content", [b"", b"not HDF5", None, slice(0, 3000), slice(0, -4000)])
def test_what_is_no_whole_hdf5_file_is_named(tmp_path, content):
    path = tmp_path / "w.h5"
    if content is not None:
        path.write_bytes(save_random(path).read_bytes()[content] if isinstance(content, slice) else content)
    with pytest.raises(WeightsError, match=r"cannot be read as a Keras 2|There is no file"):
        read_weights(str(path))
