"""A study whose travel costs come from a file: the same answers as from its streets, and nothing unknown passes for far."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import geoplan as gp
from geoplan.errors import InputError
from geoplan.study.manifest import read_manifest
from tests import town
from tests.test_study_street_changes import line

JOURNEY = "  all: { mode: walk, limit_m: 700 }\n"
PLACES = {"F1": 0, "F2": 1200, "F3": 2400, "K1": 600}
BY_MATRIX = "  all: { mode: walk, limit_m: 700, matrix: layers/matrix.csv, matrix_unit: m }\n"
KEYS = ("gap_account", "gap_after", "plan", "facilities", "options", "demand_total", "units", "access")
EXTRA = f"""  cut:
    changes:
      - barrier: {line((300, town.STREET_Y - 50), (300, town.STREET_Y + 50))}
"""


def pairs() -> pd.DataFrame:
    """What walking costs in the town, in metres, whole and to every place: x + 20 m. Home G, on its own street, is not in it."""
    rows = [(h, p, abs(x - at) + 20.0) for h, x in town.HOMES.items() for p, at in PLACES.items()]
    return pd.DataFrame(rows, columns=["origin", "destination", "distance"])


def build(folder: Path, journey: str = BY_MATRIX, matrix: pd.DataFrame | None = None, more: str = "") -> Path:
    """The town with a matrix beside its layers; returns the path of the study."""
    path = town.build(folder, town.STUDY.replace(JOURNEY, journey) + more)
    (pairs() if matrix is None else matrix).to_csv(folder / "layers" / "matrix.csv", index=False)
    return path


def numbers(path: Path, *names: str) -> dict[str, dict[str, Any]]:
    """The numbers of some scenarios."""
    return {n: dict(r.numbers) for n, r in gp.run(gp.load_study(path), only=names).items()}


def codes(found: dict[str, Any], start: str = "GP-M1") -> list[tuple[str, int]]:
    """The codes of the findings on matrices with their counts."""
    return [(f["code"], f["count"]) for f in found["findings"] if f["code"].startswith(start)]


@pytest.fixture(scope="module")
def by_streets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The town computed from its streets."""
    return numbers(town.build(tmp_path_factory.mktemp("streets")))


def exported(folder: Path, limit_m: float) -> pd.DataFrame:
    """The town's own costs on foot, as another program would have computed them."""
    area = gp.read_area(folder / "layers/area.gpkg", crs=town.CRS)
    files = tuple(folder / f"layers/{part}.parquet" for part in ("nodes", "edges"))
    network = gp.read_network({"nodes": files[0], "edges": files[1]}, "walk", area, "m", datum="cgcs2000")
    places = pd.concat(
        [town.facilities().set_index("id")[["geometry"]], town.hosts().set_index("host_id")[["geometry"]]]
    )
    return gp.travel_cost(network, town.homes().set_index("demand_id"), places, limit_m=limit_m).to_frame()


SAME = ("base", "poor", "closed", "refused")


