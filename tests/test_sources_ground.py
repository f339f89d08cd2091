"""The laws of the ground around sites: hazards of a known class, exclusion layers as whole areas, the slope of land."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from geoplan.area import StudyArea
from geoplan.errors import Findings, InputError
from geoplan.sources._site_roles import BOUNDARIES, CONTROLS, HAZARD_CLASSES
from geoplan.sources.elevation import Elevation
from geoplan.sources.layers import LayerSpec
from geoplan.sources.rasters import read_elevation
from geoplan.sources.roles import ROLES, read_role

WEST, SOUTH = 500_000.0, 4_100_000.0  # the area is 10 km wide


@pytest.fixture(scope="module")
def area():
    """One unit of 10 km by 10 km."""
    index = pd.Index(["130502"], name="unit_id")
    units = gpd.GeoDataFrame({"name": ["襄都区"]}, geometry=[box(0, 0, 10_000, 10_000)], index=index, crs=4547)
    return StudyArea(units.union_all(), units, units.crs)


def box(west, south, east, north):
    """A rectangle in metres from the corner of the area."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


def layer(*shapes, **columns):
    """A layer of these shapes."""
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4547)


def read(role, source, area, **more):
    """A layer, and what was found."""
    findings = Findings()
    return read_role(role, LayerSpec(source, role, "cgcs2000", **more), area, [], findings), findings


def faults(role, source, area, **more):
    """What is refused, which must come as one InputError."""
    with pytest.raises(InputError) as caught:
        read_role(role, LayerSpec(source, role, "cgcs2000", **more), area, [], Findings())
    assert all(f.sentence("zh") and f.sentence("en") for f in caught.value.findings)
    return caught.value.findings


# hazards


def test_hazards_are_points_lines_and_areas_also_outside(area):
    """A hazard keeps its whole shape, whether in the area or beyond its boundary, as long as one lies there."""
    shapes = [
        box(100, 100, 100, 100).centroid,
        shapely.LineString([(WEST - 90_000, SOUTH), (WEST + 5_000, SOUTH + 10)]),
    ]
    shapes += [box(-60_000, 0, -59_000, 10)]
    kinds = ["加油站", "110kV高压线", "甲类厂房"]
    frame, findings = read("hazards", layer(*shapes, 类别=kinds, 名称=["甲", "乙", "丙"]), area)
    assert frame["kind"].tolist() == ["filling_station", "power_line_110", "class_a_b_plant"]
    assert [a.equals(b) for a, b in zip(frame.geometry, shapes, strict=True)] == [True] * 3
    assert len(findings) == 0


@pytest.mark.parametrize(
    ("word", "kind"),
    [("加油加气站", "filling_station"), ("220千伏高压走廊", "power_line_220"), ("500KV输电线路", "power_line_500"),
     ("垃圾转运站", "refuse_transfer"), ("变电站", "substation"), ("传染病医院", "infectious_ward"), ("歌舞厅", "entertainment"),
     ("购物中心", "shopping_mall"), ("批发市场", "wholesale_market"), ("输气管道", "gas_oil_pipe"), ("Wide_Road", "wide_road"),
     ("易燃易爆场所", "inflammable_building")],
)  # fmt: skip
def test_the_words_of_bureaux_are_classes_of_hazard(area, word, kind):
    """Each class has its Chinese words, in any case of letters; the id of a class is a word too."""
    frame, _ = read("hazards", layer(box(0, 0, 10, 10), kind=[word]), area)
    assert frame["kind"].tolist() == [kind]


@pytest.mark.parametrize(
    ("word", "near"), [("加油站点", "加油站"), ("filing_station", "filling_station"), ("高压线", "高压线")]
)
def test_an_unknown_class_of_hazard_names_the_nearest(area, word, near):
    """A hazard that is not understood is never passed over: an error by row, with the nearest class."""
    found = faults("hazards", layer(box(0, 0, 10, 10), box(0, 20, 10, 30), kind=["加油站", word]), area)
    assert [(f.code, f.place, f.value) for f in found] == [("GP-T122", "feature 2, column kind", word)]
    for text in found[0].advice:
        assert near in text


def test_a_hazard_needs_a_class(area):
    """A blank class is an error, and so is a layer without the column; one class for all may be a constant."""
    assert [f.code for f in faults("hazards", layer(box(0, 0, 1, 1), kind=[None]), area)] == ["GP-T121"]
    assert [f.code for f in faults("hazards", layer(box(0, 0, 1, 1), x=[1]), area)] == ["GP-T104"]
    frame, _ = read("hazards", layer(box(0, 0, 1, 1), x=[1]), area, constants={"kind": "变电站"})
    assert frame["kind"].tolist() == ["substation"]


def test_every_class_of_hazard_can_be_read(area):
    """The classes are all there, each once, and each is a word for itself."""
    frame, _ = read("hazards", layer(*[box(0, 0, 1, 1)] * len(HAZARD_CLASSES), kind=list(HAZARD_CLASSES)), area)
    assert sorted(frame["kind"]) == sorted(HAZARD_CLASSES)
    assert len(set(HAZARD_CLASSES)) == 14


