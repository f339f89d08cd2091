"""Street changes of a scenario: what a planner writes is done to the streets, said, and nothing else moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import Point

from geoplan import load_study, run
from geoplan.errors import InputError
from geoplan.study.scenarios import Study
from tests import town


def degrees(x: float, y: float) -> str:
    """A place of the town as longitude, latitude."""
    at = gpd.GeoSeries([Point(town.WEST + x, y)], crs=town.CRS).to_crs(4490).iloc[0]
    return f"[{at.x!r}, {at.y!r}]"


def line(*spots: tuple[float, float]) -> str:
    """Places of the town as a line of a study file."""
    return "[" + ", ".join(degrees(*spot) for spot in spots) + "]"


def study(folder: Path, change: str) -> Study:
    """The town with one scenario that makes one change."""
    scenario = f"scenarios:\n  changed:\n    changes:\n      - {change}\n"
    return load_study(town.build(folder, town.STUDY.split("scenarios:")[0] + scenario))


def outcome(folder: Path, change: str) -> tuple[dict[str, float], list[str]]:
    """The gap account of the changed town, and what is said of street changes."""
    numbers: dict[str, Any] = run(study(folder, change), only=["changed"])["changed"].numbers
    said = [f["problem"] for f in numbers["findings"] if f["code"] == "GP-N034"]
    return {k: v for k, v in numbers["gap_account"].items() if k in town.ANSWER}, said


STREET, NORTH = town.STREET_Y, town.NORTH_Y
CUT = {"served": 0, "too_far": 16, "full": 0, "wrong_kind": 48, "not_joined": 32}  # A is cut off with F1
LINKED = {**town.ANSWER, "too_far": 32, "not_joined": 0}  # G joins, and is too far from all


@pytest.mark.parametrize(
    ("change", "account", "said"),
    [
        (f"barrier: {line((300, STREET - 50), (300, STREET + 50))}", CUT, "1 streets cut"),
        (f"close_street: {{ at: {degrees(450, STREET + 5)} }}", CUT, "100 m closed"),
        (f"link: {{ line: {line((0, NORTH), (0, STREET))} }}", LINKED, "5,000 m added"),
        (f"link: {{ line: {line((0, NORTH), (0, STREET))}, highway: motorway }}", town.ANSWER, "does not use"),
        (f"speed: {{ at: {degrees(450, STREET)}, kph: 20 }}", town.ANSWER, "counts metres"),
    ],
    ids=["barrier", "close", "link", "motorway", "speed"],
)
def test_a_street_change_does_what_it_says(tmp_path: Path, change: str, account: dict[str, float], said: str) -> None:
    """The gap account is what arithmetic gives, and a note tells what was done for the mode."""
    found, notes = outcome(tmp_path / "town", change)
    assert found == account
    assert len(notes) == 1
    assert said in notes[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("close_street: { name: 中兴大街 }", "no street has this name"),
        (f"close_street: {{ at: {degrees(0, STREET + 1900)} }}", "no street within 300 m"),
        ("close_street: { at: [116.4, 39.9] }", "outside the study area"),
        (f"barrier: {line((0, STREET + 900), (300, STREET + 900))}", "crosses no street"),
        (f"link: {{ line: {line((0, STREET), (0, STREET + 2000))} }}", "more than 30 m from every street"),
    ],
    ids=["name", "field", "beijing", "nothing", "loose"],
)
def test_a_street_change_that_cannot_be_is_one_clear_error(tmp_path: Path, change: str, message: str) -> None:
    """A name, a position or a line that fits no street is refused before anything is written."""
    with pytest.raises(InputError, match=message) as caught:
        run(study(tmp_path / "town", change), tmp_path / "out", only=["changed"])
    assert len(caught.value.findings) == 1
    assert not list((tmp_path / "out").glob("changed/*"))


@pytest.mark.parametrize("change", ["close_street: { }", "close_street: { name: a, at: [1, 2] }", "barrier: [[1, 2]]"])
def test_a_street_change_that_says_too_little_is_refused_by_the_file(tmp_path: Path, change: str) -> None:
    """Neither or both of name and at, and a line of one point, are refused with line and column."""
    with pytest.raises(InputError, match=r"study.yaml.*:\d+:\d+"):
        study(tmp_path / "town", change)
