"""The laws of population grids: no person is made or lost, and what is no count is refused."""

import math

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.transform import Affine

from geoplan.area import StudyArea
from geoplan.errors import Findings, InputError
from geoplan.sources.rasters import read_grid, zonal_sum

DEGREES = Affine(0.001, 0, 114.5, 0, -0.001, 37.1)
METRES = Affine(100, 0, 544000, 0, -100, 4104000)
PREFIXED = Affine(100, 0, 38544000, 0, -100, 4104000)
TURNED = Affine(86.6, 50, 544000, 50, -86.6, 4104000)  # by 30 degrees


def write(folder, values, transform=DEGREES, crs="EPSG:4326", name="a.tif", tags=None, **options):
    """A one-band GeoTIFF."""
    values = np.atleast_2d(np.asarray(values))
    size = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype}
    with rasterio.open(folder / name, "w", driver="GTiff", crs=crs, transform=transform, **size, **options) as grid:
        grid.write(values, 1)
        grid.update_tags(**(tags or {}))
    return folder / name


def area(west=114.4, south=37.0, east=114.7, north=37.2):
    """A study area between meridians and parallels."""
    box = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(west, south, east, north)], index=["a"], crs=4490)
    units = box.to_crs(4547).rename_axis("unit_id")
    return StudyArea(units.union_all(), units, units.crs)


def codes(path, place=None):
    """The codes of everything that is refused in a grid, which must come as one InputError."""
    with pytest.raises(InputError) as caught:
        read_grid(path, place or area(), Findings())
    assert all(f.file == str(path) for f in caught.value.findings)
    return [f.code for f in caught.value.findings]


@given(
    st.lists(st.floats(0, 1e6, width=32), min_size=12, max_size=12), st.sampled_from(["4326", "4547", "4526", "turned"])
)
@settings(deadline=None, max_examples=30)
def test_every_person_of_the_grid_is_there(tmp_path_factory, values, system):
    """The populated cells hold the grid's total exactly, whatever its CRS and even if it is rotated."""
    table = np.array(values, np.float32).reshape(3, 4)
    table[0, 0] = 7
    transform = {"4326": DEGREES, "turned": TURNED, "4526": PREFIXED}.get(system, METRES)
    crs = f"EPSG:{system}" if system.isdigit() else "EPSG:4547"
    cells = read_grid(write(tmp_path_factory.mktemp("g"), table, transform, crs), area(), Findings())
    assert math.fsum(cells["population"]) == math.fsum(table.ravel().tolist())
    assert len(cells) == (table > 0).sum()
    assert all(table[int(i.split("c")[0][1:]), int(i.split("c")[1])] == p for i, p in cells["population"].items())
    assert cells.crs.to_epsg() == 4547
    assert cells.index.name == "demand_id"


def test_a_cell_is_where_the_grid_has_it(tmp_path):
    """A cell of 100 m in the working CRS keeps its corners."""
    cells = read_grid(write(tmp_path, [[0, 5]], METRES, "EPSG:4547"), area(), Findings())
    assert cells.index.tolist() == ["r0c1"]
    assert cells.geometry.iloc[0].equals(shapely.box(544100, 4103900, 544200, 4104000))


def test_people_outside_the_area_are_counted(tmp_path):
    """People in the area and people left out add up to the grid."""
    findings = Findings()
    table = np.arange(1.0, 13.0).reshape(3, 4)
    cells = read_grid(write(tmp_path, table), area(east=114.502), findings)
    assert cells["population"].sum() == 1 + 2 + 5 + 6 + 9 + 10
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-R008", "repair", 6)]
    assert "45 people" in findings.items[0].problem.en


def test_nodata_is_an_absent_cell(tmp_path):
    """Declared nodata, NaN and 0 are no cells; the total is that of the others."""
    path = write(tmp_path, np.array([[-9999, np.nan, 0, 8]]), nodata=-9999)
    assert read_grid(path, area(), Findings())["population"].tolist() == [8]


@pytest.mark.parametrize(
    ("values", "options", "code"),
    [
        ([[-9999.0, 5]], {}, "GP-R002"),
        ([[-1.0, 5]], {"nodata": -9999}, "GP-R003"),
        ([[np.inf, 5]], {}, "GP-R004"),
        ([[1e300, 5]], {}, "GP-R004"),
        ([[0.0, 0]], {}, "GP-R006"),
        ([[5.0, 5]], {"tags": {"units": "per_km2"}}, "GP-R005"),
        ([[5.0, 5]], {"crs": None}, "GP-V005"),
        ([[5.0, 5]], {"crs": "EPSG:4610"}, "GP-D003"),
        ([[5.0, 5]], {"transform": Affine(0.001, 0, 10, 0, -0.001, 37.1)}, "GP-R007"),
    ],
)
def test_what_is_no_count_of_people_is_refused(tmp_path, values, options, code):
    """Undeclared nodata, negative, infinite and absurd values, no people, densities, no CRS, a legacy CRS, elsewhere."""
    assert codes(write(tmp_path, values, **options)) == [code]


