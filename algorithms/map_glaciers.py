"""Map glaciers as a Processing algorithm: the same request as the panel's, run by the same core."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..inference.averages import MOST_PASSES, NOTHING_AVERAGED
from ..inference.classic import classic_index
from ..inference.composition import composed_description
from ..inference.errors import IceMarginError
from ..inference.model import REGIONS
from ..inference.onnx_metadata import read_description
from ..inference.request import ClassicSettings, DelineationRequest, Extent, OutlineSettings, Source
from ..models.store import CLASSIC, resolve_model
from ..scenes.position import AUTO, UNKNOWN, region_text, resolve_region
from ..scenes.sources import elevation_source, optical_sources, parse_bands
from ..tasks.layer_paths import assigned_crs, gdal_path
from ..tasks.map_task import run_delineation
from ..tasks.runtime_setting import runtime_python

NUMBER = QgsProcessingParameterNumber.Type.Double
CLASSIC_DEFAULTS, OUTLINE_DEFAULTS = ClassicSettings(), OutlineSettings()
ADVANCED: Tuple[Tuple[str, str, Optional[float]], ...] = (
    ("RATIO", "Classic: red / SWIR1 above", CLASSIC_DEFAULTS.ratio_threshold),
    ("BLUE", "Classic: blue above", CLASSIC_DEFAULTS.blue_threshold),
    ("NDSI", "Classic: NDSI above (where there is no red or blue)", CLASSIC_DEFAULTS.ndsi_threshold),
    ("OVERLAP", "Overlap of windows (share; empty: the model's)", None),
    ("THRESHOLD", "Probability above", OUTLINE_DEFAULTS.threshold),
    ("MINIMUM_AREA", "Minimum area (km2)", OUTLINE_DEFAULTS.minimum_area_km2),
)


class FeedbackProgress:
    """Processing's feedback as the core's progress."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        self._said = ""

    def report(self, fraction: float, text: str) -> None:
        self._feedback.setProgress(100 * fraction)
        if text != self._said:
            self._feedback.setProgressText(text)
            self._said = text

    def is_cancelled(self) -> bool:
        return bool(self._feedback.isCanceled())


