"""A study in phases: money that comes year by year, floors, pilots, quotas and decisions, on a town whose answers follow from arithmetic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import geoplan as gp
from geoplan.errors import InfeasibleError, InputError
from geoplan.result import Result
from tests import town

PHASES = "budget: { 2026: 1000000, 2028: 2000000, 2030: 0 }"
STUDY = town.STUDY.replace("phases: [2026]", "phases: [2026, 2028, 2030]").replace("budget: { 2026: 10000000 }", PHASES)
STUDY = STUDY[: STUDY.index("scenarios:")]


def asked(folder: Path, more: str = "", budget: str = PHASES) -> Result:
    """The town with these keys of `plan`, computed without writing files."""
    text = STUDY.replace(PHASES, budget + "".join(f"\n  {line}" for line in more.splitlines()))
    return gp.run(gp.load_study(town.build(folder, text)))["base"]


def test_an_option_opens_when_its_money_and_its_lead_time_are_there(tmp_path: Path) -> None:
    """The spare class is built in the first phase that its lead time allows, stands from then on, and its money is that of the phases."""
    found = asked(tmp_path)
    plan = found.numbers["plan"]
    phase = int(found.chosen.loc["K1:kindergarten_class", "phase"])
    assert phase >= found.options.loc["K1:kindergarten_class", "first_phase"]
    for row in plan["phases"]:
        stands = row["year"] >= phase
        assert row["standing"] == stands
        assert row["served"] == (town.PLAN_SERVED if stands else town.ANSWER["served"])
        assert row["cost"] == (plan["cost"] if row["year"] == phase else 0)
    assert found.year == 2030
    assert plan["status"] == "optimal"


def test_what_is_asked_stands_beside_what_is_reached(tmp_path: Path) -> None:
    """Floors, pilots and quotas are kept, and told with the number that the plan reaches."""
    found = asked(
        tmp_path,
        "floors:\n  - { kind: coverage, least: 0.25, by: 2030 }\n  - { kind: per_1000, least: 20, by: 2030 }\n"
        "pilots:\n  - { kind: kindergarten_class, least: 1, by: 2028 }\nlimits:\n  - { of: options, most: { 2030: 1 } }",
    )
    rules = {(r["kind"], r["of"]): r for r in found.numbers["plan"]["rules"]}
    assert rules["coverage", ""]["reached"] == pytest.approx(town.PLAN_SERVED / town.DEMAND, abs=1e-6)
    assert rules["pilots", "kindergarten_class"]["reached"] == 1
    assert rules["limit", "options"]["reached"] == 1
    assert all(r["kept"] for r in rules.values())


def test_a_pinned_and_a_banned_site_are_kept_and_priced(tmp_path: Path) -> None:
    """A ban of the only useful site costs the twenty children that it would serve, in each phase in which it would stand."""
    found = asked(tmp_path, "decisions:\n  - { ban: K1, reason: 'the yard is needed' }").numbers["plan"]
    assert found["sites"] == []
    (log,) = found["decisions"]
    assert (log["ban"], log["reason"]) == ("K1", "the yard is needed")
    stood = sum(row["served"] == town.ANSWER["served"] for row in found["phases"])
    assert log["lost_at_least"] == log["lost_at_most"]
    assert log["lost_at_most"] in {20.0 * k for k in range(1, stood + 1)}


def test_what_cannot_be_reached_names_the_rules_in_conflict(tmp_path: Path) -> None:
    """A floor that no money buys is refused with the rule and what can be reached; nothing is written."""
    text = STUDY.replace(PHASES, PHASES + "\n  floors: [ { kind: coverage, least: 0.9, by: 2030 } ]")
    study = gp.load_study(town.build(tmp_path, text))
    with pytest.raises(InfeasibleError, match="coverage"):
        gp.run(study, tmp_path / "out")
    assert not (tmp_path / "out" / "base").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("floors: [ { kind: coverage, least: 90, by: 2030 } ]", "at most 1"),
        ("floors: [ { kind: coverage, least: 0.5, by: 2029 } ]", "2029"),
        ("pilots: [ { kind: kindergarden, least: 1, by: 2030 } ]", "must be one of"),
        ("decisions: [ { ban: K1, reason: '' } ]", "reason"),
        ("decisions: [ { ban: K9, reason: far } ]", "K9"),
        ("limits: [ { of: new_land_m2, most: {} } ]", "most"),
    ],
)
def test_mistakes_in_the_plan_are_named(tmp_path: Path, more: str, told: str) -> None:
    """A share over 1, a year that is no phase, a misspelt kind, no reason, an unknown site, a quota of nothing: each is refused by name."""
    with pytest.raises(InputError, match=told):
        asked(tmp_path, more)


def test_phases_are_shown_in_every_output(tmp_path: Path) -> None:
    """Report, workbook and numbers show the phases; families' own choice stands beside the planner's assignment."""
    from geoplan.report import phased
    from geoplan.report.sections.plan import section

    found = asked(tmp_path, "choice: nearest\nfair: true")
    table: Any = phased.phases(found)
    assert [row[0] for row in table.rows] == [2026, 2028, 2030]
    assert any(getattr(block, "name", "") == "plan_phases" for block in section(found))
    assert found.numbers["plan"]["by_families_choice"] <= found.numbers["plan"]["phases"][-1]["served"]
    json.dumps(found.numbers["plan"])


def test_what_refusing_a_site_costs_stands_with_the_plan(tmp_path: Path) -> None:
    """Asked for losses, the result names each option of the plan with what its refusal costs: here all that the plan brings."""
    found = asked(tmp_path, "losses: true")
    (row,) = found.numbers["plan"]["losses"]
    assert row["id"] == found.numbers["plan"]["sites"][0] == found.losses.index[0]
    stood = sum(phase["standing"] for phase in found.numbers["plan"]["phases"])
    assert row["lost_at_least"] == row["lost_at_most"] == row["lost_alone"] == 20.0 * stood
    assert asked(tmp_path / "unasked", "losses: false").numbers["plan"]["losses"] == []
