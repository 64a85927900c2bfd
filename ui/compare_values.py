"""What the panel shows of a comparison's values (the JSON of `icemargin compare`): headlines, rows, doubts."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..reports.comparison_csv import expert_verdicts
from ..reports.shown import shown
from ..reports.worst import wrong_km2
from .compare_table import Column, Row
from .headline_numbers import Headline
from .texts import tr

Values = Mapping[str, Any]
NEW_MARK = "new: "
"""Before the ids of candidate outlines without reference: a reference glacier may have the same id."""
FAULTS_SHOWN = 8


def compare_columns() -> Tuple[Column, ...]:
    """Return the table's columns, the most telling ones first."""
    return (
        Column("id", tr("Glacier"), tip=tr("Id in the reference; of new outlines that in the candidate")),
        _number("wrong_km2", tr("Wrong km\u00b2"), tr("Ground lost and gained: what costs most")),
        _number("area_deviation_percent", tr("Area %"), tr("Deviation of the area from the reference's")),
        _number("iou", tr("IoU"), tr("Shared ground by all ground, 0 to 1")),
        Column("class", tr("Class"), tip=tr("matched, split, merged or missed; new: no reference glacier is there")),
        _number("distance_mean_m", tr("Mean m"), tr("Mean distance between the two margins, divides left out")),
        _number("hd95_m", tr("HD95 m"), tr("95 % of both margins are nearer than this")),
        _number("area_ref_km2", tr("Ref. km\u00b2"), tr("Area in the reference")),
        _number("area_km2", tr("Cand. km\u00b2"), tr("Area in the candidate")),
        Column("experts_verdict", tr("Experts"), tip=tr("Beside the spread of experts, or the published range")),
    )


def compare_rows(values: Values) -> List[Row]:
    """Return a row for each reference glacier and each new outline."""
    verdicts = expert_verdicts(values["experts"])
    rows: List[Row] = [
        {**row, "key": row["id"], "wrong_km2": wrong_km2(row), **verdicts.get(row["id"], {})}
        for row in values["glaciers"]
    ]
    for row in values["new"]:
        rows.append({**row, "key": NEW_MARK + row["id"], "class": "new", "wrong_km2": row["area_km2"]})
    return rows


def compare_headlines(values: Values) -> List[Headline]:
    """Return IoU, area deviation, mean distance, and the verdict beside experts."""
    total = values["total"]
    areas = tr("Candidate {} km\u00b2, reference {} km\u00b2.").format(
        shown(total["area_km2"], "area_km2"), shown(total["area_ref_km2"], "area_ref_km2")
    )
    parts = tr("Precision {}, recall {}.").format(
        shown(total["precision"], "precision"), shown(total["recall"], "recall")
    )
    distances = tr("Median {} m, HD95 {} m, farthest {} m.").format(
        *(shown(total[name], name) for name in ("distance_median_m", "hd95_m", "hausdorff_m"))
    )
    return [
        Headline(shown(total["iou"], "iou"), tr("IoU"), _tip(values, "iou", parts)),
        Headline(
            _with_unit(total["area_deviation_percent"], "area_deviation_percent", "%"),
            tr("area deviation"),
            _tip(values, "area_deviation_percent", areas),
        ),
        Headline(
            _with_unit(total["distance_mean_m"], "distance_mean_m", "m"),
            tr("mean distance"),
            _tip(values, "distance_mean_m", distances),
        ),
        _verdict(values["experts"]),
    ]


def compare_doubts(values: Values) -> List[str]:
    """Return all that makes the numbers doubtful, the worst first."""
    found = [tr("Nothing overlaps: are both layers of the same place, with the right CRS?")] if _apart(values) else []
    return found + doubts_of(values, (values["experts"] or {}).get("warnings", ()))


def doubts_of(values: Values, more: Sequence[str] = ()) -> List[str]:
    """Return warnings, then faults of the layers."""
    faults = [f"{fault['layer']}, {fault['id']}: {fault['what']}" for fault in values["faults"]]
    if len(faults) > FAULTS_SHOWN:
        left = tr("and {} more faults, all of them in the JSON").format(len(faults) - FAULTS_SHOWN)
        faults = [*faults[:FAULTS_SHOWN], left]
    return [*values["warnings"], *more, *faults]


def class_text(values: Values) -> str:
    """Return "18 matched, 1 split, 1 missed" with what there is."""
    counts: Dict[str, int] = values["classes"]
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def _apart(values: Values) -> bool:
    return not any(row["links"] for row in values["glaciers"])


def _verdict(experts: Optional[Mapping[str, Any]]) -> Headline:
    if not experts:
        return Headline(shown(None, ""), tr("experts"))
    total = experts["total"]
    word = str(total["verdict"]).split()[0]
    counted = tr("{} of {}").format(total["within"], total["judged"])
    if experts["basis"] == "repeats":
        tip = tr("In total {}; {} glaciers within it. Another expert would be within for about half of them.")
        return Headline(word, tr("experts' spread, {}").format(counted), tip.format(total["verdict"], counted))
    tip = tr("In total {}; {} glaciers within it. {}").format(total["verdict"], counted, experts["source"])
    return Headline(word, tr("published range, {}").format(counted), tip)


def _tip(values: Values, name: str, more: str) -> str:
    interval = values["intervals"].get(name)
    if not interval:
        return more
    between = tr("95 % interval: {} to {}.").format(*(shown(end, name) for end in interval))
    return f"{between} {more}"


def _with_unit(value: Optional[float], name: str, unit: str) -> str:
    return shown(value, name) + ("" if value is None else f"\u00a0{unit}")


def _number(name: str, title: str, tip: str) -> Column:
    return Column(name, title, lambda value: shown(value, name), tip)