# controls and boundaries


@pytest.mark.parametrize("role", [*CONTROLS, *BOUNDARIES])
def test_a_control_is_whole_areas(area, role):
    """Polygons are kept whole where they leave the area, and need neither id nor name."""
    shapes = [box(-80_000, 0, 500, 500), shapely.MultiPolygon([box(0, 0, 9, 9), box(20, 20, 29, 29)])]
    frame, findings = read(role, layer(*shapes, BZ=["一", "二"]), area)
    assert [a.equals(b) for a, b in zip(frame.geometry, shapes, strict=True)] == [True, True]
    assert frame.crs == area.crs
    assert len(findings) == 0


@pytest.mark.parametrize("role", [*CONTROLS, *BOUNDARIES])
def test_points_and_lines_are_no_control(area, role):
    """Nothing lies inside a line or a point: one counted error says to buffer it or to close it."""
    lines = [box(0, 0, 9, 9).exterior, box(0, 0, 9, 9).centroid, box(0, 0, 5, 5)]
    found = faults(role, layer(*lines), area)
    assert [(f.code, f.count, f.place) for f in found] == [("GP-V014", 2, "feature 1")]
    assert "buffer" in found[0].advice.en
    assert "缓冲" in found[0].advice.zh
    assert "polygonise" in found[0].advice.en
    assert "构面" in found[0].advice.zh


def test_broken_rings_of_a_control_are_repaired_and_counted(area):
    """An area that crosses itself is mended, each a repair with its area before and after."""
    corners = [(0, 0), (100, 100), (100, 0), (0, 100)]
    bow = shapely.Polygon([(WEST + x, SOUTH + y) for x, y in corners])
    frame, findings = read("blue_line", layer(bow, box(0, 0, 5, 5), bow), area)
    assert frame.is_valid.all()
    assert frame.area.tolist() == pytest.approx([5000, 25, 5000])
    assert [(f.code, f.severity) for f in findings] == [("GP-V002", "repair")] * 2


def test_rows_of_a_control_need_no_id_of_their_own(area):
    """Numbers that stand twice or are blank do not matter where nothing refers to them: the row's number stands for them."""
    frame, _ = read("flood", layer(box(0, 0, 5, 5), box(9, 9, 12, 12), 编号=["7", "7"]), area)
    assert frame.index.tolist() == ["1", "2"]


def test_a_control_that_lies_elsewhere_is_an_error(area):
    """A layer of which nothing is near the area would find every site free: a wrong place, datum or zone is told."""
    found = faults("mining", layer(box(50_000, 0, 51_000, 10), box(60_000, 0, 61_000, 10)), area)
    assert [(f.code, f.count) for f in found] == [("GP-V004", 2)]


def test_the_new_roles_have_readers():
    """Every role of the ground and of sites has a reader."""
    assert {*CONTROLS, *BOUNDARIES, "hazards", "parcels", "premises", "field_checks"} < set(ROLES)
    assert len(CONTROLS) == 9


# elevation


def grid(folder, heights, transform, crs="EPSG:4547", name="dem.tif", nodata=None, **more):
    """Heights as a GeoTIFF."""
    heights = np.atleast_2d(np.asarray(heights, "float32"))
    size = {"height": heights.shape[0], "width": heights.shape[1], "dtype": "float32", **more}
    with rasterio.open(
        folder / name, "w", driver="GTiff", crs=crs, transform=transform, count=1, nodata=nodata, **size
    ) as out:
        out.write(heights, 1)
    return folder / name


def plane(east, north, transform, shape, crs=4547):
    """Heights that rise by `east` and `north` metres a metre in the working CRS, at the centres of cells."""
    column, row = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    x = transform.a * column + transform.b * row + transform.c
    y = transform.d * column + transform.e * row + transform.f
    x, y = pyproj.Transformer.from_crs(crs, 4547, always_xy=True).transform(x, y)
    return 4_000 + east * (x - WEST) + north * (y - SOUTH)


STRAIGHT = Affine(100, 0, WEST - 500, 0, -100, SOUTH + 10_500)
TURNED = Affine(86.6, 50, WEST - 6_000, 50, -86.6, SOUTH + 5_000)  # by 30 degrees
DEGREES = Affine(0.001, 0, 113.99, 0, -0.001, 37.145)


