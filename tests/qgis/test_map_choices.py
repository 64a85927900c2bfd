from dataclasses import replace

import pytest
from icemargin.inference.averages import Averages
from icemargin.inference.errors import BandError, SourceError
from icemargin.inference.request import ClassicSettings, Extent, OutlineSettings, SceneFacts, Source
from icemargin.ui.map_choices import MapChoices, bands_text, build_request, new_folder, run_name

EXTENT = Extent(0, 0, 10, 10, "EPSG:32643")
BASE = MapChoices(bands={"blue": ("a.tif", 1), "red": ("a.tif", 3), "swir1": ("b.tif", 1)}, extent=EXTENT)


@pytest.mark.parametrize(
    ("change", "attribute", "expected"),
    [
        ({}, "sources", (Source(("a.tif",), {"blue": 1, "red": 3}), Source(("b.tif",), {"swir1": 1}))),
        ({"elevation": "dem.tif"}, "sources[-1]", Source(("dem.tif",), {"elevation": 1})),
        (
            {"scale": 1e-4, "offset": -0.1, "elevation": "dem.tif"},
            "sources",
            (
                Source(("a.tif",), {"blue": 1, "red": 3}, 1e-4, -0.1),
                Source(("b.tif",), {"swir1": 1}, 1e-4, -0.1),
                Source(("dem.tif",), {"elevation": 1}),
            ),
        ),
        ({"extras": {"thermal": ("t.tif", 2)}}, "sources[-1]", Source(("t.tif",), {"thermal": 2})),
        ({"model": "m.onnx"}, "model", "m.onnx"),
        ({"classic": ClassicSettings("ndsi", ndsi_threshold=0.5)}, "classic.ndsi_threshold", 0.5),
        ({"outlines": OutlineSettings(threshold=0.3)}, "outlines.threshold", 0.3),
        ({"scene": SceneFacts("id", "2020-08-17")}, "scene.src_date", "2020-08-17"),
        ({"area": (b"wkb",)}, "area", (b"wkb",)),
        ({"overlap": 0.25}, "overlap", 0.25),
        ({"resolution": 20.0}, "resolution", 20.0),
        ({"device": "cpu"}, "device", "cpu"),
        ({"threads": 3}, "threads", 3),
        ({"region": "HMA"}, "region", "HMA"),
        ({"model": "m.onnx", "averages": Averages(("n.onnx",), True, 5, 0.2)}, "models", ("m.onnx", "n.onnx")),
        ({"model": "m.onnx", "averages": Averages(("n.onnx",), True, 5, 0.2)}, "averages.runs", 80),
        ({"model": "m.onnx", "averages": Averages(passes=5, rate=0.2)}, "dropout_rate", 0.2),
    ],
)
def test_choice_reaches_the_request(change, attribute, expected):
    request = build_request(replace(BASE, **change), "out")
    assert eval(f"request.{attribute}", {"request": request}) == expected
    assert (request.out_dir, request.extent, request.resume) == ("out", EXTENT, False)


def test_no_band_and_no_model_are_named():
    with pytest.raises(BandError, match="No band"):
        build_request(replace(BASE, bands={}), "out")
    with pytest.raises(SourceError, match="model file"):
        build_request(replace(BASE, model=""), "out")


def test_bands_are_listed_in_the_order_of_the_spectrum():
    assert bands_text({"swir1": 1, "blue": 2, "nir": 3}) == "B NIR SW1"


@pytest.mark.parametrize(
    ("model", "src_date", "expected"),
    [
        ("classic", "2020-08-17", "2020-08-17_classic"),
        ("classic", "", "2024-01-02_classic"),
        ("/models/gla vitu.onnx", "", "2024-01-02_gla-vitu"),
    ],
)
def test_run_is_named_after_date_and_method(model, src_date, expected):
    assert run_name(model, src_date, "2024-01-02") == expected


def test_earlier_results_keep_their_folder(tmp_path):
    for expected in ("run", "run_2", "run_3"):
        folder = new_folder(tmp_path, "run")
        assert folder == tmp_path / expected
        folder.mkdir()
