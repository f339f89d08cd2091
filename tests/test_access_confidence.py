"""The confidence of a group's data: the grade that a quarter of its people may fall short of."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.access.confidence import GRADES, worst_quartile
from geoplan.errors import UsageError

points = st.lists(
    st.tuples(st.sampled_from([*GRADES, None]), st.integers(0, 9), st.sampled_from(["U", "V", None])), max_size=12
)


def table(rows: list[tuple[str | None, int, str | None]]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Grades, people and groups of these points."""
    grade, people, group = zip(*rows, strict=True) if rows else ((), (), ())
    ids = [f"d{i}" for i in range(len(rows))]
    return (
        pd.Series(grade, ids, dtype=object),
        pd.Series(people, ids, dtype=float),
        pd.Series(group, ids, dtype=object),
    )


def by_person(rows: list[tuple[str | None, int, str | None]], group: str) -> str | None:
    """The rule told person by person: who stands just beyond a quarter of the line, the worst first."""
    line = [grade for grade, people, own in rows if own == group for _ in range(people)]
    line.sort(key=lambda g: (g is not None, -GRADES.index(g) if g else 0))
    if not line:
        return None
    grade = line[len(line) // 4]
    return "B" if grade == "A" and line[0] is None else grade


@given(points)
def test_it_is_the_grade_of_the_person_at_a_quarter_of_the_line(rows: list[tuple[str | None, int, str | None]]) -> None:
    """The same as standing the people in line and asking one of them."""
    found = worst_quartile(*table(rows))
    assert found.to_dict() == {g: by_person(rows, g) for g in ("U", "V") if any(own == g for *_, own in rows)}


@given(points)
def test_an_unknown_grade_is_never_the_best(rows: list[tuple[str | None, int, str | None]]) -> None:
    """A group with people of unknown grade is never A."""
    found = worst_quartile(*table(rows))
    for group, grade in found.items():
        if any(own == group and g is None and people for g, people, own in rows):
            assert grade != "A"


def test_a_quarter_may_be_worse() -> None:
    """Exactly a quarter of bad data leaves the grade; a little more takes it."""
    for bad, grade in ((25, "A"), (26, "D")):
        assert worst_quartile(*table([("D", bad, "U"), ("A", 100 - bad, "U")])).to_dict() == {"U": grade}


def test_what_is_no_grade_is_refused() -> None:
    """Another letter, and labels that differ, are refused."""
    grade, people, group = table([("E", 1, "U")])
    with pytest.raises(UsageError, match="E"):
        worst_quartile(grade, people, group)
    with pytest.raises(UsageError, match="labels"):
        worst_quartile(grade, people.rename({"d0": "x"}), group)
