"""The laws of vector files: every format gives the same layer, and every broken file is refused by name."""

import shutil
import sqlite3

import geopandas as gpd
import pytest
import shapely

from geoplan.errors import Findings, InputError
from geoplan.sources.vectors import layers_of, place_points, read_vector

NAMES = ["桥西第一㐂托育园", "NA", "襄都·百泉"]


def town():
    """Three polygons with Chinese names and ids that must stay text."""
    boxes = [shapely.box(114.5 + i / 100, 37.0, 114.505 + i / 100, 37.01) for i in range(3)]
    return gpd.GeoDataFrame({"code": ["001", "002", "010"], "名称": NAMES, "n": [1, 2, 3]}, geometry=boxes, crs=4490)


def shapefile(folder, encoding="GB18030", cpg=True):
    """The town as a Shapefile, with or without the file that names its encoding."""
    town().to_file(folder / "a.shp", encoding=encoding)
    if not cpg:
        (folder / "a.cpg").unlink()
    return folder / "a.shp"


def language_byte(path, byte):
    """Set the byte of a DBF that tells its code page."""
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[29] = byte
    dbf.write_bytes(data)
    return path


def written(folder, form):
    """The town written in one of the formats."""
    if form == "gpkg":
        town().to_file(folder / "a.gpkg", layer="小区")
    elif form == "geojson":
        town().to_crs(4326).to_file(folder / "a.geojson", COORDINATE_PRECISION=15)
    elif form == "parquet":
        town().to_parquet(folder / "a.parquet")
    elif form == "shp-gbk":
        return shapefile(folder)
    elif form == "shp-gbk-bare":
        return shapefile(folder, cpg=False)
    elif form == "shp-gbk-byte":
        return language_byte(shapefile(folder, cpg=False), 0x4D)
    elif form == "shp-utf8-bare":
        return shapefile(folder, "UTF-8", cpg=False)
    return folder / f"a.{form.split('-')[0]}"


def codes(path, **options):
    """The codes of everything that is refused in a file, which must come as one InputError."""
    with pytest.raises(InputError) as caught:
        read_vector(path, Findings(), **options)
    assert all(f.file == str(path) for f in caught.value.findings)
    return [f.code for f in caught.value.findings]


@pytest.mark.parametrize(
    "form", ["gpkg", "geojson", "parquet", "shp-gbk", "shp-gbk-bare", "shp-gbk-byte", "shp-utf8-bare"]
)
def test_every_format_gives_the_same_layer(tmp_path, form):
    """What was written is read back: ids, names with rare characters, numbers, geometry, CRS."""
    given = read_vector(written(tmp_path, form), Findings())
    assert given.texts("code") == ["001", "002", "010"]
    assert given.texts("名称") == NAMES
    assert given.texts("n") == ["1", "2", "3"]
    assert list(given.frame.index) == [1, 2, 3]
    assert given.crs.to_epsg() in (4490, 4326)
    pairs = zip(given.frame.geometry, town().geometry, strict=True)
    assert all(a.normalize().equals_exact(b.normalize(), 1e-9) for a, b in pairs)


@pytest.mark.parametrize(("form", "noted"), [("shp-gbk-bare", ["GP-F011"]), ("shp-utf8-bare", []), ("gpkg", [])])
def test_the_choice_of_encoding_is_noted(tmp_path, form, noted):
    """An encoding that was found by trial is said, unless it is UTF-8."""
    findings = Findings()
    read_vector(written(tmp_path, form), findings)
    assert [f.code for f in findings] == noted


def test_a_label_that_lies_is_refused(tmp_path):
    """A .cpg or a stated encoding that the bytes do not fit is an error, never mojibake."""
    path = shapefile(tmp_path)
    (tmp_path / "a.cpg").write_text("UTF-8")
    assert codes(path) == ["GP-F012"]
    assert read_vector(path, Findings(), encoding="gbk").texts("名称") == NAMES


@pytest.mark.parametrize("ending", [".shx", ".dbf", ".prj"])
def test_a_shapefile_needs_its_parts(tmp_path, ending):
    """Without .shx, .dbf or .prj a Shapefile is refused; a stated CRS stands in for the .prj."""
    path = shapefile(tmp_path)
    path.with_suffix(ending).unlink()
    assert codes(path) == ["GP-F020" if ending == ".prj" else "GP-F010"]
    if ending == ".prj":
        assert len(read_vector(path, Findings(), crs="EPSG:4490").frame) == 3


