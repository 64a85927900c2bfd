"""How the installer reaches the network: values that QGIS knows, handed to pip and uv in their environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict

from .spawn import scrubbed_environment

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True)
class NetworkSettings:
    """`proxy` is a URL (with credentials where needed), `certificates` PEM text, `index` a mirror of PyPI.

    Empty values leave it to the system. Certificates are added to nothing: they are all that is trusted, so they
    must hold the system's too, as QGIS's list does.
    """

    proxy: str = ""
    certificates: str = ""
    index: str = ""

    def __repr__(self) -> str:
        return f"NetworkSettings(proxy={mask(self.proxy)!r}, {len(self.certificates)} bytes of certificates)"


def mask(text: str) -> str:
    """Hide the names and passwords of URLs."""
    return _CREDENTIALS.sub("***@", text)


def installer_environment(network: NetworkSettings, work: Path) -> Dict[str, str]:
    """Return the environment of pip and uv: scrubbed, with the network's values, temporary files in `work`.

    The system's folder for temporary files may be small (a part of the memory), and CUDA's wheels are large.
    Raises OSError if the certificates cannot be written.
    """
    environment = scrubbed_environment(os.environ)
    environment.update(
        TMPDIR=str(work), TEMP=str(work), TMP=str(work),
        PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1",
        PIP_PROGRESS_BAR="off", PIP_RETRIES="3", PIP_NO_COLOR="1", NO_COLOR="1", UV_NO_CONFIG="1", UV_NO_PROGRESS="1",
    )  # fmt: skip
    if network.proxy:
        environment.update(PIP_PROXY=network.proxy, HTTPS_PROXY=network.proxy, HTTP_PROXY=network.proxy)
    if network.index:
        environment["PIP_INDEX_URL"] = network.index
    if network.certificates:
        path = work / "certificates.pem"
        path.write_text(network.certificates, encoding="ascii")
        environment.update(PIP_CERT=str(path), SSL_CERT_FILE=str(path))
    return environment
