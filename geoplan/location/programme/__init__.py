"""The phased programme: which option opens in which phase, with which money and land, and the proof of how good that is."""

from geoplan.plugins import lazily

__getattr__, __dir__ = lazily(
    __name__,
    {
        "geoplan.location.programme.problem": ["ProgrammeProblem", "Limit", "Pilots", "Floor"],
        "geoplan.location.programme.plan": ["ProgrammePlan"],
        "geoplan.location.programme.check": ["check_programme"],
        "geoplan.location.programme.money": ["LeastMoney", "least_money"],
    },
)
