#!/usr/bin/env bash
# Make the pictures of the documentation in a real QGIS under a virtual screen.
set -euo pipefail
cd "$(dirname "$0")/.."
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
command -v Xvfb openbox import >/dev/null && /usr/bin/python3 -c 'import PIL' 2>/dev/null ||
    { as_root apt-get update -q && as_root apt-get install -y -q --no-install-recommends xvfb openbox imagemagick python3-pil; }
.venv/bin/python scripts/desktop/make_pictures.py "$@"
