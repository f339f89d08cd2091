"""Two samples of parcels as a bureau hands them over: a shapefile in GBK, and one in 3-degree zone 39 of the eastern counties."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from .common import DEGREES, geometries_in_degrees

SAMPLE = 20
ZONE_39, EASTERN_UNIT = "EPSG:4527", "130534"  # eastings begin with 39; 清河县 lies at about 115.6°E
GBK_COLUMNS = {  # names in a DBF have ten bytes: five characters of GBK
    "site_id": "地块编号", "名称": "地块名称", "unit_id": "县级代码", "DLBM": "三调地类码", "GHYT": "规划用地码", "状态": "利用状态",
    "land_m2": "用地面积", "farmland_m2": "耕地面积", "权属": "权属性质",
}  # fmt: skip
ZONE_COLUMNS = {
    "site_id": "DKBH", "名称": "DKMC", "unit_id": "XZQDM", "DLBM": "DLBM", "GHYT": "GHYT", "状态": "LYZT", "land_m2": "YDMJ",
    "farmland_m2": "GDMJ", "权属": "QSXZ",
}  # fmt: skip
DATE = "2026-01-01"  # in the head of a DBF: no clock


def write_bureau(parcels: gpd.GeoDataFrame, folder: Path) -> None:
    """Every 35th parcel in GBK without the file that says so, and parcels of 清河县 in zone 39, in metres."""
    folder.mkdir(parents=True, exist_ok=True)
    given = parcels.set_geometry(geometries_in_degrees(parcels.geometry), crs=DEGREES)  # as in the layer, to the grain
    some = given.iloc[:: len(given) // SAMPLE].head(SAMPLE)
    _write(some.to_crs(parcels.crs), folder / "parcels_gbk.shp", GBK_COLUMNS, "GBK")
    eastern = given[given["unit_id"] == EASTERN_UNIT].head(SAMPLE)
    _write(eastern.to_crs(ZONE_39), folder / "parcels_zone39.shp", ZONE_COLUMNS, "UTF-8")
    (folder / "parcels_gbk.cpg").unlink()  # as in most files of bureaux


def _write(frame: gpd.GeoDataFrame, path: Path, columns: dict[str, str], encoding: str) -> None:
    """A shapefile with these names of columns."""
    for old in path.parent.glob(f"{path.stem}.*"):
        old.unlink()
    named = frame.rename(columns=columns)[[*columns.values(), "geometry"]]
    named.to_file(path, driver="ESRI Shapefile", index=False, encoding=encoding, DBF_DATE_LAST_UPDATE=DATE)
