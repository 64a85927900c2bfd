"""What a failed step of the set-up means, in words: from the last lines of pip, venv or uv."""

from __future__ import annotations

import re
from typing import Sequence, Tuple

from ..inference.errors import InstallError

RETRY = "then press Repair (what was downloaded is kept). Until then the classic method works."
OFFLINE = "or get a wheelhouse from a machine that has network (make wheelhouse) and use Install from folder."

_LAST = 60
_NETWORK = f"The network cannot be reached: check it and QGIS's proxy settings, {RETRY} Without network: {OFFLINE}"
# The first that matches tells the cause: the most telling first, since pip reports a network failure in many ways.
_CAUSES: Tuple[Tuple[str, str], ...] = (
    (r"DO NOT MATCH THE HASHES|Hashes are required|Expected sha256",
     "A downloaded package is not the one that IceMargin was tested with (its checksum differs), so it was not "
     "installed. A proxy or a virus scanner may change downloads: ask who runs it, " + RETRY),
    (r"No space left on device|Errno 28\b|File too large|Errno 27\b|WinError 112|not enough space on the disk"
     r"|Disk quota exceeded|Errno 122\b",
     "The disk is full: free some space or choose another folder, " + RETRY),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerification|certificate verify failed|UnknownIssuer",
     "The server's certificate is not trusted. If your network inspects traffic, add its certificate in QGIS "
     "(Settings, Options, Authentication, Manage certificates), " + RETRY),
    (r"ProxyError|407 Proxy|Cannot connect to proxy|Missing dependencies for SOCKS",
     "The proxy does not let the download through: check QGIS's Settings, Options, Network (an HTTP proxy is needed), "
     + RETRY),
    (r"NewConnectionError|NameResolutionError|Failed to establish|getaddrinfo|name resolution|ConnectTimeout"
     r"|Network is unreachable|dns error|error sending request", _NETWORK),
    (r"Connection broken: |IncompleteRead|ConnectionReset|Connection aborted|Read timed out|RemoteDisconnected"
     r"|Response ended prematurely|incomplete-download|not enough bytes were received",
     "The download was broken off: check the network, " + RETRY),
    (r"Max retries|Could not fetch URL|connection broken by", _NETWORK),
    (r"Permission denied|Access is denied|Errno 13\b|WinError 5\b|Read-only file system|WinError 32\b",
     "A file cannot be written: a virus scanner may hold it, or the folder is read-only; allow it or choose another "
     "folder, " + RETRY),
    (r"No matching distribution|Could not find a version",
     "A package is not to be had for this Python: update IceMargin, or choose another folder or Python, " + RETRY),
    (r"No module named ensurepip|No module named venv|ensurepip is not available",
     "This Python cannot make environments; choose another one (Use another Python). On Debian and Ubuntu: "
     "apt install python3-venv."),
)  # fmt: skip


def explain_failure(step: str, lines: Sequence[str]) -> InstallError:
    """Return the error for a step that ended badly, with the cause that its last lines tell of."""
    last = lines[-_LAST:]
    text = "\n".join(last)
    for pattern, message in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return InstallError(message, last)
    said = next((line.strip() for line in reversed(last) if line.strip()), "nothing")
    return InstallError(f"The runtime could not be set up ({step}: {said[:200]}); see the log, {RETRY}", last)
