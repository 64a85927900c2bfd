"""The commands that train need libraries which mapping does not."""

from __future__ import annotations

from importlib.util import find_spec

from ..inference.errors import RuntimeMissingError

_NEEDED = ("torch", "h5py", "pytorch_lightning", "torchmetrics", "monai", "sklearn", "yaml", "matplotlib", "jinja2")


def require_training() -> None:
    """Raise RuntimeMissingError that names what is missing for training and how to get it."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if find_spec("..training", __package__) is None:
        raise RuntimeMissingError(
            "Training is not in the plugin's package: get IceMargin's source, and there pip install -e '.[train]'"
        )
    if missing:
        raise RuntimeMissingError(
            f"Training needs {', '.join(missing)}; in the folder of IceMargin's source: pip install -e '.[train]'"
        )
