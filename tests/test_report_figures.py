"""Figures that need their own data: ages, Lorenz curves, other budgets, lines of longitude and latitude."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.report import fronts, graticule, lorenz, pyramid
from geoplan.report.document import document
from geoplan.report.figures import figures
from geoplan.report.model import Figure, Table
from geoplan.result import Result
from geoplan.study.numbers import curve, numbers
from geoplan.study.scenarios import load_study
from tests import town
from tests.sample import sample_result

RESULT = sample_result("zh")
FRONT = pd.DataFrame(
    {"budget": [1e6, 2e6], "sites": [1, 3], "money": [9e5, 1.9e6], "served": [10.0, 25.0], "objective": [10.0, 25.0],
     "bound": [10.0, 25.1], "gap": [0.0, 0.004], "status": ["optimal", "feasible"], "marginal": [np.nan, 66666.7]}
)  # fmt: skip


class Canvas:
    """What a drawing asks for: one axes, kept to be looked at."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Drawn

        self.figure = Drawn()
        FigureCanvasAgg(self.figure)
        self.ax = self.figure.subplots()

    def subplots(self) -> Any:
        return self.ax


def with_front(result: Result) -> Result:
    """The result of a study that asks for two budgets."""
    made = replace(result, front=FRONT)
    return replace(made, numbers=numbers(made))


def test_the_pyramid_has_the_children_of_the_first_and_the_last_year() -> None:
    """The bars to the left and to the right are as long as there are children of that age in the base and in the last year."""
    canvas, rows = Canvas(), RESULT.numbers["cohorts"]
    pyramid.pyramid(RESULT, canvas)
    drawn = [bar.get_width() for bar in canvas.ax.patches]
    names = pyramid.ages(RESULT)
    assert drawn == [-(rows[0][n] or 0) for n in names] + [(rows[-1][n] or 0) for n in names]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 50)), min_size=1, max_size=30))
def test_the_curve_rises_ever_steeper_from_nothing_to_all(found: list[tuple[float, float]]) -> None:
    """A Lorenz curve begins at (0, 0), ends at (1, 1), is convex and never above the diagonal; it is empty where nothing is shared."""
    values, people = (
        pd.Series(column, index=[str(i) for i in range(len(found))]) for column in zip(*found, strict=True)
    )
    points = np.array(curve(values, people))
    if not (values * people).sum() > 0:
        assert not len(points)
        return
    assert points[0].tolist() == [0, 0]
    assert points[-1] == pytest.approx([1, 1])
    assert (points[:, 1] <= points[:, 0] + 1e-9).all()
    assert (np.diff(points[:, 1], 2) >= -1e-9).all()


def test_lorenz_curves_are_those_of_the_results_file() -> None:
    """Each line that is drawn is the curve that results.json holds, beside the line of equality."""
    canvas = Canvas()
    lorenz.lorenz(RESULT, canvas)
    lines = [np.column_stack(line.get_data()).tolist() for line in canvas.ax.lines]
    assert lines == [[[0, 0], [1, 1]], *lorenz.curves(RESULT).values()]


def test_other_budgets_stand_in_the_report_where_they_were_asked_for() -> None:
    """Table and figure of the front appear only with its numbers, which stand in results.json; a marginal that is not known is a dash."""
    assert "front" not in figures(RESULT)
    asked = with_front(RESULT)
    blocks = [b for s in document(asked).sections for b in s.blocks]
    table = next(b for b in blocks if isinstance(b, Table) and b.name == "front")
    assert [row[0] for row in table.rows] == [row["budget"] for row in asked.numbers["plan"]["front"]]
    assert table.rows[0][-1] is None
    assert any(isinstance(b, Figure) and b.image == figures(asked)["front"].image for b in blocks)
    assert fronts.has_front(asked)
    assert not fronts.has_front(RESULT)


def test_a_front_needs_a_budget(tmp_path: Any) -> None:
    """A study that asks for other budgets without one is told so by key."""
    study = town.build(tmp_path)
    text = study.read_text(encoding="utf-8") + "\nplan: { model: mclp, p: 1, front: [0.5, 1] }\n"
    with pytest.raises(InputError, match="front varies the budget"):
        load_study(study, text[: text.index("plan:")] + text[text.rindex("plan:") :])


@settings(max_examples=25)
@given(st.floats(75, 130), st.floats(20, 50), st.floats(200, 400_000))
def test_lines_of_the_graticule_run_along_round_degrees(lon: float, lat: float, size: float) -> None:
    """Every line has one longitude or one latitude, a multiple of the step, and each direction has one line at least and seven at most."""
    crs = pyproj.CRS.from_dict(
        {"proj": "tmerc", "lon_0": round(lon), "lat_0": 0, "k": 1, "ellps": "GRS80", "x_0": 500000}
    )
    to_plane = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    x, y = to_plane.transform(lon, lat)
    ax = Canvas().ax
    ax.set_xlim(x - size, x + size)
    ax.set_ylim(y - size, y + size)
    graticule.graticule(ax, crs)
    fixed = {0: 0, 1: 0}
    for line in ax.lines:
        degrees = np.array(to_plane.transform(*line.get_data(), direction="INVERSE"))
        axis = int(np.argmin(np.ptp(degrees, axis=1)))
        assert np.ptp(degrees[axis]) < 1e-6
        fixed[axis] += 1
    assert all(count <= 7 for count in fixed.values())
    assert size < 2000 or all(fixed.values())
