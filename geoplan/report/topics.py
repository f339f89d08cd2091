"""Topics: which groups of rules stand behind which number and table of the report, and where a service profile uses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

# a topic: the places of a service profile (patterns of `ServiceProfile.uses`) whose rules belong to it
USES: Mapping[str, tuple[str, ...]] = {
    "people": ("survival", "demand.thresholds.*"),
    "uptake": ("uptake.*",),
    "places": ("bands.*.class_size", "supply.floor_m2_per_place"),
    "counts": ("supply.modes.*", "supply.minimum.*", "options.*.fte"),
    "carers": ("bands.*.children_per_carer",),
    "journey": ("variants.*.limit",),
    "reaches": ("reaches",),
    "targets": ("places_per_1000.*", "goals.*", "pilots.*"),
    "duties": ("obligations.*",),
    "sizes": ("options.*.floor", "options.*.outdoor", "options.*.land", "options.*.max_classes", "options.*.lead_time"),
    "costs": (
        "options.*.cost",
        "options.*.cost_low",
        "options.*.cost_high",
        "options.*.annual_cost",
        "options.*.price",
        "options.*.rent",
        "options.*.subsidy",
    ),
    "fees": ("fees.*",),
    "checks": ("options.*.checks", "hazards.*", "controls.*", "boundaries.*"),
    "weights": ("suitability.*",),
    "unused": ("daytime_share", "kindergarten_class_size", "variants.*.reaches"),
}
WANTED = ("people", "uptake")
SUPPLY = ("places", "counts")
ACCOUNT = (*WANTED, *SUPPLY, "journey")
OFFERED = ("places", "sizes", "checks", "costs", "fees")
PLAN = (*ACCOUNT, "sizes", "checks", "costs", "fees")
OBLIGED = (*SUPPLY, "duties", "targets")

# a table of report or workbook, or a number of the summary (key.…): the topics whose rules stand behind it
BEHIND: Mapping[str, tuple[str, ...]] = {
    "key.people_total": ("people",),
    "key.demand_total": WANTED,
    "key.capacity_counted": SUPPLY,
    "key.cause": ACCOUNT,
    "key.nearest_mean": ("counts", "journey"),
    "key.plan_cost": PLAN,
    "cohorts": ("people",),
    "levels": WANTED, "demand_levels": WANTED, "demand_by_band": WANTED, "demand_by_class": WANTED,
    "year_totals": ACCOUNT, "years": ACCOUNT, "year_units": ACCOUNT,
    "supply_filed": SUPPLY, "supply_by_reason": SUPPLY, "supply_by_mode": SUPPLY, "supply_places_from": ("places",),
    "supply_carers": ("places", "carers"), "supply_attributes": SUPPLY, "supply_years": SUPPLY,
    "facilities_by_kind": SUPPLY, "facilities": SUPPLY,
    "coverage": (*WANTED, *SUPPLY, "reaches"),
    "inequality": ACCOUNT,
    "unit_gaps": ACCOUNT, "units": (*PLAN, "reaches"),
    "gap_account": ACCOUNT, "gap_years": ACCOUNT, "gaps_by_band": ACCOUNT, "gap_causes": ACCOUNT, "gap_reasons": ACCOUNT,
    "gap_areas": ACCOUNT, "residential": PLAN,
    "options_by_kind": ("places", "sizes", "checks"), "option_costs": OFFERED, "options": OFFERED,
    "verdicts": ("checks",), "refusals": ("checks",), "field_checks": ("checks",), "field_checks_by_quantity": ("checks",),
    "suitability": (*ACCOUNT, "sizes", "checks", "costs", "fees", "weights"),
    "suitability_top": (*ACCOUNT, "sizes", "checks", "costs", "fees", "weights"),
    "suitability_shares": (*ACCOUNT, "sizes", "checks", "costs", "fees", "weights"), "criteria": ("weights",),
    "obligations": OBLIGED, "obliged_by_unit": OBLIGED, "obliged_new_area": ("duties",), "obliged_old_area": OBLIGED,
    "obliged_employer": OBLIGED, "obliged_pilot": ("targets",),
    "indicators": (*ACCOUNT, "reaches", "carers", "targets"), "township_indicators": (*ACCOUNT, "reaches", "carers"),
    "goals": (*SUPPLY, "reaches", "targets"), "pilots": ("targets",), "county_sheets": (*ACCOUNT, "reaches", "carers", "targets"),
    "by_kind_of_place": ACCOUNT, "kinds_by_unit": ACCOUNT,
    "plan": PLAN, "plan_by_kind": PLAN, "plan_by_phase": PLAN, "unit_plan": PLAN, "tasks_by_department": PLAN,
    "projects": PLAN, "losses": PLAN, "front": PLAN, "site_index": PLAN, "site_sheet": PLAN, "site_verdicts": ("checks",), "plan_phases": PLAN, "plan_rules": PLAN, "plan_decisions": PLAN, "cost_by_phase": PLAN, "cost_by_kind": PLAN, "cost_by_source": PLAN, "land_by_phase": PLAN, "land_sites": PLAN, "supply_modes": PLAN,
    "land": PLAN, "land_offered": ("places", "sizes", "checks"), "land_fees": ("fees",),
}  # fmt: skip

# a table that only some services or studies have: what it needs
NEEDS: Mapping[str, str] = {
    **dict.fromkeys(("cohorts", "age_methods", "levels", "demand_levels"), "ages"),
    **dict.fromkeys(("supply_filed",), "filing"),
    **dict.fromkeys(("supply_by_mode",), "modes"),
    **dict.fromkeys(("supply_carers",), "carers"),
    **dict.fromkeys(("indicators", "township_indicators", "county_sheets"), "indicators"),
    "goals": "goals", "pilots": "pilots", "inequality": "spread",
    **dict.fromkeys(("by_kind_of_place", "kinds_by_unit"), "kinds"),
    **dict.fromkeys(("options_by_kind", "options", "verdicts", "plan", "plan_by_kind", "plan_by_phase", "unit_plan",
                     "projects", "site_index", "site_sheet", "site_verdicts", "tasks_by_department", "cost_by_phase", "cost_by_kind", "cost_by_source", "land_by_phase", "land_sites", "supply_modes", "land", "land_offered", "option_costs",
                     "key.plan_cost"), "options"),
    **dict.fromkeys(("refusals",), "refusals"),
    **dict.fromkeys(("field_checks", "field_checks_by_quantity"), "field_checks"),
    **dict.fromkeys(("suitability", "suitability_top", "suitability_shares", "criteria"), "suitability"),
    **dict.fromkeys(("obligations", "obliged_by_unit"), "obligations"),
    "obliged_new_area": "new_area", "obliged_old_area": "old_area", "obliged_employer": "employer", "obliged_pilot": "pilot",
    "land_fees": "fees", "plan_phases": "phases", "plan_rules": "rules", "plan_decisions": "decisions", "losses": "losses", "front": "front",
}  # fmt: skip

# tables that say what the layers, the study or the profile hold: no rule stands behind them
GIVEN = frozenset(
    {"age_methods", "sources", "findings", "joins", "severed", "settings", "changes", "duties", "summary", "standards",
     "comparison", "rules", "number_rules", "overrides", "against_base"}
)  # fmt: skip


def topics_of(places: Iterable[str]) -> tuple[str, ...]:
    """The topics of the places where a profile uses a rule; `unused` only where no number rests on it.

    >>> topics_of(["options.idle_land.checks", "options.idle_land.land"]), topics_of(["daytime_share"]), topics_of([])
    (('sizes', 'checks'), ('unused',), ('unused',))
    """
    given = list(places)
    found = tuple(t for t, patterns in USES.items() if any(fnmatchcase(g, p) for g in given for p in patterns))
    return tuple(t for t in found if t != "unused") or ("unused",)


def tables_of(topic: str) -> tuple[str, ...]:
    """The tables and numbers behind which a topic stands, in the order of `BEHIND`.

    >>> tables_of("carers")[0]
    'supply_carers'
    """
    return tuple(name for name, topics in BEHIND.items() if topic in topics)
