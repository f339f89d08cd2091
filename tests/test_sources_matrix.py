"""A travel cost matrix of another program: read as it was written, in any of its shapes, or refused with one clear error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geoplan as gp
from geoplan.errors import Findings, InputError, UsageError

DEMAND, PLACES = [f"R{i:03d}" for i in range(30)], [f"00{i}" for i in range(8)]


def some_cost(seed: int = 0) -> gp.CostMatrix:
    """A matrix in which some pairs are absent, two costs are equal and every id has a pair."""
    rng = np.random.default_rng(seed)
    minutes = rng.integers(1, 4000, (len(DEMAND), len(PLACES))) / 7
    minutes[rng.random(minutes.shape) < 0.3] = np.nan
    minutes[:, 0] = 12.5
    minutes[0] = np.arange(len(PLACES)) + 0.1
    return gp.CostMatrix.from_dense(pd.DataFrame(minutes * 60, DEMAND, PLACES), unit="s")


def as_minutes(cost: gp.CostMatrix) -> pd.DataFrame:
    """Its pairs as another program would export them: minutes, whole precision."""
    frame = cost.to_frame().rename(columns={"demand_id": "from_id", "place_id": "to_id", "cost": "travel_time"})
    return frame.assign(travel_time=frame["travel_time"] / 60)


def wide(cost: gp.CostMatrix) -> pd.DataFrame:
    """Demand points as rows and places as columns, empty where a pair is absent."""
    table = as_minutes(cost).pivot(index="from_id", columns="to_id", values="travel_time")
    table.columns.name = None
    return table.rename_axis("id")


def same(found: gp.CostMatrix, wanted: gp.CostMatrix) -> None:
    """Both have the same ids, the same pairs, and costs equal to one part in a thousand million."""
    assert list(found.demand_ids) == list(wanted.demand_ids)
    assert list(found.place_ids) == list(wanted.place_ids)
    assert found.unit == wanted.unit
    a, b = (m.to_frame().sort_values(["demand_id", "place_id"], ignore_index=True) for m in (found, wanted))
    pd.testing.assert_frame_equal(a[["demand_id", "place_id"]], b[["demand_id", "place_id"]])
    np.testing.assert_allclose(a["cost"], b["cost"], rtol=1e-9)


CHINESE = {"from_id": "起点", "to_id": "终点", "travel_time": "成本"}
WRITERS: dict[str, Callable[[gp.CostMatrix, Path], object]] = {
    "csv": lambda c, to: as_minutes(c).to_csv(to / "m.csv", index=False),
    "gb18030": lambda c, to: as_minutes(c).rename(columns=CHINESE).to_csv(to / "m.csv", index=False, sep=";", encoding="gb18030"),
    "parquet": lambda c, to: as_minutes(c).to_parquet(to / "m.parquet"),
    "categories": lambda c, to: as_minutes(c).astype({"from_id": "category", "to_id": "category"}).to_parquet(to / "m.parquet"),
    "xlsx": lambda c, to: as_minutes(c).to_excel(to / "m.xlsx", index=False),
    "wide csv": lambda c, to: wide(c).to_csv(to / "m.csv"),
    "wide without corner": lambda c, to: wide(c).rename_axis(None).to_csv(to / "m.csv", encoding="utf-8-sig"),
    "wide parquet": lambda c, to: wide(c).reset_index().to_parquet(to / "m.parquet"),
    "wide xlsx": lambda c, to: wide(c).rename_axis(None).to_excel(to / "m.xlsx"),
}  # fmt: skip


@pytest.mark.parametrize("shape", WRITERS)
def test_a_matrix_comes_back_as_it_was_written(shape: str, tmp_path: Path) -> None:
    """Pairs or a wide table, in CSV, Parquet or XLSX: ids (leading zeros too), pairs and costs are the same."""
    cost = some_cost()
    WRITERS[shape](cost, tmp_path)
    path = next(tmp_path.glob("m.*"))
    same(gp.read_cost(path, "min"), cost)
    same(gp.read_cost(path, "min", demand_ids=DEMAND, place_ids=PLACES), cost)


@pytest.mark.parametrize("frame", [as_minutes, wide, lambda c: as_minutes(c).set_index(["from_id", "to_id"])])
def test_a_frame_is_read_as_a_file_is(frame: Callable[[gp.CostMatrix], pd.DataFrame]) -> None:
    """Pairs, a wide table with its ids in the index, and pairs with both ids in the index give the same matrix."""
    cost = some_cost()
    same(gp.read_cost(frame(cost), "min"), cost)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("FGH"), st.floats(0, 1e6)), min_size=1, max_size=15, unique_by=lambda p: p[:2]))  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_the_reader_agrees_with_the_core_object(pairs: list[tuple[str, str, float]]) -> None:
    """For any pairs the result is that of `CostMatrix.from_pairs`, whatever the limit."""
    limit = pairs[0][2]
    ids = {"demand_ids": sorted({p[0] for p in pairs}), "place_ids": sorted({p[1] for p in pairs})}
    frame = pd.DataFrame(pairs, columns=["demand_id", "place_id", "cost"])
    found, wanted = gp.read_cost(frame, "m", limit), gp.CostMatrix.from_pairs(pairs, "m", limit, **ids)
    pd.testing.assert_frame_equal(found.to_frame(), wanted.to_frame())
    assert found.limit == wanted.limit


@pytest.mark.parametrize(
    ("unit", "factor", "counted"), [("m", 1, "m"), ("km", 1000, "m"), ("s", 1, "s"), ("min", 60, "s")]
)
def test_units_agree(unit: str, factor: float, counted: str) -> None:
    """The same numbers in another unit are the same matrix, and a limit in that unit is inclusive."""
    frame = pd.DataFrame({"o": ["a", "b", "c"], "d": ["F"] * 3, "value": [1.0, 2.5, 3.0]})
    found = gp.read_cost(frame, unit, 2.5)
    assert found.unit == counted
    assert found.limit == 2.5 * factor
    assert found.to_frame()["cost"].tolist() == [factor, 2.5 * factor]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    """A shuffled file gives the same arrays."""
    frame = as_minutes(some_cost())
    first, second = (
        gp.read_cost(frame, "min"),
        gp.read_cost(frame.sample(frac=1, random_state=1, ignore_index=True), "min"),
    )
    assert first.demand_ids.equals(second.demand_ids)
    assert first.place_ids.equals(second.place_ids)
    for name in ("start", "demand", "cost"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_what_is_absent_is_unjoined_and_what_is_empty_is_beyond() -> None:
    """A point or place that no row names is unjoined; one with an empty or infinite cost only is known and too far."""
    frame = pd.DataFrame({"from": ["a", "b", "b"], "to": ["F", "F", "G"], "cost": [1.0, None, np.inf]})
    notes = Findings()
    found = gp.read_cost(frame, "km", demand_ids=["a", "b", "c"], place_ids=["F", "G", "H"], findings=notes)
    assert found.to_frame().to_numpy().tolist() == [["a", "F", 1000.0]]
    assert list(found.unjoined) == ["c"]
    assert list(found.unjoined_places) == ["H"]
    assert [(f.code, f.count, f.value) for f in notes] == [("GP-M117", 2, ""), ("GP-M110", 1, "c"), ("GP-M111", 1, "H")]
    assert {f.severity for f in notes} == {"note"}


def test_ids_of_no_layer_are_left_out_and_counted() -> None:
    """Rows of ids that are not asked for are left out; a note has their count and the first five."""
    frame = pd.DataFrame({"origin": [f"x{i}" for i in range(9)] + ["a"], "destination": "F", "cost": 1.0})
    notes = Findings()
    found = gp.read_cost(frame, "m", demand_ids=["a"], place_ids=["F"], findings=notes)
    assert len(found.cost) == 1
    assert [(f.code, f.count, f.value) for f in notes] == [("GP-M107", 9, "x0, x1, x2, x3, x4")]


def test_a_matrix_of_everything_to_everything_runs_the_right_way() -> None:
    """Demand points among the destinations are left out with a note; the direction is known by what fits both sides."""
    frame = pd.DataFrame({"origin": "a", "destination": ["a", "b", "c", "d", "F"], "cost": 1.0})
    found = gp.read_cost(frame, "m", demand_ids=["a", "b", "c", "d"], place_ids=["F"])
    assert found.to_frame().to_numpy().tolist() == [["a", "F", 1.0]]


@pytest.mark.parametrize(("value", "told"), [(2000.0, True), (900.0, False), (0.5, True)])
def test_a_matrix_in_another_unit_is_noticed(value: float, told: bool) -> None:
    """A median a hundred times off the limit is a note, for it is probably in another unit."""
    notes = Findings()
    gp.read_cost(
        pd.DataFrame({"from": ["a"], "to": ["F"], "time": [value]}), "min", 15 if value != 0.5 else 60, findings=notes
    )
    assert [f.code for f in notes] == ["GP-M113"] * told


def test_a_column_of_names_beside_a_wide_table_is_no_place() -> None:
    """A column without any number is left out with a note."""
    notes = Findings()
    frame = pd.DataFrame({"id": ["a", "b"], "name": ["甲", "乙"], "F": [1, 2], "G": [3, None]})
    found = gp.read_cost(frame, "m", findings=notes)
    assert list(found.place_ids) == ["F", "G"]
    assert [f.code for f in notes] == ["GP-M112", "GP-M117"]


def test_unusual_digits_are_read_and_other_columns_left_alone() -> None:
    """Full-width digits are numbers; columns that are not asked for do not matter; a mapping names the others."""
    frame = pd.DataFrame({"hh": [1, 2], "note": ["x", "y"], "school": ["F", "F"], "t": ["１２．５", " 3 "]})
    found = gp.read_cost(frame, "s", columns={"demand_id": "hh", "place_id": "school", "cost": "t"})
    assert found.to_frame().to_numpy().tolist() == [["2", "F", 3.0], ["1", "F", 12.5]]


PAIRS = "origin,destination,minutes\na,F,1\nb,F,2\n"
MISTAKES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "missing column": (PAIRS.replace("destination", "ziel"), {}, "GP-T104", "place_id"),
    "near name": (PAIRS.replace("destination", "destinatoin"), {}, "GP-T104", "destinatoin"),
    "named but absent": (PAIRS, {"columns": {"cost": "minuten"}}, "GP-T104", "did you mean minutes?"),
    "no such key": (PAIRS, {"columns": {"costs": "minutes"}}, "GP-M114", "did you mean cost?"),
    "text for number": (PAIRS.replace("b,F,2", "b,F,两分钟"), {}, "GP-M104", "row 3, column minutes"),
    "text after a blank line": (PAIRS.replace("b,F,2", "\nb,F,two"), {}, "GP-M104", "row 4, column minutes"),
    "with a unit": (PAIRS.replace("b,F,2", "b,F,2 min"), {}, "GP-M104", "'2 min'"),
    "negative": (PAIRS.replace("b,F,2", "b,F,-1"), {}, "GP-M105", "row 3, column minutes"),
    "minus infinity": (PAIRS.replace("b,F,2", "b,F,-inf"), {}, "GP-M105", "row 3, column minutes"),
    "twice": (PAIRS + "a,F,3\n", {}, "GP-M106", "row 4, column origin: 1 rows"),
    "no id": (PAIRS.replace("b,F,2", " ,F,2"), {}, "GP-M116", "row 3, column origin"),
    "shortened id": (PAIRS.replace("b,F,2", "1.3E+11,F,2"), {}, "GP-T114", "1.3E+11"),
    "ragged": (PAIRS + "a,G\n", {}, "GP-T101", "row 4"),
    "no rows": ("origin,destination,minutes\n", {}, "GP-T105", "no rows"),
    "two names": (PAIRS.replace("origin", "minutes"), {}, "GP-T102", "minutes"),
    "two costs": ("from,to,time,distance\na,F,1,2\n", {}, "GP-M103", "time, distance"),
    "unit": (PAIRS, {"unit": "hours"}, "GP-M101", "hours"),
    "unknown demand": (PAIRS, {"demand_ids": ["x"]}, "GP-M108", "a, b"),
    "unknown places": (PAIRS, {"place_ids": ["x"]}, "GP-M108", "F"),
    "other way round": (PAIRS, {"demand_ids": ["F"], "place_ids": ["a", "b"]}, "GP-M109", "a, b"),
    "wide, other way round": ("id,a,b\nF,1,2\nG,3,4\n", {"demand_ids": ["a", "b"], "place_ids": ["F", "G"]}, "GP-M109", "F, G"),
    "wide, twice": ("id,F,G\na,1,2\na,3,4\n", {}, "GP-M115", "row 3, column id"),
    "wide, text": ("id,F,G\na,1,2\nb,x,4\n", {}, "GP-M104", "row 3, column F"),
    "neither": ("house,clinic,took\na,F,1\nb,F,2\n", {}, "GP-M102", "house, clinic, took"),
    "one column": ("id\na\n", {}, "GP-M102", "id"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_hurried_mistake_is_one_clear_error(case: str, tmp_path: Path) -> None:
    """Each mistake is one finding that names file, row or column and value, in both languages."""
    text, more, code, named = MISTAKES[case]
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        gp.read_cost(path, **{"unit": "min", **more})
    assert [f.code for f in caught.value.findings] == [code]
    said = caught.value.findings[0]
    assert named in said.sentence()
    assert "m.csv" in said.sentence()
    assert said.problem.zh != said.problem.en
    assert said.advice.zh != said.advice.en


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Text, a negative cost, a missing id and a pair given twice are four findings of one error, each counted."""
    path = tmp_path / "m.csv"
    rows = [f"h{i},F,far" for i in range(7)] + ["a,F,-1", ",F,1", "b,F,1", "b,F,1"]
    path.write_text("origin,destination,cost\n" + "\n".join(rows), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        gp.read_cost(path, "m")
    assert {f.code: f.count for f in caught.value.findings} == {"GP-M104": 7, "GP-M105": 1, "GP-M106": 1, "GP-M116": 1}
    assert "7 costs are not numbers" in str(caught.value)
    assert "7 个成本不是数字" in caught.value.findings[1].sentence("zh")


@pytest.mark.parametrize(
    ("name", "content"),
    [("m.csv.gz", b"x"), ("m.parquet", b"x,y\n1,2\n"), ("m.parquet", b"PAR1"), ("m.xlsx", b"PK\x03\x04")],
)
def test_what_is_no_such_file_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    """A wrong ending, other content than the ending says, and a broken file are refused by name."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        gp.read_cost(tmp_path / name, "m")


def test_a_negative_limit_and_ids_given_twice_are_refused() -> None:
    """A limit below 0, and two equal ids to be aligned with, are mistakes of the caller."""
    frame = pd.DataFrame({"from": ["a"], "to": ["F"], "cost": [1.0]})
    with pytest.raises(UsageError, match="negative"):
        gp.read_cost(frame, "m", -1)
    with pytest.raises(InputError, match="unique"):
        gp.read_cost(frame, "m", demand_ids=["a", "a"])
