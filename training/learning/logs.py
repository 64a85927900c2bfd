"""Rows of numbers in CSV files that a resumed training carries on, as if it had never stopped."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Dict, List, Mapping, Tuple

from ...inference.whole_file import whole_file


class CsvLog:
    """A CSV file whose first column is the step. The header is written with the first row."""

    def __init__(self, path: Path, columns: Tuple[str, ...]) -> None:
        self.path, self._columns = path, ("step", *columns)

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row; a column that is missing stays empty."""
        new = not self.path.exists()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            if new:
                writer.writeheader()
            writer.writerow(row)

    def cut(self, step: int) -> None:
        """Drop the rows after `step`, which a training that goes on there will write again."""
        rows = [row for row in read_rows(self.path) if int(row["step"]) <= step]
        with whole_file(self.path) as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows(rows)


def read_rows(path: Path) -> List[Dict[str, str]]:
    """Return the whole rows of a log (a killed process can leave half a line); none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        text = file.read()
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [row for row in csv.DictReader(lines) if row["step"].isdigit() and None not in row.values()]
