"""Method: how the numbers were made, and what they do not say."""

from __future__ import annotations

from geoplan.report import records
from geoplan.report.model import Block, Bullets, Heading
from geoplan.report.words import Words
from geoplan.result import Result

STEPS = ("people", "demand", "supply", "cost", "causes", "stability", "options", "plan", "rounding")
LIMITS = ("geometry", "people", "uptake", "supply", "standards", "costs", "land", "datum")


def section(result: Result) -> list[Block]:
    """The steps of the method, its limits, and the settings of the scenario."""
    words = Words.of(result)
    return [
        Heading(1, words("method.title")),
        Heading(2, words("method.steps_title")),
        Bullets(tuple(words(f"method.{step}") for step in steps(result))),
        Heading(2, words("method.limits_title")),
        Bullets(tuple(words(f"limit.{limit}") for limit in limits(result))),
        Heading(2, words("method.settings_title")),
        records.settings(result),
    ]


def steps(result: Result) -> list[str]:
    """The steps as they are for this service: of places that want one each, with one band, without options."""
    service, found = result.service, list(STEPS)
    if not service.of_residents:
        found[: found.index("demand") + 1] = ["demand_of_points"]
    if len(service.bands) == 1:
        found[found.index("supply")] = "supply_of_one_band"
    return [step for step in found if service.options or step not in {"options", "plan"}]


def limits(result: Result) -> list[str]:
    """The limits that concern this service."""
    service = result.service
    spared = set() if len(set(service.uptake.values())) > 1 else {"uptake"}
    spared |= set() if service.places_per_1000 else {"standards"}
    spared |= set() if service.options else {"costs", "land"}
    spared |= set() if service.of_residents else {"people"}
    spared |= set() if service.supply.modes or service.supply.only_filed else {"supply"}
    return [limit for limit in LIMITS if limit not in spared]
