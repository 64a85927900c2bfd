#!/usr/bin/env bash
# Install what a real QGIS session under a virtual screen needs (Debian, Ubuntu).
set -euo pipefail
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
if ! { command -v Xvfb openbox import xdotool && /usr/bin/python3 -c 'import PIL'; } >/dev/null 2>&1; then
    as_root apt-get update -q
    as_root apt-get install -y -q --no-install-recommends xvfb openbox imagemagick xdotool python3-pil
fi
