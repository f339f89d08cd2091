"""geoplan: who is not served and why, and where to build or convert, with a proof of how good the plan is.

The public names; each is loaded when it is first used, so that `geoplan --help` is quick.
"""

from geoplan.plugins import lazily

__getattr__, __dir__ = lazily(
    __name__,
    {
        "geoplan.access": ["decay"],
        "geoplan.access.measure": ["measure_access"],
        "geoplan.area": ["StudyArea"],
        "geoplan.errors": ["CheckFailed", "Finding", "GeoplanError", "InputError"],
        "geoplan.location.check": ["check"],
        "geoplan.location.plan": ["Plan"],
        "geoplan.location.problem": ["LocationProblem"],
        "geoplan.location.solve": ["solve"],
        "geoplan.network.cost": ["CostMatrix"],
        "geoplan.network.audit": ["severed_pairs", "snap_audit"],
        "geoplan.network.graph": ["Network"],
        "geoplan.network.isochrones": ["isochrones"],
        "geoplan.network.nearest": ["nearest_places"],
        "geoplan.network.travel": ["travel_cost"],
        "geoplan.profiles.load": ["load_service"],
        "geoplan.profiles.mode": ["Mode", "load_mode"],
        "geoplan.profiles.service": ["ServiceProfile"],
        "geoplan.profiles.standard": ["Standard"],
        "geoplan.result": ["Result"],
        "geoplan.sources.read": ["read_area", "read_demand", "read_facilities"],
        "geoplan.study.compare": ["compare"],
        "geoplan.study.given": ["read_network"],
        "geoplan.study.matrices": ["read_cost"],
        "geoplan.study.manifest": ["verify"],
        "geoplan.study.run": ["run", "run_batch"],
        "geoplan.study.scenarios": ["Study", "load_study"],
        "geoplan.study.why": ["why"],
    },
)
