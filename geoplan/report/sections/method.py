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
        Bullets(tuple(words(f"method.{step}") for step in STEPS)),
        Heading(2, words("method.limits_title")),
        Bullets(tuple(words(f"limit.{limit}") for limit in LIMITS)),
        Heading(2, words("method.settings_title")),
        records.settings(result),
    ]
