"""The plan by phase: what comes, what is built, who is served; what was asked of it and what it reaches; the planner's decisions."""

from __future__ import annotations

from typing import Any

from geoplan.report.model import Block, Cell, Heading, Paragraph, Table
from geoplan.report.words import Words, option_kind
from geoplan.result import Result

PHASE = ("phase", "budget", "cost", "opened_count", "opened_places", "standing_count", "standing_places",
         "wanted", "served_today", "served_after", "stranded")  # fmt: skip
TITLED = (
    "coverage",
    "urban_rural",
    "per_1000",
)  # rules with a title of their own; pilots and quotas name what they are of


def blocks(result: Result) -> list[Block]:
    """What a plan in phases shows beside any plan; nothing where it has none."""
    words, plan = Words.of(result), result.numbers["plan"]
    if not plan.get("phases"):
        return []
    made: list[Block] = []
    if len(plan["phases"]) > 1:
        made += [Heading(2, words("plan.phases_title")), phases(result)]
    if any(row["stranded"] for row in plan["phases"]):
        made.append(Paragraph(words("plan.stranded")))
    if plan["by_families_choice"] is not None:
        made.append(Paragraph(families(result)))
    if plan["rules"]:
        made += [Heading(2, words("plan.rules_title")), rules(result)]
    return made


def phases(result: Result) -> Table:
    """Money, options, places and people of each phase."""
    words, rows = Words.of(result), (result.numbers["plan"] or {}).get("phases", [])
    keys = ("year", "budget", "cost", "opened", "opened_places", "standing", "standing_places", "wanted", "served_today", "served",
            "stranded")  # fmt: skip
    body = tuple(tuple(row[key] for key in keys) for row in rows)
    return Table("plan_phases", words("table.plan_phases"), words.columns(*PHASE), body)


def rules(result: Result) -> Table:
    """Floors, pilots and quotas: what was asked, what the plan reaches, whether it is kept."""
    words, rows = Words.of(result), (result.numbers["plan"] or {}).get("rules", [])
    columns = words.columns("rule", "unit", "phase", "asked_for", "reached", "kept")
    body = tuple(
        (rule_title(result, r), unit_name(result, r["unit"]), r["phase"], *figures(r), r["kept"]) for r in rows
    )
    return Table("plan_rules", words("table.plan_rules"), columns, body)


def figures(rule: Any) -> tuple[Cell, Cell]:
    """Asked and reached: shares as shares, the rest as numbers."""
    kind: Any = "share" if rule["kind"] in ("coverage", "urban_rural") else "number"
    return Cell(rule["asked"], kind), Cell(rule["reached"], kind)


def rule_title(result: Result, rule: Any) -> str:
    """A rule in words: a floor by its kind, pilots by the kind of option, a quota by what it is of."""
    words = Words.of(result)
    if rule["kind"] in TITLED:
        return words(f"rule.{rule['kind']}")
    if rule["kind"] == "pilots":
        return words("rule.pilots", kind=option_kind(result, rule["of"]))
    if rule["kind"] == "pin":
        return words("rule.pin", site=rule["of"])
    return words("rule.most", what=words.term("rule_of", rule["of"]))


def unit_name(result: Result, unit: Any) -> str:
    """The name of a county-level unit; the whole area where a rule names none."""
    if not unit:
        return Words.of(result)("column.whole_area")
    names = result.area.units.get("name")
    return str(names[unit]) if names is not None and unit in names.index else str(unit)


def decisions(result: Result) -> Table:
    """What the planner pinned and banned, and why."""
    words, rows = Words.of(result), (result.numbers["plan"] or {}).get("decisions", [])
    columns = words.columns("decision", "site_id", "decision_reason")
    body = tuple(
        (words("decision.pin" if r["pin"] else "decision.ban"), r["pin"] or r["ban"], r["reason"]) for r in rows
    )
    return Table("plan_decisions", words("table.plan_decisions"), columns, body)


def price(result: Result) -> str:
    """What all decisions together cost against the plan that is free to choose: a proven range."""
    words, row = Words.of(result), result.numbers["plan"]["decisions"][0]
    least, most = (words.number(row[key], "amount") for key in ("lost_at_least", "lost_at_most"))
    return words("plan.decisions_price", least=least, most=most)


def families(result: Result) -> str:
    """Who is served if families choose for themselves, the nearest place first, beside the planner's assignment."""
    words, plan = Words.of(result), result.numbers["plan"]
    planned = plan["phases"][-1]["served"]
    chosen = plan["by_families_choice"]
    return words("plan.families", chosen=words.number(chosen, "amount"), planned=words.number(planned, "amount"),
                 fewer=words.number(planned - chosen, "amount"))  # fmt: skip