def test_all_faults_of_a_grid_are_said_at_once(tmp_path):
    """Negative and infinite values in one grid are two findings of one error."""
    assert codes(write(tmp_path, [[-1.0, np.inf, 5]])) == ["GP-R002", "GP-R004"]


def test_what_is_no_geotiff_is_refused(tmp_path):
    """A PNG, a VRT and a text named .tif, a file cut short, one of 0 bytes, an absent one, several bands."""
    Image.new("L", (2, 2), 1).save(tmp_path / "a.png")
    (tmp_path / "b.tif").write_bytes((tmp_path / "a.png").read_bytes())
    (tmp_path / "c.tif").write_text("<VRTDataset rasterXSize='1' rasterYSize='1'/>")
    (tmp_path / "d.tif").write_bytes(b"")
    assert [codes(tmp_path / n) for n in ("b.tif", "c.tif", "d.tif", "e.tif", "a.png")] == [
        ["GP-F006"], ["GP-F006"], ["GP-F003"], ["GP-F001"], ["GP-F005"],
    ]  # fmt: skip
    whole = write(tmp_path, np.ones((300, 300)))
    content = whole.read_bytes()
    for share in (0.001, 0.3, 0.6, 0.9):
        whole.write_bytes(content[: int(len(content) * share)])
        assert codes(whole) == ["GP-F007"]
    whole.unlink()
    with rasterio.open(
        whole, "w", driver="GTiff", height=2, width=2, count=2, dtype="uint8", crs=4326, transform=DEGREES
    ):
        pass
    assert codes(whole) == ["GP-R001"]


def test_a_sparse_giant_is_refused_by_its_header(tmp_path):
    """200,000 x 200,000 cells are refused before anything is read."""
    size = {"height": 200_000, "width": 200_000, "count": 1, "dtype": "float32"}
    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", crs=4326, transform=DEGREES, sparse_ok=True, tiled=True, BIGTIFF="YES",
        blockxsize=4096, blockysize=4096, **size,
    ):  # fmt: skip
        pass
    assert codes(tmp_path / "a.tif") == ["GP-F008"]


def test_a_grid_of_one_cell_is_noted(tmp_path):
    """One cell is a grid, but hardly what was meant."""
    findings = Findings()
    assert len(read_grid(write(tmp_path, [[5.0]]), area(), findings)) == 1
    assert [f.code for f in findings] == ["GP-R009"]


@given(st.lists(st.floats(0, 1e4), min_size=12, max_size=12), st.floats(114.5, 114.504), st.floats(37.097, 37.1))
@settings(deadline=None, max_examples=30)
def test_a_partition_shares_out_every_person(tmp_path_factory, values, lon, lat):
    """The sums over four zones that meet anywhere in the grid add up to its total."""
    path = write(tmp_path_factory.mktemp("z"), np.array([1.0, *values[1:]]).reshape(3, 4))
    west, south, east, north = 114.49, 37.09, 114.51, 37.11
    edges = [(west, south, lon, lat), (lon, south, east, lat), (west, lat, lon, north), (lon, lat, east, north)]
    zones = gpd.GeoDataFrame(geometry=[shapely.box(*e) for e in edges], index=list("abcd"), crs=4326)
    findings = Findings()
    sums = zonal_sum(path, zones, findings)
    assert sums.sum() == pytest.approx(1 + sum(values[1:]), rel=1e-9)
    assert [f.code for f in findings] == []


def test_people_outside_all_zones_are_said(tmp_path):
    """What the zones miss is counted, a zone beyond the grid is missing and not 0, overlapping zones are refused."""
    path = write(tmp_path, [[1.0, 2, 4, 8]])
    boxes = [shapely.box(114.5, 37.099, 114.502, 37.1), shapely.box(120, 37, 121, 38)]
    zones = gpd.GeoDataFrame(geometry=boxes, index=["a", "b"], crs=4326).to_crs(4547)
    findings = Findings()
    sums = zonal_sum(path, zones, findings)
    assert sums["a"] == pytest.approx(3, abs=0.01)
    assert np.isnan(sums["b"])
    assert [f.code for f in findings] == ["GP-R012", "GP-R010"]
    twice = gpd.GeoDataFrame(geometry=[shapely.box(114, 37, 115, 38)] * 2, crs=4326)
    with pytest.raises(InputError, match="more than once"):
        zonal_sum(path, twice, Findings())


def test_scaled_values_are_refused(tmp_path):
    """A grid whose stored values are not the people themselves is refused."""
    path = write(tmp_path, [[5.0, 5]])
    with rasterio.open(path, "r+") as grid:
        grid.scales = (0.1,)
    assert codes(path) == ["GP-R013"]
