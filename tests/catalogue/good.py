"""Good projects in every form that a bureau hands in: none of them is refused, repaired or read as other numbers.

`python -m tests.catalogue.good --count 1000 --seed 1` makes so many towns along a street (homes, facilities, a kindergarten) and writes each
twice: in the plain form (GeoPackage, CSV in UTF-8, CGCS2000) and in a form drawn by chance (file format, encoding, datum, names of columns, spreadsheets,
order of rows, digits, hostile but lawful names). Both runs must end without an error or a repair, with the same numbers.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

import geoplan as gp
from geoplan.errors import GeoplanError
from geoplan.sources import datum as shifts
from tests import town
from tests.catalogue.command import ends_of

STUDY = town.STUDY[: town.STUDY.index("layers:")].replace(" {{7*7}} <script>alert(1)</script> ${1}", "")
REST = """\
  streets: {{ path: {{ nodes: layers/nodes.parquet, edges: layers/edges.parquet }}, datum: cgcs2000 }}
demand: {{ share: {{ m06_12: 0, m12_24: 0, m24_36: 0.1 }}, uptake: {uptake} }}
travel: {{ all: {{ mode: walk, limit_m: {limit} }} }}
plan: {{ budget: {{ 2026: {budget} }}, gap: 0 }}
"""
NAMES = (
    "东关小区",
    'O\'Brien, "A" 苑',
    "甲 村",
    "NA",
    "null",
    "0012",
    "=村",
    "𠮷家庄",
    "Ünïted",
    "a;b",
    "None",
    "1号院",
    "#3",
    "&amp;",
    "小区（东）",
)
CHINESE = {"demand_id": "小区编号", "name": "名称", "class": "城乡类别", "population": "常住人口", "facility_id": "机构编号", "kind": "类型", "status": "状态",
           "filed": "是否备案", "places_m06_12": "乳儿班托位", "places_m12_24": "托小班托位", "places_m24_36": "托大班托位", "lon": "经度", "lat": "纬度"}  # fmt: skip
TABLES = ("csv-utf-8", "csv-utf-8-sig", "csv-gb18030", "csv-utf-16", "xlsx")
DEGREES: Mapping[str, Callable[[Any, Any], Any]] = {
    "cgcs2000": lambda lon, lat: (lon, lat), "wgs84": lambda lon, lat: (lon, lat), "gcj02": shifts.wgs84_to_gcj02, "bd09": shifts.wgs84_to_bd09,
}  # fmt: skip


def homes(r: random.Random) -> gpd.GeoDataFrame:
    """Some homes north of the street, at whole hundreds of metres."""
    at = r.sample(range(0, 3301, 100), r.randint(1, 12))
    data = {"demand_id": [f"{n:04d}" for n in range(len(at))], "name": [r.choice(NAMES) for _ in at]}
    data |= {"class": "urban_old", "population": [r.choice((10, 160, 1250, 40_000)) for _ in at]}
    return gpd.GeoDataFrame(data, geometry=[Point(town.WEST + x, town.STREET_Y + 10) for x in at], crs=town.CRS)


def facilities(r: random.Random) -> gpd.GeoDataFrame:
    """Some facilities south of the street, not always filed, with room in one band or several."""
    at = r.sample(range(0, 3301, 100), r.randint(1, 6))
    data: dict[str, Any] = {"facility_id": [f"F-{n}" for n in range(len(at))], "name": [r.choice(NAMES) for _ in at]}
    data |= {"kind": "nursery", "status": "open", "filed": [r.choice(("yes", "no")) for _ in at]}
    data |= {f"places_{band}": [r.choice((0, 8, 20, 1024)) for _ in at] for band in ("m06_12", "m12_24", "m24_36")}
    return gpd.GeoDataFrame(data, geometry=[Point(town.WEST + x, town.STREET_Y - 10) for x in at], crs=town.CRS)


def plain(frame: gpd.GeoDataFrame, path: Path) -> str:
    """Write a layer as GeoPackage in the working CRS; what the study says of it."""
    frame.to_file(path.with_suffix(".gpkg"), driver="GPKG")
    return f"{{ path: layers/{path.name}.gpkg, datum: cgcs2000 }}"


def in_some_form(frame: gpd.GeoDataFrame, path: Path, r: random.Random) -> str:
    """Write a layer in a form drawn by chance; what the study says of it."""
    form = r.choice((*TABLES, *TABLES, "gpkg", "geojson", "parquet", "shp-utf-8", "shp-gb18030"))
    shuffled = frame.sample(frac=1, random_state=r.randrange(2**31))
    if form in TABLES:
        return table(shuffled, path, form, r)
    ending = form.split("-")[0]
    target = path.with_suffix("." + ending)
    if ending == "parquet":
        shuffled.to_crs(r.choice((4490, 4526, 4547))).to_parquet(target)
    elif ending == "geojson":
        shuffled.to_crs(4490).to_file(target, driver="GeoJSON")
    elif ending == "gpkg":
        shuffled.to_crs(r.choice((4490, 4526, 4547))).to_file(target, driver="GPKG")
    else:
        return shapefile(shuffled, target, form.removeprefix("shp-"), r)
    return f"{{ path: layers/{target.name}, datum: cgcs2000 }}"


def shapefile(frame: gpd.GeoDataFrame, target: Path, encoding: str, r: random.Random) -> str:
    """A Shapefile with short names of columns, in UTF-8 with its .cpg or in GB18030 with or without."""
    short = {
        "places_m06_12": "p06",
        "places_m12_24": "p12",
        "places_m24_36": "p24",
        "facility_id": "fid_",
        "spare_floor_m2": "spare",
    }
    names = {k: v for k, v in short.items() if k in frame}
    text = frame.select_dtypes(["object", "str"]).columns
    kept = frame.assign(**{c: frame[c].map(lambda v: v.encode(encoding, "replace").decode(encoding)) for c in text})
    kept.rename(columns=names).to_file(target, encoding=encoding)
    if encoding == "gb18030" and r.random() < 0.5:
        target.with_suffix(".cpg").unlink(missing_ok=True)
    columns = ", ".join(f"{k}: {v}" for k, v in names.items())
    return f"{{ path: layers/{target.name}, datum: cgcs2000" + (f", columns: {{ {columns} }} }}" if columns else " }")


def table(frame: gpd.GeoDataFrame, path: Path, form: str, r: random.Random) -> str:
    """A table with coordinates in degrees of some datum, with English or Chinese heads."""
    name = r.choice(list(DEGREES))
    at = frame.to_crs(4490).geometry
    lon, lat = DEGREES[name](at.x.to_numpy(), at.y.to_numpy())
    rows = pd.DataFrame(frame.drop(columns="geometry")).assign(lon=np.round(lon, 9), lat=np.round(lat, 9))
    rows = rows[r.sample(list(rows.columns), rows.shape[1])]
    if r.random() < 0.5:
        rows = rows.rename(columns=CHINESE)
    if form == "xlsx":
        target = path.with_suffix(".xlsx")
        rows.to_excel(target, index=False)
    else:
        target = path.with_suffix(".csv")
        rows.to_csv(target, index=False, encoding=form.removeprefix("csv-"))
    return f"{{ path: layers/{target.name}, datum: {name} }}"


def build(folder: Path, r: random.Random) -> tuple[Path, Path]:
    """One town below a folder in its plain form and in another; the two studies."""
    town.build(folder)
    rest = REST.format(
        uptake=r.choice((0.25, 0.5, 1.0)), limit=r.choice((325, 715, 1025)), budget=r.choice((1, 2_000_000, 50_000_000))
    )
    layers = {"residents": homes(r), "facilities": facilities(r), "hosts": town.hosts()}
    studies = []
    for form in ("plain", "other"):
        write = plain if form == "plain" else lambda frame, path: in_some_form(frame, path, r)
        said = [f"  {role}: {write(frame, folder / 'layers' / f'{form}_{role}')}" for role, frame in layers.items()]
        study = folder / f"{form}.yaml"
        study.write_text(STUDY + "layers:\n" + "\n".join(said) + "\n" + rest, encoding="utf-8")
        studies.append(study)
    return studies[0], studies[1]


def alarms(study: Path) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with a good project by geoplan's word, and what it comes to."""
    try:
        found = dict(gp.run(gp.load_study(study))["base"].numbers)
    except GeoplanError as error:
        return [str(error)], {}
    wrong = [f"{f['code']} {f['problem']} {f['value']}" for f in found["findings"] if f["severity"] != "note"]
    kept = ("population_total", "demand_total", "facilities", "capacity_total", "gap_account", "gap_after")
    plan = found["plan"] or {}
    return wrong, {k: found[k] for k in kept} | {
        k: plan.get(k) for k in ("objective", "bound", "cost", "places", "served_more")
    }