def test_a_matrix_from_the_own_streets_gives_the_same_numbers(
    by_streets: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """With its own costs read from a file, every scenario has the numbers that the streets give; only sources, notes and audit of the streets differ."""
    town.build(tmp_path / "streets")
    path = build(tmp_path / "town", matrix=exported(tmp_path / "streets", 20_000))
    for name, found in numbers(path, *SAME).items():
        differing = {k for k in found if found[k] != by_streets[name].get(k)}
        assert differing <= {"sources", "findings", "settings", "streets"}, name
        assert found["gap_account"] == by_streets[name]["gap_account"]
        assert found["plan"] == by_streets[name]["plan"]


@pytest.mark.parametrize(
    ("journey", "factor"),
    [
        ("limit_m: 700, matrix_unit: km", 1 / 1000),
        ("limit_min: 10, matrix_unit: min", 1 / 70),
        ("limit_min: 10, matrix_unit: s", 60 / 70),
    ],
)
def test_units_of_a_matrix_agree(
    by_streets: dict[str, dict[str, Any]], tmp_path: Path, journey: str, factor: float
) -> None:
    """Kilometres, and minutes or seconds at 70 m a minute, give the same account and plan as metres."""
    matrix = pairs().assign(distance=lambda f: f["distance"] * factor)
    found = numbers(build(tmp_path, f"  all: {{ mode: walk, {journey}, matrix: layers/matrix.csv }}\n", matrix), "base")
    assert found["base"]["gap_account"] == by_streets["base"]["gap_account"]
    assert found["base"]["plan"]["objective"] == by_streets["base"]["plan"]["objective"]


def test_what_a_matrix_does_not_name_is_not_joined_and_told(tmp_path: Path) -> None:
    """Home G stands in no row: not joined, not too far. A facility that a scenario opens is told, never silently unreachable."""
    found = numbers(build(tmp_path), "base", "opened")
    assert found["base"]["gap_account"] == town.ANSWER
    assert codes(found["base"]) == [("GP-M110", 1)]
    assert codes(found["opened"]) == [("GP-M110", 1), ("GP-M111", 1)]
    assert found["opened"]["gap_account"] == {**town.ANSWER}
    told = next(f for f in found["opened"]["findings"] if f["code"] == "GP-M111")
    assert told["value"] == "F9"
    assert told["file"] == "layers/matrix.csv"
    assert told["place"] == "travel.all"
    assert not codes(found["opened"], "GP-N007")  # nothing is said of streets that have no part in it
    assert not codes(found["opened"], "GP-N008")


def test_a_matrix_that_names_the_opened_facility_reaches_it(tmp_path: Path) -> None:
    """With F9 in the matrix its sixteen places serve home E."""
    rows = [(h, "F9", abs(x - 3300) + 20.0) for h, x in town.HOMES.items()]
    matrix = pd.concat([pairs(), pd.DataFrame(rows, columns=pairs().columns)])
    found = numbers(build(tmp_path, matrix=matrix), "base", "opened")
    assert found["opened"]["gap_account"]["served"] == 8 + 16
    assert ("GP-M111", 1) not in codes(found["opened"])
    assert ("GP-M107", 1) in codes(found["base"])  # there, F9 is in no layer


def test_an_empty_cost_is_too_far_not_unknown(tmp_path: Path) -> None:
    """Home G with one empty cost is known and reaches nothing: too far."""
    matrix = pd.concat(
        [pairs(), pd.DataFrame([("G", "F1", None)], columns=pairs().columns).astype({"distance": float})]
    )
    found = numbers(build(tmp_path, matrix=matrix), "base")["base"]
    assert found["gap_account"] == {**town.ANSWER, "too_far": 32, "not_joined": 0}
    assert codes(found) == [("GP-M117", 1)]


def test_street_changes_do_not_act_on_a_matrix_and_this_is_said(tmp_path: Path) -> None:
    """A barrier leaves the account as it is, with a note; coverage on foot still follows the streets."""
    found = numbers(build(tmp_path, more=EXTRA), "base", "cut")
    assert found["cut"]["gap_account"] == found["base"]["gap_account"]
    assert codes(found["cut"]) == [("GP-M110", 1), ("GP-M118", 1)]
    assert codes(found["cut"], "GP-N034") == [("GP-N034", 1)]


def test_one_group_may_travel_by_matrix_and_another_by_street(tmp_path: Path) -> None:
    """Only the demand points of the group need to stand in its matrix; the others are joined to the streets."""
    journey = BY_MATRIX.replace("all:", "urban:") + "  rural: { mode: walk, limit_m: 700 }\n"
    path = build(tmp_path, journey, pairs().query("origin in ['A', 'B', 'C']"))
    homes = tmp_path / "layers" / "homes.gpkg"
    frame = town.homes()
    homes.unlink()
    frame.assign(**{"class": ["urban_old"] * 3 + ["rural"] * 3}).to_file(homes, driver="GPKG")
    found = numbers(path, "base")["base"]
    assert found["gap_account"] == town.ANSWER
    assert codes(found) == []
    assert codes(found, "GP-N007") == [("GP-N007", 1)]


def test_the_matrix_is_an_input_like_any_other(tmp_path: Path) -> None:
    """It stands in results.json and the manifest with its hash, and another byte in it makes a scenario out of date."""
    path = build(tmp_path / "town")
    out = tmp_path / "out"
    gp.run(gp.load_study(path), out, only=["base"])
    found = json.loads((out / "base" / "results.json").read_text(encoding="utf-8"))
    source = next(s for s in found["sources"] if s["role"] == "travel.all.matrix")
    assert source["path"] == "layers/matrix.csv"
    assert source["rows"] == len(pairs())
    assert source["sha256"] in {s["sha256"] for s in read_manifest(out / "base")["inputs"]}
    assert not gp.run(gp.load_study(path), out, only=["base"], resume=True)
    pairs().iloc[1:].to_csv(tmp_path / "town" / "layers" / "matrix.csv", index=False)
    assert list(gp.run(gp.load_study(path), out, only=["base"], resume=True)) == ["base"]
    assert str(tmp_path) not in (out / "base" / "results.json").read_text(encoding="utf-8")


def test_scenarios_may_have_matrices_of_their_own(tmp_path: Path) -> None:
    """A scenario that names another file is computed from it, though everything else is remembered."""
    more = "  slower:\n    travel: { all: { matrix: layers/slow.csv } }\n"
    path = build(tmp_path, more=more)
    pairs().assign(distance=lambda f: f["distance"] * 10).to_csv(tmp_path / "layers" / "slow.csv", index=False)
    found = numbers(path, "base", "slower")
    assert found["base"]["gap_account"] == town.ANSWER
    assert found["slower"]["gap_account"]["too_far"] > town.ANSWER["too_far"]


WRONG = {
    "no unit": (BY_MATRIX.replace(", matrix_unit: m", ""), "matrix_unit"),
    "other limit": (BY_MATRIX.replace("matrix_unit: m", "matrix_unit: min"), "limit_min"),
    "no such unit": (BY_MATRIX.replace("matrix_unit: m", "matrix_unit: hour"), "matrix_unit"),
    "unit without matrix": (BY_MATRIX.replace("matrix: layers/matrix.csv, ", ""), "need a matrix"),
    "wrong column key": (
        BY_MATRIX.replace("matrix_unit: m", "matrix_unit: m, matrix_columns: { costs: distance }"),
        "costs",
    ),
}
REFUSED = {
    "missing file": (BY_MATRIX.replace("matrix.csv", "matrx.csv"), "layers/matrx.csv"),
    "path outside": (BY_MATRIX.replace("layers/matrix.csv", "../../etc/matrix.csv"), "out of the project"),
    "an address": (BY_MATRIX.replace("layers/matrix.csv", "https://example.org/m.csv"), "network"),
    "no such column": (
        BY_MATRIX.replace("matrix_unit: m", "matrix_unit: m, matrix_columns: { cost: dist }"),
        "distance",
    ),
    "other way round": (
        BY_MATRIX.replace(
            "matrix_unit: m", "matrix_unit: m, matrix_columns: { demand_id: destination, place_id: origin }"
        ),
        "other way round",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_half_stated_matrix_is_refused_by_the_file(case: str, tmp_path: Path) -> None:
    """A matrix without its unit, a limit that does not fit it, or a key that is none: refused with line and column."""
    journey, named = WRONG[case]
    with pytest.raises(InputError, match=r"study.yaml:\d+:\d+") as caught:
        gp.load_study(build(tmp_path, journey))
    assert named in str(caught.value)


@pytest.mark.parametrize("case", REFUSED)
def test_a_matrix_that_cannot_be_used_is_one_clear_error(case: str, tmp_path: Path) -> None:
    """A wrong path follows the rules of all paths; wrong columns and a wrong direction name the file as the study does."""
    journey, named = REFUSED[case]
    with pytest.raises(InputError) as caught:
        gp.run(gp.load_study(build(tmp_path / "town", journey)), tmp_path / "out")
    assert len(caught.value.findings) == 1
    assert named in str(caught.value)
    assert str(tmp_path / "town" / "layers") not in str(caught.value)
    assert not (tmp_path / "out").exists()


def lines_of(frame: pd.DataFrame) -> Iterator[str]:
    """The rows of a table as lines of CSV."""
    yield from frame.to_csv(index=False).splitlines()


def test_problems_of_a_matrix_and_of_a_layer_are_told_at_once(tmp_path: Path) -> None:
    """Text in the matrix and a bad facility are one error."""
    path = build(tmp_path)
    layers = tmp_path / "layers"
    text = [*lines_of(pairs()), "A,F9,nah"]
    (layers / "matrix.csv").write_text("\n".join(text), encoding="utf-8")
    facilities = (layers / "facilities.csv").read_text("utf-8-sig").replace(",8,", ",六十,")
    (layers / "facilities.csv").write_text(facilities, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        gp.run(gp.load_study(path))
    told = str(caught.value)
    assert f"GP-M104 layers/matrix.csv: row {len(text)}, column distance" in told
    assert "六十" in told
