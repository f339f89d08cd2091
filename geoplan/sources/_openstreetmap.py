"""Asking the servers of OpenStreetMap through osmnx: its settings for one call only, every answer looked at, every wait with an end."""

from __future__ import annotations

import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import urlparse

import geopandas as gpd
import shapely

from geoplan.errors import Finding, ResourceError, Text, UsageError
from geoplan.sources._gdal import NOT_STREETS, TAGS
from geoplan.sources._messages import finding, refuse

Say = Callable[[Text], None]
Answer = TypeVar("Answer")

CARE: dict[str, bool | str | list[str]] = {"amenity": ["kindergarten", "childcare"]}
STREETS = f'["highway"]["highway"!~"^({"|".join(sorted(NOT_STREETS))})$"]["area"!="yes"]'  # what `read_osm` reads too
MARGIN_M = 1000.0  # streets are wanted so far outside the boundary, as ways along it leave and come back
CONNECT_S, SILENT_S = 20, 200  # a server must take the call, and go on with its answer, within these
SERVER_S = 180  # what Overpass may work on one question
PAUSES_S = (15, 60)  # before a busy server is asked for the second and the third time
STATUS_MOST = 60  # questions for a free slot, of which osmnx asks one every five seconds
BUSY = (429, 502, 503, 504)


class NotFetched(ResourceError):  # noqa: N818 - reads as what happened
    """OpenStreetMap's servers did not give what was asked, or it could not be written; `finding` says it in both languages."""

    def __init__(self, code: str, value: object = "", **fields: Any) -> None:
        self.finding: Finding = finding(code, "", "", value, **fields)
        super().__init__(self.finding.sentence())


class _Busy(Exception):  # noqa: N818 - not an error yet
    """A server says: not now."""


@dataclass
class Server:
    """One of the two servers: its address, the flag that names another, and what the paths of its questions end in."""

    url: str
    flag: str
    endings: tuple[str, ...]

    @property
    def about(self) -> dict[str, str]:
        """The fields of a message on this server."""
        return {"host": urlparse(self.url).netloc, "flag": self.flag}