def judged(count: int, seed: int, first: int = 0, say: Callable[[str], None] = lambda _: None) -> Counter[str]:
    """How so many good projects ended: good, ALARM or DIFFERENT; `say` is told of each that is not good."""
    ends: Counter[str] = Counter()
    for number in range(first, first + count):
        with tempfile.TemporaryDirectory() as name:
            plain_study, other_study = build(Path(name) / "town", random.Random(f"{seed}:{number}"))
            (first_wrong, expected), (wrong, found) = alarms(plain_study), alarms(other_study)
            end = "ALARM" if first_wrong or wrong else "good" if rounded(found) == rounded(expected) else "DIFFERENT"
            ends[end] += 1
            if end != "good":
                said = other_study.read_text(encoding="utf-8").split("layers:\n")[1]
                say(f"{number}: {end} {first_wrong or wrong or (expected, found)}\n{said}")
        if number % 100 == 99:
            say(f"{number + 1}: {dict(ends)}")
    return ends


def rounded(numbers: Any) -> Any:
    """Numbers to a millionth, for sums over rows in another order."""
    if isinstance(numbers, Mapping):
        return {k: rounded(v) for k, v in numbers.items()}
    return round(numbers, 6) if isinstance(numbers, float) else numbers


def main() -> None:
    """The long form, from the command line."""
    ends = ends_of(__doc__, 1000, judged)
    raise SystemExit(set(ends) != {"good"})


if __name__ == "__main__":
    main()
