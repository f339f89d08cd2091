"""What GDAL does not say about a Shapefile: missing or unequal parts, and the encoding of its names."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._encoding import codec
from geoplan.sources._files import PARTS, reading
from geoplan.sources._messages import finding, refuse
from geoplan.sources._zones import said_by_eastings

LANGUAGES = {0x4D: "gb18030", 0x4F: "big5", 0x7A: "gb18030", 0x78: "big5"}  # the DBF byte for the code page


def check_parts(where: Path, file: str, crs_named: bool) -> None:
    """Refuse a Shapefile without .shx, .dbf or .prj (unless the CRS is named), or whose parts disagree."""
    wanted = [".shx", ".dbf"] + ([] if crs_named else [".prj"])
    missing = [p for p in wanted if part(where, p) is None]
    if missing == [".prj"]:
        refuse("GP-F020", file, value=where.stem + ".prj", parts=".prj", **said_by_eastings(_reach(where)))
    if missing:
        refuse("GP-F010", file, value=where.stem + missing[0], parts=", ".join(missing))
    for size in (found.stat().st_size for ending in PARTS if (found := part(where, ending))):
        if size > budgets.FILE_BYTES:
            refuse("GP-F008", file, given=f"{size} bytes", limit=budgets.FILE_BYTES)
    with reading(file, "Shapefile"):
        shapes = (_read(where, ".shx", 100)[1] - 100) // 8
        head, size = _read(where, ".dbf", 32)
        records, header, width = struct.unpack("<IHH", head[4:12])
        stated = struct.unpack(">I", _read(where, ".shp", 100)[0][24:28])[0] * 2
    if where.stat().st_size < stated:
        refuse("GP-F007", file, format="Shapefile")
    if shapes != records or size < header + records * width:
        refuse("GP-F019", file, given=f".shx {shapes}, .dbf {records}")


def _reach(where: Path) -> tuple[float, ...]:
    """The bounds of all shapes, as the header of the .shp states them."""
    with reading(str(where), "Shapefile"):
        return struct.unpack("<4d", _read(where, ".shp", 100)[0][36:68])


def part(where: Path, ending: str) -> Path | None:
    """A part of a Shapefile beside its .shp, whatever the case of its ending."""
    found = (where.with_suffix(e) for e in (ending, ending.upper()))
    return next((p for p in found if p.is_file()), None)


def _read(where: Path, ending: str, count: int) -> tuple[bytes, int]:
    found = part(where, ending) or where
    with found.open("rb") as stream:
        return stream.read(count), found.stat().st_size


def encoding_of(where: Path, file: str, encoding: str | None, findings: Findings) -> str:
    """The encoding of a Shapefile's text: as stated, else its .cpg, else the DBF's own byte, else by trial.

    By trial is UTF-8, else GB18030, both strictly. Raises if the text does not fit what is stated.
    """
    with reading(file, "Shapefile"):
        data = (part(where, ".dbf") or where).read_bytes()
        stated = _stated(where, data, file, encoding)
        texts = _texts(data)
    for candidate in [stated] if stated else ["utf-8", "gb18030"]:
        wrong = next((t for t in texts if not _fits(t, candidate)), None)
        if wrong is None:
            if candidate != "utf-8" and not encoding and not b"".join(texts).isascii():
                findings.add(finding("GP-F011", file, severity="note", encoding=candidate.upper()))
            return candidate
    return refuse("GP-F012", file, "column text", (wrong or b"")[:20].hex(" "), encoding=candidate.upper())


def _stated(where: Path, data: bytes, file: str, encoding: str | None) -> str | None:
    label = part(where, ".cpg")
    named = encoding or (label.read_text("ascii", "replace").strip() if label else "")
    return codec(named, file) if named else LANGUAGES.get(data[29])


def _texts(data: bytes) -> list[bytes]:
    """The field names and the different values of the character fields of a DBF."""
    records, header, width = struct.unpack("<IHH", data[4:12])
    heads = [data[i : i + 32] for i in range(32, header - 1, 32) if data[i] != 0x0D]
    sizes = [h[16] for h in heads]
    fields = [("deleted", "S1")] + [(str(i), f"S{s}") for i, s in enumerate(sizes)]
    layout = np.dtype({"names": [n for n, _ in fields], "formats": [f for _, f in fields], "itemsize": width})
    table = np.frombuffer(data, layout, records, header)
    names = [h[:11].split(b"\0")[0] for h in heads]
    values = [np.unique(table[str(i)]).tolist() for i, h in enumerate(heads) if h[11:12] == b"C"]
    return names + [v.rstrip() for column in values for v in column]


def _fits(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
