from __future__ import annotations

import pytest
from icemargin.tasks.environment_failures import explain_failure

SAID = {
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "checksum differs",
    "OSError: [Errno 28] No space left on device": "disk is full",
    "OSError: [Errno 27] File too large: '/x'": "disk is full",
    "OSError: [WinError 112] There is not enough space on the disk": "disk is full",
    "ssl.SSLCertVerificationError: certificate verify failed: self-signed certificate": "certificate is not trusted",
    "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))": "proxy does not let",
    "ERROR: Could not install packages: Missing dependencies for SOCKS support.": "an HTTP proxy is needed",
    "NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused": "Without network",
    "NameResolutionError: Temporary failure in name resolution": "Without network",
    "ReadTimeoutError: HTTPSConnectionPool: Read timed out.": "broken off",
    "ProtocolError('Connection broken: IncompleteRead(3 bytes read, 9 more expected)')": "broken off",
    "error: incomplete-download": "broken off",
    "ERROR: No matching distribution found for numpy==9": "not to be had for this Python",
    "PermissionError: [WinError 5] Access is denied: 'x.dll'": "virus scanner",
    "/usr/bin/python3: No module named ensurepip": "apt install python3-venv",
    "Something else entirely": "pip: Something else entirely",
}


@pytest.mark.parametrize("line", SAID)
def test_the_cause_is_told_with_what_to_do(line):
    error = explain_failure("pip", ["Collecting numpy", line, ""])
    assert SAID[line] in str(error)
    assert any(word in str(error) for word in ("Repair", "Use another Python"))
    assert line in error.log


def test_the_network_is_the_cause_when_a_package_is_not_found_because_of_it():
    lines = ["Retrying after connection broken by 'NewConnectionError(...)'", "ERROR: No matching distribution"]
    assert "network cannot be reached" in str(explain_failure("pip", lines))
