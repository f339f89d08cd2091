"""What is kept between runs is what would be computed again, and nothing that changed is ever taken from it."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from geoplan import load_study, run
from geoplan.errors import Finding, Text
from geoplan.network.graph import build_network
from geoplan.profiles.mode import load_mode
from geoplan.sources.streets import Streets
from geoplan.study import cache
from tests.test_network_graph import tables

FOUND = (Finding("GP-N118", "a.pbf", "row 3", Text("a", "甲"), Text("b", "乙"), "7", "note", 2),)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has a folder of its own."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def some_streets() -> Streets:
    """A cross with names, some missing, and a node that is a level crossing."""
    nodes, edges = tables([(0, 0), (100, 0), (200, 0), (100, 90)], [(0, 1), (1, 2), (1, 3)])
    nodes["crossing"] = [None, "railway", None, None]
    return Streets(nodes.rename_axis("node_id"), edges.assign(name=["中兴大街", None, "x"], length_m=[100.0, 100, 90]))


def refuse() -> object:
    """What must not be called."""
    raise AssertionError("computed again")


def test_streets_come_back_as_they_were() -> None:
    """Tables, CRS and findings are the same, and nothing is read the second time."""
    first, again = (cache.streets("k", make) for make in (lambda: (some_streets(), FOUND), refuse))
    assert_frame_equal(first[0].nodes, again[0].nodes)
    assert_frame_equal(first[0].edges, again[0].edges)
    assert isinstance(again[0].edges, gpd.GeoDataFrame)
    assert first[0].edges.crs == again[0].edges.crs
    assert first[1] == again[1] == FOUND


@pytest.mark.parametrize(("mode", "unit"), [("walk", "m"), ("drive", "s")])
def test_a_network_comes_back_as_it_was(mode: str, unit: str) -> None:
    """Every array, line, the CRS, mode and unit are the same."""
    given = some_streets()
    built = build_network(given.nodes, given.edges.assign(highway="residential"), load_mode(mode), unit)
    cache.network("k", mode, unit, lambda: built)
    again = cache.network("k", mode, unit, refuse)
    for field in fields(built):
        one, other = getattr(built, field.name), getattr(again, field.name)
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other, field.name


def test_any_byte_makes_another_key(tmp_path: Path) -> None:
    """A byte of the file, its name, the CRS and a setting each make another key; the same input makes the same."""
    file, other = tmp_path / "a.pbf", tmp_path / "b.pbf"
    file.write_bytes(b"abc")
    shutil.copy(file, other)
    keys = [cache.streets_key(file, "EPSG:4547", {"datum": "wgs84"})]
    assert cache.streets_key(file, "EPSG:4547", {"datum": "wgs84"}) == keys[0]
    keys += [cache.streets_key(f, crs, {"datum": d}) for f, crs, d in
             [(other, "EPSG:4547", "wgs84"), (file, "EPSG:4548", "wgs84"), (file, "EPSG:4547", "gcj02")]]  # fmt: skip
    file.write_bytes(b"abd")
    keys.append(cache.streets_key(file, "EPSG:4547", {"datum": "wgs84"}))
    assert len(set(keys)) == len(keys)


def test_another_version_of_geoplan_makes_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one version kept, another never reads."""
    before = cache.fingerprint("a")
    monkeypatch.setattr(cache, "_program", lambda: ["another"])
    assert cache.fingerprint("a") != before


@pytest.mark.parametrize("harm", ["truncate", "remove", "garble"])
def test_a_harmed_entry_is_made_again(own_folder: Path, harm: str) -> None:
    """A part that is cut short, lost or changed is not believed; it is computed and kept anew."""
    cache.streets("k", lambda: (some_streets(), FOUND))
    part = own_folder / "streets" / "k" / "edges.parquet"
    if harm == "remove":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:100] if harm == "truncate" else part.read_bytes()[::-1])
    with pytest.raises(AssertionError, match="computed again"):
        cache.streets("k", refuse)
    cache.streets("k", lambda: (some_streets(), FOUND))
    assert cache.streets("k", refuse)[1] == FOUND


def test_off_keeps_nothing(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is off, each run computes; where the folder cannot be written, too."""
    monkeypatch.setenv(cache.VARIABLE, "off")
    cache.streets("k", lambda: (some_streets(), FOUND))
    assert not own_folder.exists()
    own_folder.write_text("a file, not a folder")
    monkeypatch.setenv(cache.VARIABLE, str(own_folder))
    assert cache.streets("k", lambda: (some_streets(), FOUND))[1] == FOUND


def test_what_was_not_used_for_longest_goes_first(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries together stay below a size."""
    import os

    for age, key in enumerate("abc"):
        cache.streets(key, lambda: (some_streets(), FOUND))
        os.utime(own_folder / "streets" / key, (age, age))
    one = sum(p.stat().st_size for p in (own_folder / "streets" / "a").iterdir())
    monkeypatch.setattr(cache, "LARGEST_BYTES", int(2.5 * one))
    cache.streets("d", lambda: (some_streets(), FOUND))
    assert sorted(p.name for p in (own_folder / "streets").iterdir()) == ["c", "d"]


def test_a_run_with_what_was_kept_gives_the_same_numbers(town_study: Path, tmp_path: Path, own_folder: Path) -> None:
    """The second run reads from the folder, and its results.json is equal to the byte."""
    study = load_study(town_study)
    only = [next(iter(study.scenarios))]
    run(study, tmp_path / "one", only=only)
    kept = {p.name for p in own_folder.glob("*/*")}
    run(study, tmp_path / "two", only=only)
    assert kept
    assert kept == {p.name for p in own_folder.glob("*/*")}
    one, two = (
        json.loads((tmp_path / n / only[0] / "results.json").read_text(encoding="utf-8")) for n in ("one", "two")
    )
    assert one == two