class OpenStreetMap:
    """Both servers and what is asked of them, while `connected` holds."""

    def __init__(self, nominatim: Server, overpass: Server, say: Say) -> None:
        self.nominatim, self.overpass, self.say = nominatim, overpass, say
        self.as_of = ""  # of the data, as the server says
        self._status_asked = 0

    def boundary(self, place: str) -> gpd.GeoDataFrame:
        """The outline of a place as one unit (`unit_id`, `name`, polygon in WGS 84), with what it is called in full in `found`.

        Raises `InputError` if there is no such place or it has no outline.
        """
        import osmnx
        from osmnx._errors import InsufficientResponseError

        self.say(Text(f"asking {self.nominatim.about['host']} for the boundary of {place}", f"正在查询“{place}”的边界"))
        try:
            found = self._ask(self.nominatim, lambda: osmnx.geocode_to_gdf(place))
        except InsufficientResponseError:
            refuse("GP-O101", "", value=place)
        except TypeError:  # so osmnx says that no result is a polygon
            refuse("GP-O102", "", value=place)
        row = found.iloc[0]
        data = {
            "unit_id": [f"{str(row['osm_type'])[0].upper()}{row['osm_id']}"],
            "name": [place],
            "found": [row["display_name"]],
        }
        return gpd.GeoDataFrame(data, geometry=[_polygons(row.geometry)], crs="EPSG:4326")

    def streets(self, area: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        """Nodes (index: id; `railway`) and edges (`osmid` of the way, u, v, its tags, line) of all streets in and around an area.

        Each way is one row a piece, from junction to junction, in the direction in which it is drawn. Raises `InputError` if there
        are none.
        """
        import osmnx

        self.say(Text(f"asking {self.overpass.about['host']} for streets", "正在获取道路"))
        around = area.to_crs(area.estimate_utm_crs()).buffer(MARGIN_M).to_crs(4326).union_all()
        try:
            graph = self._ask(
                self.overpass,
                lambda: osmnx.graph_from_polygon(around, simplify=False, retain_all=True, custom_filter=STREETS),
            )
        except ValueError:  # so osmnx says that the answer is empty, or that no node lies inside
            refuse("GP-O103", "", value=area["name"].iloc[0])
        if not graph.number_of_edges():
            refuse("GP-O103", "", value=area["name"].iloc[0])
        # joined within a way only, so that no street gets the tags of its neighbour, and not over a railway
        graph = osmnx.simplify_graph(
            graph, edge_attrs_differ=["osmid"], node_attrs_include=["railway"], remove_rings=False
        )
        nodes, edges = osmnx.graph_to_gdfs(graph)
        return nodes, edges.reset_index()

    def care(self, area: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
        """What is tagged as kindergarten or childcare inside an area, index (element, id); None if there is nothing."""
        import osmnx
        from osmnx._errors import InsufficientResponseError

        self.say(Text(f"asking {self.overpass.about['host']} for care facilities", "正在获取托育设施和幼儿园"))
        try:
            return self._ask(self.overpass, lambda: osmnx.features_from_polygon(area.geometry.iloc[0], CARE))
        except InsufficientResponseError:
            return None

    def _ask(self, server: Server, question: Callable[[], Answer]) -> Answer:
        """The answer to a question; a busy server is asked again, after a while and not for ever. Raises `NotFetched`."""
        import requests

        for pause in (*PAUSES_S, None):
            try:
                return question()
            except _Busy as busy:
                if pause is None:
                    raise NotFetched("GP-O106", busy, tries=len(PAUSES_S) + 1, **server.about) from None
                self.say(Text(f"the server is busy; asking again in {pause} s", f"服务器繁忙，{pause} 秒后重试"))
                time.sleep(pause)
            except requests.RequestException as error:
                raise NotFetched("GP-O105", type(error).__name__, **server.about) from error
            except (AttributeError, LookupError) as error:  # osmnx takes for granted what the answer does not hold
                raise NotFetched("GP-O108", repr(error), **server.about) from error
        raise AssertionError("the last pause is None")

    def look(self, response: Any, **_: Any) -> None:
        """See each answer before osmnx does, which would ask a busy server for ever and take half an answer for a whole one."""
        _ = response.content  # read to its end, or the connection would stay open after a refusal
        if response.is_redirect:
            return
        path = urlparse(response.url).path
        server = self.nominatim if path.endswith(self.nominatim.endings) else self.overpass
        if response.status_code in BUSY:
            raise _Busy(f"HTTP {response.status_code}")
        if not response.ok:
            raise NotFetched("GP-O107", f"HTTP {response.status_code} {response.reason}", **server.about)
        if path.endswith("/status"):
            self._status_asked += 1
            if self._status_asked > STATUS_MOST:
                raise NotFetched("GP-O106", "no free slot", tries=STATUS_MOST, **server.about)
            return
        answer = _json(response)
        wanted = _is_list_of_places if server is self.nominatim else _is_list_of_elements
        if not wanted(answer):
            raise NotFetched("GP-O108", " ".join(response.text[:200].split()), **server.about)
        if server is self.overpass:
            self._whole(answer)

    def _whole(self, answer: dict[str, Any]) -> None:
        """An answer that was cut short comes with HTTP 200 and a remark; else note of what day the data are."""
        if remark := answer.get("remark"):
            raise NotFetched("GP-O109", remark, **self.overpass.about)
        self.as_of = str(answer.get("osm3s", {}).get("timestamp_osm_base", "")) or self.as_of


@contextmanager
def connected(nominatim_url: str | None, overpass_url: str | None, say: Say) -> Iterator[OpenStreetMap]:
    """OpenStreetMap's servers, or those that are named, with the settings of osmnx as they were before when the block ends.

    Raises `UsageError` if an address is not one of the web.
    """
    import osmnx

    settings = osmnx.settings
    nominatim = Server(_address(nominatim_url or settings.nominatim_url, "/search"), "--nominatim", ("/search",))
    overpass = Server(
        _address(overpass_url or settings.overpass_url, "/interpreter"), "--overpass", ("/interpreter", "/status")
    )
    osm = OpenStreetMap(nominatim, overpass, say)
    resolve = socket.getaddrinfo
    with TemporaryDirectory(prefix="geoplan-fetch-") as folder, warnings.catch_warnings():
        # said in the progress instead: that a large area is asked for in parts
        warnings.filterwarnings("ignore", "This area is .* max query area size", UserWarning)
        changed = {
            "nominatim_url": nominatim.url,
            "overpass_url": overpass.url,
            "overpass_rate_limit": settings.overpass_rate_limit and overpass_url is None,  # a mirror may know no slots
            "overpass_settings": settings.overpass_settings.replace("{timeout}", str(SERVER_S)),
            "requests_timeout": (CONNECT_S, SILENT_S),
            "requests_kwargs": {**settings.requests_kwargs, "hooks": {"response": osm.look}},
            "use_cache": True,  # what is asked again after a refusal is only the part that was refused
            "cache_folder": folder,
            "cache_only_mode": False,
            "doh_url_template": None,  # no third server is asked
            "http_user_agent": "geoplan, through OSMnx (https://github.com/gboeing/osmnx)",
            "all_oneway": True,  # each way once, as it is drawn, its tag oneway as it is
            "useful_tags_way": list(TAGS),
            "useful_tags_node": ["railway"],
        }
        before = {name: getattr(settings, name) for name in changed}
        try:
            for name, value in changed.items():
                setattr(settings, name, value)
            yield osm
        finally:
            for name, value in before.items():
                setattr(settings, name, value)
            socket.getaddrinfo = resolve  # osmnx puts its own in its place and leaves it there


def _address(url: str, ending: str) -> str:
    """The address of a server as osmnx wants it, without the path that it adds itself.

    >>> _address("https://overpass.example.org/api/interpreter/", "/interpreter")
    'https://overpass.example.org/api'
    """
    parts = urlparse(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"not the address of a server: {url!r}; write it as https://example.org/path")
    return url.rstrip("/").removesuffix(ending)


def _json(response: Any) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _is_list_of_places(answer: Any) -> bool:
    wanted = {"importance", "boundingbox", "osm_type", "osm_id", "display_name"}
    return isinstance(answer, list) and all(isinstance(place, dict) and wanted <= set(place) for place in answer)


def _is_list_of_elements(answer: Any) -> bool:
    elements = answer.get("elements") if isinstance(answer, dict) else None
    return isinstance(elements, list) and all(isinstance(e, dict) and {"type", "id"} <= set(e) for e in elements)


def _polygons(shape: Any) -> Any:
    """The outline as valid polygons."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])
