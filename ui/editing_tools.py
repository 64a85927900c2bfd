"""The editing tools in the order of the tool bar: icon, shortcut, and how each is used in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

from qgis.gui import QgsMapCanvas

from ..maptools.border_tool import BorderTool
from ..maptools.cutting_edits import cut_by, merge_along, split_off_debris
from ..maptools.edit_tool import EditTool, MakeEdit
from ..maptools.editing_session import EditingSession
from ..maptools.nunatak_tool import NunatakTool
from ..maptools.smooth_brush import SmoothBrush
from ..maptools.snap_tool import SnapTool
from ..maptools.stroke_tool import StrokeTool
from ..maptools.threshold_brush import ThresholdBrush
from .texts import tr


@dataclass(frozen=True)
class ToolEntry:
    """One tool: its name in code, icon of QGIS's theme, shortcut, and what the status bar says."""

    name: str
    tool: EditTool
    icon: str
    shortcut: str
    hint: str


def tool_entries(canvas: QgsMapCanvas, session: EditingSession) -> List[ToolEntry]:
    """Return new tools that edit the session's layer."""

    def stroke(title: str, make: MakeEdit) -> StrokeTool:
        return StrokeTool(canvas, session, title, make)

    return [
        ToolEntry("threshold", ThresholdBrush(canvas, session, tr("Threshold brush")),
                  "/mActionSelectFreehand.svg", "Shift+B",
                  tr("Paint where the outline is wrong; wheel, or Shift and up or down, for more or less ice; "
                     "[ and ] change the brush.")),
        ToolEntry("snap", SnapTool(canvas, session, tr("Snap margin to edge")), "/mActionTracing.svg", "Shift+E",
                  tr("Drag roughly along a margin, from margin to margin: it is pulled to the strongest edge near.")),
        ToolEntry("cut", stroke(tr("Cut by divide"), cut_by), "/mActionSplitFeatures.svg", "Shift+D",
                  tr("Drag or click a line across the glacier, a right click ends it; Backspace takes a point back.")),
        ToolEntry("merge", stroke(tr("Merge glaciers"), merge_along), "/mActionMergeFeatures.svg", "Shift+M",
                  tr("Drag from one glacier into its neighbours: they become part of the first.")),
        ToolEntry("nunatak", NunatakTool(canvas, session, tr("Fill or take out a nunatak")),
                  "/mActionFillRing.svg", "Shift+U",
                  tr("Click into a hole to fill it; drag or click around rock within ice to take it out.")),
        ToolEntry("border", BorderTool(canvas, session, tr("Reshape shared border")), "/mActionReshape.svg", "Shift+R",
                  tr("Draw from the border that two glaciers share and back to it: it moves for both. "
                     "Hold Shift at the end for the other side.")),
        ToolEntry("smooth", SmoothBrush(canvas, session, tr("Smooth or simplify")), "/mActionSimplify.svg", "Shift+S",
                  tr("Paint over borders to smooth them, hold Shift at the end to simplify; shared ones stay shared.")),
        ToolEntry("debris", stroke(tr("Split off debris tongue"), split_off_debris),
                  "/mActionSplitParts.svg", "Shift+T",
                  tr("Draw a line across the tongue: the smaller piece becomes an outline to be reviewed.")),
    ]  # fmt: skip
