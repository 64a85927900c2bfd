#!/usr/bin/env bash
# Make the pictures of the documentation in a real QGIS under a virtual screen.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup_desktop.sh
for part in map review editing inventory check compare export log; do
    .venv/bin/python scripts/desktop/make_pictures.py --script "scripts/desktop/${part}_scene.py" "$@"
done
