import pytest
from icemargin.ui.scene_guess import guess_date, guess_facts

PRODUCT = "S2A_MSIL1C_20230817T053651_N0509_R005_T43SFT_20230817T073208"


@pytest.mark.parametrize(
    ("name", "date", "sensor", "scene_id"),
    [
        ("S2_20230817 (6 bands)", "2023-08-17", "Sentinel-2", ""),
        (PRODUCT, "2023-08-17", "Sentinel-2", PRODUCT),
        (
            "LC08_L1TP_147037_20200817_20200822_02_T1",
            "2020-08-17",
            "Landsat 8",
            "LC08_L1TP_147037_20200817_20200822_02_T1",
        ),
        ("Landsat 5 of 1998-09-01", "1998-09-01", "Landsat 5", ""),
        ("optical_toa_dn", "", "", ""),
    ],
)
def test_name_tells(name, date, sensor, scene_id):
    facts = guess_facts(name)
    assert (facts.src_date, facts.sensor, facts.src_id) == (date, sensor, scene_id)


@pytest.mark.parametrize("name", ["20201340", "tile_120230817", "31122020"])
def test_what_is_no_date_is_not_taken_for_one(name):
    assert guess_date(name) == ""
