"""The datum laws: shifts undo one another, nothing moves outside China, and what cannot be exact is refused."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Findings
from geoplan.sources import datum

LON = st.lists(st.floats(73, 137), min_size=1, max_size=20)
LAT = st.floats(1.5, 55)
XINGTAI = (114.5, 37.07)


def points(*places, crs=None):
    """Points as a frame, rows counted from 2 as in a spreadsheet."""
    shapes = [shapely.Point(p) for p in places]
    return gpd.GeoDataFrame(geometry=shapes, index=range(2, len(shapes) + 2), crs=crs)


def moved(frame, name, crs="EPSG:4547"):
    """The frame in the working CRS, and what was found on the way."""
    findings = Findings()
    return datum.to_crs(frame, name, crs, "a.csv", findings), [f.code for f in findings]


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
        (datum.gcj02_to_bd09, datum.bd09_to_gcj02),
        (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
    ],
)
@given(lons=LON, lat=LAT)
@settings(deadline=None, max_examples=100)
def test_there_and_back_is_where_it_was(there, back, lons, lat):
    """Each shift and its inverse, in this order, give the point again to 1e-9 degrees (0.1 mm)."""
    lon, lats = np.array(lons), np.full(len(lons), lat)
    x, y = back(*there(lon, lats))
    assert np.abs(x - lon).max() < 1e-9
    assert np.abs(y - lats).max() < 1e-9


@given(lons=LON, lat=LAT)
@settings(deadline=None, max_examples=50)
def test_a_point_moves_the_same_alone_as_in_company(lons, lat):
    """The inverse of a point does not depend on which others are converted with it."""
    together = datum.gcj02_to_wgs84(lons, [lat] * len(lons))[0]
    alone = [datum.gcj02_to_wgs84([lon], [lat])[0][0] for lon in lons]
    assert np.abs(together - alone).max() < 1e-12


def test_the_shift_at_xingtai_is_as_published():
    """At Xingtai GCJ-02 lies 524 to 551 m off, BD-09 1,315 to 1,356 m (design figures from the public formulas)."""
    wgs = moved(points(XINGTAI), "wgs84")[0].geometry
    gcj = moved(points(XINGTAI), "gcj02")[0].geometry
    bd = moved(points(XINGTAI), "bd09")[0].geometry
    assert 524 <= wgs.distance(gcj).iloc[0] <= 551
    assert 1315 <= wgs.distance(bd).iloc[0] <= 1356


def test_the_shift_agrees_with_a_published_point():
    """The example that the public implementations print: 116.404, 39.915 goes to 116.41024449916938, 39.91640428150164."""
    lon, lat = datum.wgs84_to_gcj02([116.404], [39.915])
    assert lon[0] == pytest.approx(116.41024449916938, abs=1e-9)
    assert lat[0] == pytest.approx(39.91640428150164, abs=1e-9)


def test_nothing_moves_outside_china_and_that_is_said():
    """Porto Alegre in "GCJ-02" stays where it is, with a note."""
    frame, codes = moved(points((-51.2, -30.05)), "gcj02", "EPSG:32722")
    plain, _ = moved(points((-51.2, -30.05)), "wgs84", "EPSG:32722")
    assert frame.geometry.iloc[0].equals(plain.geometry.iloc[0])
    assert codes == ["GP-D006"]


def test_cgcs2000_and_wgs84_are_one():
    """The two datums agree to decimetres and are treated as one, so the results are equal to a millimetre."""
    a, b = (moved(points(XINGTAI), name)[0].geometry.iloc[0] for name in ("cgcs2000", "wgs84"))
    assert a.distance(b) < 1e-3


@pytest.mark.parametrize("crs", ["EPSG:4527", "EPSG:4526", "EPSG:32650", "EPSG:4490", "EPSG:4326"])
def test_any_modern_crs_gives_the_same_place(crs):
    """A place in another CGCS2000 or WGS 84 system lands on the same spot of the working CRS."""
    there = points(XINGTAI, crs="EPSG:4490").to_crs(crs)
    home = moved(points(XINGTAI), "cgcs2000")[0].geometry.iloc[0]
    frame, codes = moved(there, "cgcs2000")
    assert codes == []
    assert frame.geometry.iloc[0].distance(home) < 1e-3


@pytest.mark.parametrize("code", [4610, 4214, 2345, 2383, 2390, 2401, 2422, 21419])
def test_legacy_datums_are_refused_without_parameters(code):
    """Xian 1980 and Beijing 1954 would be about 100 m wrong with no word: they are refused, in lon/lat or projected."""
    assert moved(points((1, 1), crs=code), "cgcs2000")[1] == ["GP-D003"]


def test_a_legacy_datum_with_parameters_is_read():
    """A CRS that holds its own parameters says how it is to be converted."""
    crs = "+proj=longlat +a=6378140 +rf=298.257 +towgs84=24,-123,-94,0,0,0,0 +type=crs"
    frame, codes = moved(points(XINGTAI, crs=crs), "cgcs2000")
    home = moved(points(XINGTAI), "cgcs2000")[0].geometry.iloc[0]
    assert codes == []
    assert 10 < frame.geometry.iloc[0].distance(home) < 300


@pytest.mark.parametrize(
    ("frame", "name", "code"),
    [
        (points(XINGTAI), None, "GP-D001"),
        (points(XINGTAI), "mars", "GP-D002"),
        (points((544000, 4104000), crs=4547), "gcj02", "GP-D004"),
        (points((544000, 4104000)), "wgs84", "GP-D008"),
        (points((float("inf"), 37)), "wgs84", "GP-D005"),
        (points((1e300, 1e300), crs=4526), "wgs84", "GP-D005"),
    ],
)
def test_what_cannot_be_converted_is_said(frame, name, code):
    """No datum, a wrong one, a shift of projected metres, metres as degrees, coordinates that are not finite."""
    assert moved(frame, name)[1] == [code]


def test_a_coordinate_that_is_not_finite_is_named_by_row():
    """The message names the row, counted as a spreadsheet shows it."""
    findings = Findings()
    datum.to_crs(points(XINGTAI, (float("inf"), 37)), "wgs84", "EPSG:4547", "a.csv", findings)
    assert [(f.file, f.place, f.value) for f in findings] == [("a.csv", "row 3", "inf, 37")]