class MapGlaciers(QgsProcessingAlgorithm):
    """Rasters in; probability, confidence and outlines out. QGIS's names from here on."""

    def name(self) -> str:
        return "mapglaciers"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Map glaciers")

    def shortHelpString(self) -> str:  # noqa: N802
        return self.tr(
            "Maps glaciers in multispectral imagery by the classic band ratio or a GlaViTU model. Give one raster with "
            "all bands, tiles of a mosaic, or one raster a band; bands are recognised by their names, or said as "
            "blue=1,green=2,... Scale and offset turn the numbers into top-of-atmosphere reflectance."
        )

    def tr(self, text: str) -> str:
        return str(QCoreApplication.translate("MapGlaciers", text))

    def createInstance(self) -> MapGlaciers:  # noqa: N802
        return MapGlaciers()

    def initAlgorithm(self, _configuration: Optional[Dict[str, Any]] = None) -> None:  # noqa: N802
        rasters = QgsProcessing.SourceType.TypeRaster
        self.addParameter(QgsProcessingParameterMultipleLayers("OPTICAL", self.tr("Imagery"), rasters))
        bands = self.tr("Bands (empty: recognised)")
        self.addParameter(QgsProcessingParameterString("BANDS", bands, "", optional=True))
        for name, text in (("SCALE", "Scale to reflectance"), ("OFFSET", "Offset")):
            self.addParameter(QgsProcessingParameterNumber(name, self.tr(text), NUMBER, None, optional=True))
        self.addParameter(QgsProcessingParameterRasterLayer("DEM", self.tr("Elevation"), optional=True))
        text = self.tr("Method: classic, an installed model's name, or an ONNX file")
        self.addParameter(QgsProcessingParameterString("MODEL", text, CLASSIC))
        self.addParameter(QgsProcessingParameterExtent("EXTENT", self.tr("Extent (empty: all imagery)"), optional=True))
        for name, text, default in ADVANCED:
            optional = default is None
            number = QgsProcessingParameterNumber(name, self.tr(text), NUMBER, default, optional=optional)
            number.setFlags(number.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
            self.addParameter(number)
        for parameter in (*self._averages(), self._region_parameter()):
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
            self.addParameter(parameter)
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", self.tr("Folder of the results")))
        self.addOutput(QgsProcessingOutputRasterLayer("PROBABILITY", self.tr("Probability")))
        self.addOutput(QgsProcessingOutputRasterLayer("CONFIDENCE", self.tr("Confidence")))
        self.addOutput(QgsProcessingOutputRasterLayer("SPREAD", self.tr("Spread of members, where there are several")))
        self.addOutput(QgsProcessingOutputVectorLayer("OUTLINES", self.tr("Outlines")))
        self.addOutput(QgsProcessingOutputNumber("N_OUTLINES", self.tr("Number of outlines")))
        self.addOutput(QgsProcessingOutputNumber("AREA_KM2", self.tr("Glacier area in km2")))

    def _averages(self) -> Tuple[QgsProcessingParameterDefinition, ...]:
        """Return the parameters of what is averaged; for network models."""
        integer = QgsProcessingParameterNumber.Type.Integer
        ensemble = self.tr("Average with these models too (names or ONNX files, separated by ;)")
        passes = self.tr("Monte-Carlo passes (0: off)")
        rate = self.tr("Dropout rate of the passes")
        nothing = NOTHING_AVERAGED
        return (
            QgsProcessingParameterString("ENSEMBLE", ensemble, "", optional=True),
            QgsProcessingParameterBoolean("FLIPS", self.tr("Average 8 flips (8 times slower)"), nothing.flips),
            QgsProcessingParameterNumber("PASSES", passes, integer, nothing.passes, False, 0, MOST_PASSES),
            QgsProcessingParameterNumber("RATE", rate, NUMBER, nothing.rate, False, 0.0, 0.99),
        )

    def _region_parameter(self) -> QgsProcessingParameterDefinition:
        names = [self.tr("by position"), *(region_text(region) for region in REGIONS)]
        return QgsProcessingParameterEnum("REGION", self.tr("Region, for models with region encoding"), names, False, 0)

    def prepareAlgorithm(  # noqa: N802
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Read layers and settings here, on the main thread; the run itself holds plain values only."""
        self._runtime = runtime_python()
        try:
            self._request = self._with_averages(self._build(parameters, context, feedback), parameters, context)
        except IceMarginError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def processAlgorithm(  # noqa: N802
        self, _parameters: Dict[str, Any], _context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        try:
            result = run_delineation(self._request, self._runtime, FeedbackProgress(feedback))
        except IceMarginError as error:
            raise QgsProcessingException(str(error)) from error
        for warning in result.warnings:
            feedback.pushWarning(warning)
        if result.location:
            feedback.pushInfo(self.tr("The model was told: {}").format(result.location))
        return {
            "FOLDER": self._request.out_dir,
            "PROBABILITY": result.probability,
            "CONFIDENCE": result.confidence,
            **({"SPREAD": result.spread} if result.spread else {}),
            "OUTLINES": f"{result.outlines}|layername=outlines",
            "N_OUTLINES": result.n_outlines,
            "AREA_KM2": result.glacier_area_km2,
        }

    def _build(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> DelineationRequest:
        numbers = {name: self._number(parameters, name, context) for name in _numbers()}
        text = self.parameterAsString(parameters, "BANDS", context).strip()
        layers = self.parameterAsLayerList(parameters, "OPTICAL", context)
        dem = self.parameterAsRasterLayer(parameters, "DEM", context)
        paths = [gdal_path(layer) for layer in layers]
        sources: Tuple[Source, ...] = optical_sources(
            paths, parse_bands(text) if text else None, numbers["SCALE"], numbers["OFFSET"], feedback.pushWarning
        )
        if dem is not None:
            sources += (elevation_source(gdal_path(dem)),)
        crs = {gdal_path(layer): assigned_crs(layer) for layer in (*layers, dem) if layer is not None}
        sources = tuple(replace(source, crs=crs[source.paths[0]]) for source in sources)
        model = resolve_model(self.parameterAsString(parameters, "MODEL", context).strip() or CLASSIC)
        bands = {name for source in sources for name in source.bands}
        index = classic_index(bands) if model == CLASSIC else CLASSIC_DEFAULTS.index
        return DelineationRequest(
            sources=sources,
            out_dir=self.parameterAsString(parameters, "FOLDER", context),
            model=model,
            classic=ClassicSettings(index, numbers["RATIO"], numbers["BLUE"], numbers["NDSI"]),
            outlines=OutlineSettings(threshold=numbers["THRESHOLD"], minimum_area_km2=numbers["MINIMUM_AREA"]),
            extent=self._extent(parameters, context),
            overlap=numbers["OVERLAP"],
        )

    def _with_averages(
        self, request: DelineationRequest, parameters: Dict[str, Any], context: QgsProcessingContext
    ) -> DelineationRequest:
        """Return the request with what is averaged, and with the region."""
        names = self.parameterAsString(parameters, "ENSEMBLE", context).split(";")
        place = self.parameterAsEnum(parameters, "REGION", context)
        request = replace(
            request,
            ensemble=tuple(resolve_model(name.strip()) for name in names if name.strip()),
            flips=self.parameterAsBool(parameters, "FLIPS", context),
            dropout_passes=self.parameterAsInt(parameters, "PASSES", context),
            dropout_rate=self.parameterAsDouble(parameters, "RATE", context),
            region=(AUTO, *REGIONS)[place],
        )
        if request.model == CLASSIC:
            return replace(request, region=UNKNOWN)
        described = composed_description([read_description(path) for path in request.models])
        return resolve_region(request, described)[0]

    def _number(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> Any:
        """Return a number, or None where it is optional and was left empty."""
        if parameters.get(name) is None and self.parameterDefinition(name).defaultValue() is None:
            return None
        return self.parameterAsDouble(parameters, name, context)

    def _extent(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Optional[Extent]:
        box = self.parameterAsExtent(parameters, "EXTENT", context)
        if box.isNull():
            return None
        crs = self.parameterAsExtentCrs(parameters, "EXTENT", context)
        corners = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        return Extent(*corners, crs.toWkt() if crs.isValid() else "")


def _numbers() -> Tuple[str, ...]:
    return ("SCALE", "OFFSET", *(name for name, _, _ in ADVANCED))
