"""What is said of models: regions by name, a model's card, and where the published weights are."""

from __future__ import annotations

import re
from html import escape
from typing import Dict, List, Sequence, Tuple

from qgis.PyQt.QtCore import QLocale

from ..inference.model import REGIONS, ModelDescription
from ..models.store import BUILT_IN, CLASSIC, IMPORTED, Model
from .texts import tr

PAPER = "https://doi.org/10.1038/s41467-024-54956-x"
WEIGHTS_NAMES = ("global", "regionencoding", "coordinateencoding", "finetuning_ALP", "global_insar")
_DOI = re.compile(r"\b10\.\d{4,9}/[\w.()/:;-]*\w")


def region_texts() -> Dict[str, str]:
    """Return the regions' names by code, in the models' order."""
    texts = (
        tr("European Alps"), tr("Antarctica"), tr("Alaska and western America"), tr("Caucasus"), tr("Greenland"),
        tr("High-Mountain Asia"), tr("Low latitudes"), tr("New Zealand"), tr("Southern Andes"), tr("Scandinavia"),
        tr("Svalbard"), tr("Everywhere else"),
    )  # fmt: skip
    return dict(zip(REGIONS, texts))


def kind_text(kind: str) -> str:
    """Return where a model comes from, in a word."""
    return {BUILT_IN: tr("built in"), IMPORTED: tr("imported")}.get(kind, tr("own"))


def state_text(model: Model) -> str:
    """Return in a few words whether the model can be used."""
    if model.problem:
        return tr("not offered")
    if model.path == CLASSIC:
        return tr("always works")
    return tr("checked") if model.checked else tr("not checked")


def card_html(model: Model, default_in: Sequence[str] = ()) -> str:
    """Return the model's card; `default_in` are the regions (codes) that it is proposed in."""
    regions = region_texts()
    rows = [
        (tr("State"), _state(model)),
        *(_described(model.description, model.name) if model.description else []),
        (tr("Default in"), ", ".join(regions[region] for region in default_in)),
        (tr("Size"), QLocale().formattedDataSize(model.size) if model.size else ""),
        (tr("SHA-256"), model.sha256),
        (tr("File"), model.path if model.path != CLASSIC else ""),
    ]
    lines = "".join(
        f"<tr><td><b>{escape(title)}&nbsp;&nbsp;</b></td><td>{_linked(text)}</td></tr>" for title, text in rows if text
    )
    return f"<h3>{escape(model.name)}</h3><table cellspacing='2'>{lines}</table>"


def weights_help_html() -> str:
    """Return where the published weights are, and what their files are called."""
    examples = "<br>".join(f"<code>glavitu_{name}_weights.h5</code>" for name in WEIGHTS_NAMES)
    return tr(
        "<h3>Where to get the authors' weights</h3>"
        "<p>GlaViTU's weights belong to its authors and do not come with IceMargin. Their paper leads to them: open "
        '<a href="{link}">{link}</a> and follow <i>Code availability</i> and <i>Data availability</i>. '
        "Their licence is the one stated there.</p>"
        "<p>Download a file named <code>&lt;model&gt;_&lt;strategy&gt;[_&lt;regions&gt;][_&lt;data track&gt;]"
        "_weights.h5</code> and keep its name, which tells what the model was trained on:</p><p>{examples}</p>"
        "<p>The global model is for optical bands and elevation in any region; the region encoding asks for the "
        "region, the coordinate encoding reads it from the map; fine-tuned ones are for the regions in their name; "
        "<i>insar</i> needs backscatter and coherence too. Then press <i>Import ...</i></p>"
    ).format(link=PAPER, examples=examples)


def _state(model: Model) -> str:
    if model.problem:
        return tr("Not offered: {}").format(model.problem)
    if model.path == CLASSIC:
        return tr("Computed by IceMargin itself; nothing to download.")
    if model.checked:
        return tr("Answers its golden patch as it should ({}).").format(model.checked)
    if model.description is not None and model.description.golden is None:
        return tr("Cannot be checked: it has no golden patch.")
    return tr("Not checked yet: press Check.")


def _described(description: ModelDescription, name: str) -> List[Tuple[str, str]]:
    table = description.calibration
    inputs = "; ".join(f"{feature.name}: {', '.join(feature.bands)}" for feature in description.features)
    location = {"region": tr("region"), "coordinates": tr("coordinates")}.get(description.location, "")
    resolution = tr("{:g} m").format(description.resolution) if description.resolution else tr("any")
    return [
        (tr("Name"), description.name if description.name != name else ""),
        (tr("Inputs"), f"{inputs}; {location}" if location else inputs),
        (tr("Resolution"), resolution),
        (tr("Window"), tr("{} pixels").format(description.patch)),
        (tr("Trained on"), description.trained_on),
        (tr("Tested on, scores"), description.tested_on),
        (tr("Confidence"), (table.source or tr("calibrated")) if table else tr("not calibrated")),
        (tr("Licence"), description.licence),
        (tr("Citation"), description.citation),
        (tr("Note"), description.note),
    ]


def _linked(text: str) -> str:
    """Return text as HTML in which every DOI is a link."""
    return _DOI.sub(lambda found: f'<a href="https://doi.org/{found.group()}">{found.group()}</a>', escape(text))
