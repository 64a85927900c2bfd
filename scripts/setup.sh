#!/usr/bin/env bash
# Install what is missing: QGIS and GDAL from the distribution (Debian, Ubuntu), and .venv, which sees them.
#   scripts/setup.sh [EXTRA ...]   extras of pyproject.toml; without any: what mapping and importing models need
set -euo pipefail
cd "$(dirname "$0")/.."
extras=$(IFS=,; echo "${*:-import}")

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_install() {
    echo "Installing by apt: $*"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# The distribution's Python, not another one that may be first on the PATH: only it sees QGIS.
system_python=/usr/bin/python3
"$system_python" -c 'import qgis.core, osgeo.gdal, ensurepip' 2>/dev/null ||
    apt_install qgis python3-qgis python3-gdal python3-venv

stamp=".venv/.installed-$extras"
if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ] || [ constraints.txt -nt "$stamp" ]; then
    [ -x .venv/bin/pip ] || "$system_python" -m venv --system-site-packages .venv
    # GDAL's and QGIS's modules are built for numpy 1 or numpy 2: stay with the system's.
    numpy=$("$system_python" -c 'import numpy; print("numpy<2" if numpy.__version__ < "2" else "numpy>=2")')
    .venv/bin/pip install -q --disable-pip-version-check -c constraints.txt "$numpy" -e ".[$extras]"
    touch "$stamp"
fi
echo "Ready: .venv/bin/icemargin"
