"""The table of docs/training.md from the scores that scripts/train_sgd_folds.sh wrote.

Run: python scripts/sgd_table.py build/sgd
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Dict, List, Optional

FOLDS = ("A", "B", "C")
COLUMNS = ("iou", "precision", "recall", "debris_recall", "ece_shown")


def number(value: Optional[float]) -> str:
    return "" if value is None else f"{value:.3f}"


def row(name: str, scores: Dict[str, Any]) -> str:
    return f"| {name} | " + " | ".join(number(scores.get(column)) for column in COLUMNS) + " |"


def mean(rows: List[Dict[str, Any]]) -> Dict[str, float]:
    """Return the unweighted mean over the folds."""
    return {column: sum(found[column] for found in rows) / len(rows) for column in COLUMNS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    pooled: Dict[str, List[Dict[str, Any]]] = {"network": [], "band ratio": []}
    print("| held out | IoU | precision | recall | debris found | ECE |\n|---|---|---|---|---|---|")
    for fold in FOLDS:
        found = json.loads((folder / f"scores_{fold}.json").read_text(encoding="utf-8"))["sets"][0]
        for name, method in zip(pooled, found["methods"]):
            pooled[name].append(method["pooled"])
            print(row(f"{fold}, {name}", method["pooled"]))
            for tile in method["tiles"]:
                print(row(f"{tile['name']}, {name}", tile))
    for name, rows in pooled.items():
        print(row(f"mean of the three, {name}", mean(rows)))


if __name__ == "__main__":
    main()
