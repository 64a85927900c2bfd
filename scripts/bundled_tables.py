"""The tables of docs/bundled-model.md, from the card beside the shipped model.

Run: python scripts/bundled_tables.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

CARD = Path(__file__).resolve().parents[1] / "resources" / "models" / "glavitu-small.json"
COLUMNS = ("iou", "precision", "recall", "debris", "lake", "dark ground", "snow patch")


def shown(value: Optional[float]) -> str:
    return "" if value is None else f"{value:.3f}"


def row(name: str, scores: Dict[str, Any], last: str = "") -> str:
    return f"| {name} | " + " | ".join(shown(scores.get(column)) for column in COLUMNS) + f" | {last} |"


def main() -> None:
    card = json.loads(CARD.read_text(encoding="utf-8"))
    print("| | IoU | precision | recall | debris found | lake | dark ground | snow patch | ECE |")
    print("|---" * 9 + "|")
    for method in ("network", "band ratio"):
        for region, fold in card["folds"][method].items():
            print(row(f"{region}, {method}", fold["all"], shown(fold["ece"])))
    for method, groups in card["mean"].items():
        for group, scores in groups.items():
            print(row(f"mean, {method}, {group}", scores))
    print("\nBy tile, network and band ratio:")
    for region, fold in card["folds"]["network"].items():
        others = card["folds"]["band ratio"][region]["tiles"]
        for name, scores in fold["tiles"].items():
            print(f"{name}: {shown(scores['iou'])}, {shown(others[name]['iou'])}")
    print("\nTiny scenes:", card["tiny"], "default:", card["default"], card["sha256"], card["bytes"])


if __name__ == "__main__":
    main()
