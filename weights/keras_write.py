"""Write arrays as Keras 2 does: the authors' scripts and `import_weights` then read a network trained here."""

from __future__ import annotations

from typing import Dict, List, Mapping

import numpy as np

from ..inference.arrays import FloatArray
from .architecture import Architecture
from .layout import ArraySpec, layout


def write_weights(path: str, sizes: Architecture, arrays: Mapping[str, FloatArray], first_number: int = 0) -> None:
    """Write `arrays` (our names, Keras's shapes) to an HDF5 file; layers are numbered from `first_number`."""
    import h5py

    groups = layout(sizes)
    inputs = (["location"] if sizes.location else []) + [name for name, _ in sizes.features]
    with h5py.File(path, "w") as file:
        file.attrs.update(backend="tensorflow", keras_version="2.12.0")
        file.attrs["layer_names"] = _fixed(inputs + list(groups))
        for name in inputs:
            file.create_group(name).attrs["weight_names"] = _fixed([])
        for name, specs in groups.items():
            group = file.create_group(name)
            names = _keras_names(specs, first_number)
            group.attrs["weight_names"] = _fixed(names)
            for keras_name, spec in zip(names, specs):
                group.create_dataset(keras_name, data=np.asarray(arrays[spec.name], dtype=np.float32))


def _fixed(names: List[str]) -> np.ndarray:  # type: ignore[type-arg]  # bytes of fixed length have no scalar type
    return np.array([name.encode("utf-8") for name in names]) if names else np.zeros(0)


def _keras_names(specs: tuple[ArraySpec, ...], first_number: int) -> List[str]:
    """Name each array after its layer; Keras's numbers mean nothing, so ours only have to differ."""
    numbers: Dict[str, int] = {}
    names = []
    for spec in specs:
        layer = spec.name.rsplit(".", 1)[0]
        number = numbers.setdefault(layer, first_number + len(numbers))
        names.append(f"layer_{number}/{spec.leaf}:0")
    return names
