"""Make resources/calibration/*.json from the authors' tabulated calibrators (see weights/isotonic.py).

Run: python scripts/make_calibration_tables.py CALIBRATION.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from icemargin.weights.isotonic import isotonic_table
from icemargin.weights.published import CITATION, TABLES


def table(name: str, calibrated: list[float]) -> dict[str, object]:
    """Return one table as it is stored."""
    raw, values, end = isotonic_table(np.asarray(calibrated))
    source = f"{name}: the authors' calibrator, isotonic on raw confidence 0..{end:g}, constant beyond"
    return {"name": name, "source": source, "citation": CITATION, "raw": raw.tolist(), "calibrated": values.tolist()}


def main(path: str) -> None:
    """Write one file for each calibrator in `path`."""
    TABLES.mkdir(exist_ok=True)
    for name, calibrated in json.loads(Path(path).read_text(encoding="utf-8")).items():
        if name.startswith("glavitu"):
            text = json.dumps(table(name, calibrated), indent=1)
            (TABLES / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