@pytest.mark.parametrize(("transform", "crs"), [(STRAIGHT, 4547), (TURNED, 4547), (DEGREES, 4490), (DEGREES, 4326)])
@pytest.mark.parametrize(("east", "north"), [(0.0, 0.0), (0.04, 0.03), (-0.06, 0.08), (0.0, -0.1)])
def test_the_slope_of_a_plane_is_that_of_the_plane(tmp_path, area, transform, crs, east, north):
    """On a plane the slope is 100 · √(east² + north²) everywhere, whatever the CRS of the grid, turned or not."""
    path = grid(tmp_path, plane(east, north, transform, (240, 260), crs), transform, f"EPSG:{crs}")
    ground = read_elevation(path, area, Findings(), "cgcs2000")
    sites = layer(
        box(4_000, 4_000, 4_080, 4_060), box(3_000, 3_000, 6_000, 6_000), shapely.Point(WEST + 5_000, SOUTH + 5_000)
    )
    assert ground.slope_percent(sites).tolist() == pytest.approx([100 * np.hypot(east, north)] * 3, abs=0.01)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_slope_of_a_site_is_a_mean_of_its_cells(seed):
    """The mean over a polygon of whole cells is that of the slopes at their centres; the order of sites does not matter."""
    heights = np.random.default_rng(seed).uniform(0, 50, (8, 9))
    ground = Elevation(heights, (30, 0, WEST, 0, -30, SOUTH + 240), "EPSG:4547")
    centres = [shapely.Point(WEST + 30 * c + 15, SOUTH + 240 - 30 * r - 15) for r in (2, 3, 4) for c in (3, 4)]
    sites = layer(box(90, 240 - 150, 150, 240 - 60), *centres)
    slopes = ground.slope_percent(sites)
    assert slopes.iloc[0] == pytest.approx(slopes.iloc[1:].mean())
    assert ground.slope_percent(sites[::-1])[::-1].tolist() == slopes.tolist()
    assert slopes.index.equals(sites.index)


def test_the_slope_of_a_step_is_horns():
    """One cell of 8 m beside cells of 0: each side neighbour changes by 2 · 8 / 8 m over 10 m, 20 %; each corner by √2 · 1 m."""
    heights = np.zeros((5, 5))
    heights[2, 2] = 8
    ground = Elevation(heights, (10, 0, WEST, 0, -10, SOUTH + 50), "EPSG:4547")
    sites = layer(*[shapely.Point(WEST + 10 * c + 5, SOUTH + 25) for c in (1, 2)], shapely.Point(WEST + 15, SOUTH + 15))
    assert ground.slope_percent(sites).tolist() == pytest.approx([20, 0, 10 * np.sqrt(2)])


@pytest.mark.parametrize(
    "site",
    [
        box(-2_000, 0, -1_990, 10),
        box(-600, 5_000, 500, 5_010),
        box(2_450, 2_450, 2_460, 2_460),
        box(2_000, 2_000, 3_000, 3_000),
    ],
)
def test_where_the_grid_does_not_cover_nothing_is_known(tmp_path, area, site):
    """A site outside, across the edge, in a hole or with a hole in it has no slope: never that of the part that is known."""
    heights = plane(0.04, 0.03, STRAIGHT, (110, 110))
    heights[80, 29] = -9999
    ground = read_elevation(grid(tmp_path, heights, STRAIGHT, nodata=-9999), area, Findings())
    assert len(ground) == ground.heights.size - 1
    slopes = ground.slope_percent(layer(site, box(7_000, 7_000, 7_010, 7_010)))
    assert np.isnan(slopes.iloc[0])
    assert slopes.iloc[1] == pytest.approx(5)


def test_only_the_area_is_kept(tmp_path, area):
    """A grid far larger than the area is read around the area only, and gives the same slopes."""
    wide = Affine(100, 0, WEST - 50_000, 0, -100, SOUTH + 50_000)
    whole = read_elevation(grid(tmp_path, plane(0.02, 0, wide, (900, 900)), wide), area, Findings())
    assert len(whole) < 130 * 130
    assert whole.slope_percent(layer(box(0, 0, 50, 50), box(9_950, 9_950, 10_000, 10_000))).tolist() == pytest.approx(
        [2, 2], abs=0.01
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [({"datum": "gcj02"}, "GP-R014"), ({"datum": "mars"}, "GP-D002"), ({"crs": None}, "GP-V005"), ({"crs": "EPSG:2383"}, "GP-D003"),
     ({"heights": -9999.0}, "GP-R015"), ({"heights": 30_000.0}, "GP-R015"), ({"transform": Affine(2, 0, 0, 0, -2, 0)}, "GP-R016"),
     ({"nodata": 7.0, "heights": 7.0}, "GP-R016"), ({"unit": "ft"}, "GP-R015"), ({"bands": 2}, "GP-R001")],
)  # fmt: skip
def test_what_is_no_elevation_is_refused(tmp_path, area, change, code):
    """A shifting datum, no CRS, undeclared nodata, feet, several bands, another place: one error each, never a slope."""
    transform = change.get("transform", STRAIGHT)
    path = grid(
        tmp_path,
        np.full((110, 110), change.get("heights", 60.0)),
        transform,
        change.get("crs", "EPSG:4547"),
        nodata=change.get("nodata"),
    )
    if "unit" in change:
        with rasterio.open(path, "r+") as out:
            out.units = [change["unit"]]
    if "bands" in change:
        with rasterio.open(
            path, "w", driver="GTiff", crs="EPSG:4547", transform=STRAIGHT, count=2, height=9, width=9, dtype="uint8"
        ):
            pass
    with pytest.raises(InputError) as caught:
        read_elevation(path, area, Findings(), change.get("datum", "cgcs2000"))
    assert [f.code for f in caught.value.findings] == [code]
    assert caught.value.findings[0].sentence("zh")
