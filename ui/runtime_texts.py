"""What the runtime's dialog says: backends, sizes, plans."""

from __future__ import annotations

from ..tasks.environment import Plan, State, Status
from .texts import tr

BACKEND_TEXTS = {
    "cpu": "CPU: runs everywhere",
    "cuda": "CUDA: NVIDIA graphics cards (driver 525 or newer)",
    "directml": "DirectML: any graphics card under Windows",
    "openvino": "OpenVINO: Intel processors and graphics",
}
_NAMES = ("onnxruntime", "numpy", "h5py", "onnx")


def megabytes(count: int) -> str:
    """Return a size as people read it."""
    return tr("{:,.0f} MB").format(count / 1e6) if count < 1e9 else tr("{:,.1f} GB").format(count / 1e9)


def plan_text(plan: Plan) -> str:
    """Say what is downloaded, from where, and what it takes."""
    main = ", ".join(package for package in plan.packages if package.split()[0].startswith(_NAMES))
    lines = [
        tr("Downloads {} from pypi.org: {} and what they need, {} packages in all, for Python {}.").format(
            megabytes(plan.download_bytes), main, len(plan.packages), plan.python
        ),
        tr("Takes about {} on the disk ({} while it is set up).").format(
            megabytes(plan.installed_bytes), megabytes(plan.needed_bytes)
        ),
        tr("QGIS's own Python and other plugins are not touched. Every package is checked by its checksum."),
    ]
    if plan.standalone:
        lines.insert(1, tr("QGIS has no Python that can make an environment here: a standalone one comes with it."))
    return "\n".join(lines)


def status_text(status: Status) -> str:
    """Say what there is, with the interpreter and the warning where there are any."""
    details = [status.text]
    if status.warning and status.state is not State.BUSY:
        details.append(status.warning)
    if status.python:
        details.append(status.python)
    return "\n".join(details)