def test_parts_that_disagree_are_refused(tmp_path):
    """A .dbf of another export, or one that is cut short, is refused."""
    path = shapefile(tmp_path)
    dbf = path.with_suffix(".dbf")
    whole = dbf.read_bytes()
    dbf.write_bytes(whole[: len(whole) // 2])
    assert codes(path) in (["GP-F019"], ["GP-F007"])
    (tmp_path / "b").mkdir()
    town().head(2).to_file(tmp_path / "b" / "a.shp")
    shutil.copy(tmp_path / "b" / "a.dbf", dbf)
    assert codes(path) == ["GP-F019"]


@pytest.mark.parametrize("form", ["gpkg", "geojson", "parquet", "shp-gbk"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_cut_short_is_refused(tmp_path, form, share):
    """A file cut at any share of its length is refused, never read in part."""
    path = written(tmp_path, form)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(1, int(len(whole) * share))])
    assert codes(path)[0] in ("GP-F006", "GP-F007")


def test_a_geopackage_of_several_layers_needs_a_name(tmp_path):
    """Several layers and none named: an error that lists them; a wrong name: the nearest one."""
    path = tmp_path / "a.gpkg"
    for name in ("homes", "schools"):
        town().to_file(path, layer=name)
    assert layers_of(path) == ["homes", "schools"]
    with pytest.raises(InputError, match="homes, schools"):
        read_vector(path, Findings())
    with pytest.raises(InputError, match="did you mean schools"):
        read_vector(path, Findings(), layer="school")
    assert len(read_vector(path, Findings(), layer="homes").frame) == 3


def test_a_geopackage_without_shapes_is_refused(tmp_path):
    """A database with no spatial layer, and a file that is not a database."""
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as base:
        base.execute("create table t (id text)")
    base.close()
    assert codes(path)[0] in ("GP-V011", "GP-F007")
    path.write_text("<VRTDataset/>")
    assert codes(path) == ["GP-F006"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.geojson", "", "GP-F003"),
        ("a.geojson", '{"type": "Topology"}', "GP-F006"),
        ("a.geojson", "[1, 2]", "GP-F006"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "GP-T105"),
        ("a.geojson", '{"type": "FeatureCollection", "features": [', "GP-F007"),
        ("a.geojson", '{"a":' * 100_000, "GP-F007"),
        ("a.parquet", "PAR1 and no more", "GP-F007"),
        ("a.vrt", "<OGRVRTDataSource/>", "GP-F005"),
        ("a.shp", "<OGRVRTDataSource/>", "GP-F006"),
    ],
)
def test_content_decides_and_not_the_name(tmp_path, name, content, code):
    """Empty, other and broken content is refused with one message, whatever its ending."""
    (tmp_path / name).write_text(content)
    assert codes(tmp_path / name) == [code]


def test_a_parquet_table_without_shapes_is_refused(tmp_path):
    """Parquet is not GeoParquet until it says so."""
    town().drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
    assert codes(tmp_path / "a.parquet") == ["GP-V011"]


def test_a_ring_of_two_points_is_a_row_without_geometry(tmp_path):
    """A ring that cannot be a ring does not stop the reading: it is left for the check of that row."""
    ring = '{"type": "Polygon", "coordinates": [[[114.5, 37], [114.6, 37]]]}'
    good = '{"type": "Point", "coordinates": [114.5, 37]}'
    rows = ",".join(f'{{"type": "Feature", "properties": {{"id": "1"}}, "geometry": {g}}}' for g in (good, ring))
    (tmp_path / "a.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{rows}]}}')
    frame = read_vector(tmp_path / "a.geojson", Findings()).frame
    assert len(frame) == 2
    assert [g is None or g.is_empty or not g.is_valid for g in frame.geometry] == [False, True]


@pytest.mark.parametrize(
    "header", ["经度,纬度", "lon,lat", "lng,lat", "longitude,latitude", "Lon,LAT", "x,y", "X坐标,Y坐标"]
)
def test_coordinate_columns_are_known_by_their_usual_names(tmp_path, header):
    """A table with a pair of coordinate columns becomes points, and the pair goes."""
    (tmp_path / "a.csv").write_text(f"id,{header}\n1,114.5,37\n", encoding="utf-8")
    findings = Findings()
    given = place_points(read_vector(tmp_path / "a.csv", findings), {}, findings)
    assert given.frame.geometry.iloc[0].equals(shapely.Point(114.5, 37))
    assert given.names == ["id"]
    assert len(findings) == 0


def test_coordinate_columns_may_be_named_and_must_be_numbers(tmp_path):
    """Named columns come first; a name that is not there, a word and a blank are errors, all of them named."""
    (tmp_path / "a.csv").write_text("id,e,n,lon\n1,114.5,37,0\n2,东,37,0\n3,114.5,,0\n", encoding="utf-8")
    findings = Findings()
    place_points(read_vector(tmp_path / "a.csv", findings), {"lon": "e", "lat": "n"}, findings)
    assert [(f.code, f.place) for f in findings] == [("GP-T106", "row 3, column e"), ("GP-V006", "row 4, column e, n")]
    wrong = Findings()
    place_points(read_vector(tmp_path / "a.csv", wrong), {"lon": "east", "lat": "n"}, wrong)
    assert [(f.code, f.value) for f in wrong] == [("GP-T104", "east")]
