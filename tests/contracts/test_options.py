"""What every option kind must keep, in every service that has it; a new file is tested the moment it exists."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.plugins import find, names, title
from geoplan.profiles.load import load_service
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.options import propose_options
from geoplan.siting.sites import NUMBERS
from geoplan.tables import OPTIONS, check

SERVICES = {name: load_service(name) for name in names("services")}
USED = [(service, kind) for service, profile in SERVICES.items() for kind in profile.options]
COLUMNS = sorted({c for columns in NUMBERS.values() for c in columns})

amounts = st.one_of(st.none(), st.integers(0, 3000))
storeys = st.one_of(st.none(), st.integers(-1, 5))
rows = st.fixed_dictionaries({c: storeys if c == "storey" else amounts for c in COLUMNS})


def build(kind: OptionKind, values: list[dict[str, int | None]]) -> gpd.GeoDataFrame:
    """Sites of a kind's first host with these values."""
    ids = [f"s{i}" for i in range(len(values))]
    frame = pd.DataFrame(values, index=ids, columns=COLUMNS, dtype=float).assign(
        name="点", kind=kind.hosts[0], unit_id="130502"
    )
    return gpd.GeoDataFrame(frame, geometry=[Point(i, 0) for i in range(len(ids))], crs=4547)


def propose(kind: OptionKind, profile: ServiceProfile, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The options of one kind."""
    idle = kind.hosts[0].startswith("idle")
    layers = (None, sites) if idle else (sites, None)
    return propose_options(*layers, profile, kinds=[kind.id], year=2026)[0]


def test_each_kind_is_used_by_a_service_and_has_a_title() -> None:
    """No option kind stands about unused, and each can be listed."""
    assert {kind for _, kind in USED} == set(names("options"))
    for name in names("options"):
        assert title("options", name)
        assert find("options", name).__doc__


@pytest.mark.parametrize(("service", "name"), USED)
@given(values=st.lists(rows, min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_an_option_is_whole_classes_at_the_rate_of_the_service(
    service: str, name: str, values: list[dict[str, int | None]]
) -> None:
    """Places are whole classes of the kind's bands, at most as many as allowed; cost is places × cost per place."""
    profile = SERVICES[service]
    kind = profile.options[name]
    options = propose(kind, profile, build(kind, values))
    check(options, OPTIONS, profile.band_ids)
    sizes = {b.id: b.class_size for b in profile.bands}
    classes = sum(options[f"places_{b}"] / size for b, size in sizes.items())
    for band, size in sizes.items():
        assert (options[f"places_{band}"] % size == 0).all()
        assert band in kind.bands or (options[f"places_{band}"] == 0).all()
    assert (options["places"] == sum(options[f"places_{b}"] for b in sizes)).all()
    assert pd.Series(classes).between(1, kind.max_classes).all()
    assert (options["cost"] == options["places"] * kind.cost_yuan.value).all()
    assert (options["first_phase"] == 2026 + kind.lead_time_years).all()
    assert (options.index == options["site_id"] + f":{name}").all()


@pytest.mark.parametrize(("service", "name"), USED)
@given(values=st.lists(rows, min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_what_is_unknown_is_never_a_pass(service: str, name: str, values: list[dict[str, int | None]]) -> None:
    """Each check of the kind has a verdict; the whole passes only if none is unknown and nothing that must hold fails."""
    profile = SERVICES[service]
    kind = profile.options[name]
    for _, option in propose(kind, profile, build(kind, values)).iterrows():
        verdicts = option["verdicts"]
        assert [v.standard for v in verdicts] == list(kind.checks)
        assert all((v.outcome == "unknown") == (v.measured is None) for v in verdicts)
        if option["verdict"] == "pass":
            assert not any(v.outcome == "unknown" for v in verdicts)
        assert (option["verdict"] == "fail") == any(v.outcome == "fail" and v.force == "must" for v in verdicts)


@pytest.mark.parametrize(("service", "name"), USED)
def test_a_site_of_which_nothing_is_known_never_passes(service: str, name: str) -> None:
    """With every value missing there is no option, or one that is unknown."""
    profile = SERVICES[service]
    kind = profile.options[name]
    options = propose(kind, profile, build(kind, [dict.fromkeys(COLUMNS)]))
    assert set(options["verdict"]) <= {"unknown"}
