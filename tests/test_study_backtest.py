"""The back-test of a study: its layers, its enrolment table, its own forecast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geoplan.errors import Findings, InputError, UsageError
from geoplan.sources.enrolment import read_enrolment
from geoplan.study.backtest import backtest_study
from geoplan.study.scenarios import load_study

BANDS = ("m06_12", "m12_24", "m24_36")


def table(folder: Path, text: str) -> Path:
    """An enrolment table."""
    path = folder / "enrolled.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_town_answers_by_arithmetic(town_study: Path, tmp_path: Path) -> None:
    """F3 has 5 of home D's 16 children, so the uptake is 5/16; F1, which is full, is censored; the forecast of F1 was right.

    A and B (32 children) reach F1 alone, so 10 would come to its 8 places and 2 are turned away; C reaches only F2, which has
    places for the youngest, of whom there are none; E and G reach nothing.
    """
    test = backtest_study(town_study, table(tmp_path, "编号,在托人数\nF1,8\nF3,5\n"))
    assert test.uptake == pytest.approx(5 / 16)
    assert (test.people, test.reached, test.turned_away) == pytest.approx((96, 48, 2))
    assert test.expected.to_dict() == pytest.approx({"F1": 8, "F2": 0, "F3": 5})
    assert test.error["forecast"].to_dict() == pytest.approx({"F1": 8, "F2": 0, "F3": np.nan}, nan_ok=True)
    assert test.measures.loc["forecast", "mean_absolute_error"] == 0
    assert np.isnan(test.half_cost)
    told = {f.code: f.value for f in test.findings}
    assert told["GP-B012"] == "F2"
    assert told["GP-B013"] == "F1"
    assert told["GP-B016"] == "C, E, G"
    assert told["GP-B020"] == "F3"


def test_a_scenario_and_a_workbook_will_do(town_study: Path, tmp_path: Path) -> None:
    """In the scenario with F9 its 4 of 16 children pull the uptake down; the table is a workbook with ids as text."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["facility_id", "enrolled"], ["F3", 5], ["F9", 4], ["F1", None]):
        book.active.append(row)
    path = tmp_path / "enrolled.xlsx"
    book.save(path)
    test = backtest_study(load_study(town_study), path, "opened")
    assert test.uptake == pytest.approx(9 / 32)
    assert "GP-B010" in {f.code for f in test.findings}


def test_a_facility_that_had_people_competed(town_study: Path, tmp_path: Path) -> None:
    """Closed now, but with children last year: it was there, and is part of the estimate."""
    test = backtest_study(town_study, table(tmp_path, "id,enrolled\nF1,4\nF3,5\n"), "closed")
    assert test.expected.index.tolist() == ["F1", "F2", "F3"]
    assert test.uptake == pytest.approx(9 / 48)


def test_ids_that_join_nothing_are_all_named(town_study: Path, tmp_path: Path) -> None:
    """Each is a finding of one refusal, with the nearest id, in both languages."""
    with pytest.raises(InputError) as refused:
        backtest_study(town_study, table(tmp_path, "id,enrolled\nF01,8\nF3,5\n999,1\n"))
    told = refused.value.findings
    assert [(f.code, f.value) for f in told] == [("GP-B031", "F01"), ("GP-B031", "999")]
    assert "did you mean F1?" in told[0].sentence()
    assert "F1, F2, F3" in told[1].sentence("zh")


def test_a_scenario_that_is_not_there_is_refused(town_study: Path, tmp_path: Path) -> None:
    """The scenarios that there are are named."""
    with pytest.raises(UsageError, match="there are: base, poor"):
        backtest_study(town_study, table(tmp_path, "id,enrolled\nF1,8\n"), "rich")


def test_bands_make_the_total(tmp_path: Path) -> None:
    """Without a total the bands are added up; a facility with an unknown band has an unknown total."""
    path = table(tmp_path, "facility_id,enrolled_m06_12,enrolled_m12_24,enrolled_m24_36\nF1,1,2,3\nF2,1,,3\n")
    pd.testing.assert_series_equal(
        read_enrolment(path, BANDS),
        pd.Series([6.0, np.nan], pd.Index(["F1", "F2"], name="facility_id", dtype=object), name="enrolled"),
    )


def test_bands_that_contradict_the_total_are_refused(tmp_path: Path) -> None:
    """The row, the total and the sum of the bands are named."""
    path = table(tmp_path, "id,enrolled,enrolled_m06_12,enrolled_m12_24,enrolled_m24_36\nF1,6,1,2,3\nF2,9,1,2,3\n")
    with pytest.raises(InputError, match=r"row 3, column enrolled: .*'9'; the bands add up to 6"):
        read_enrolment(path, BANDS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id,children\nF1,3\n", "GP-T104"),
        ("name,enrolled\nF1,3\n", "GP-T104"),
        ("id,enrolled\nF1,-3\n", "GP-T109"),
        ("id,enrolled\nF1,many\n", "GP-T106"),
        ("id,enrolled\nF1,3\nF1,4\n", "GP-T113"),
        ("id,enrolled\n,3\n", "GP-T112"),
        ("id,enrolled_m06_12\nF1,3\n", "GP-T104"),
    ],
)
def test_a_bad_table_is_refused_by_row_and_column(tmp_path: Path, text: str, code: str) -> None:
    """A column that is missing, a number that is none, an id that is missing or stands twice."""
    with pytest.raises(InputError) as refused:
        read_enrolment(table(tmp_path, text), BANDS)
    assert {f.code for f in refused.value.findings} == {code}


def test_columns_may_be_called_otherwise(tmp_path: Path) -> None:
    """A mapping names the columns; full-width digits are read; leading zeros of ids stay."""
    path = table(tmp_path, "机构,实收\n007,１２\n")
    found = Findings()
    read = read_enrolment(path, BANDS, found, columns={"facility_id": "机构", "enrolled": "实收"})
    assert read.to_dict() == {"007": 12.0}
