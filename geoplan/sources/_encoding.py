"""Which encoding a text file is in: UTF-8 if it can be, else GB18030; nothing that loses bytes."""

from __future__ import annotations

import codecs
from contextlib import suppress

from geoplan.errors import Findings
from geoplan.sources._messages import finding, refuse

WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "hz": "gb18030"}  # GBK often labels what is GB18030


def codec(name: str, file: str) -> str:
    """Python's name of an encoding, the wider one where a name is used loosely; refuses what is not known.

    >>> codec("CP936", "a.csv"), codec("UTF8", "a.csv")
    ('gb18030', 'utf-8')
    """
    try:
        found = codecs.lookup(f"cp{name}" if name.isdigit() else name).name
    except LookupError:
        refuse("GP-F017", file, value=name)
    return WIDER.get(found, found)


def decode(data: bytes, file: str, encoding: str | None, findings: Findings) -> str:
    """The text of a file's bytes: by `encoding`, else by byte-order mark, else strictly UTF-8, else GB18030.

    A choice other than UTF-8 is a note. Raises on bytes that do not fit, and on a file that mixes the two.
    """
    if encoding:
        return _strict(data, codec(encoding, file), file).removeprefix("\ufeff")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        findings.add(finding("GP-F011", file, severity="note", encoding="UTF-16"))
        return _strict(data, "utf-16", file)
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    _refuse_mixture(data, file)
    text = _strict(data, "gb18030", file)
    findings.add(finding("GP-F011", file, severity="note", encoding="GB18030"))
    return text


def _strict(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as trouble:
        line = data[: trouble.start].count(b"\n") + 1
        wrong = data[trouble.start : trouble.end].hex(" ")
        refuse("GP-F012", file, f"line {line}", wrong, encoding=encoding.upper())


def _refuse_mixture(data: bytes, file: str) -> None:
    """Refuse a file of both: its UTF-8 lines would often decode as GB18030 too, as other characters.

    A line counts as UTF-8 if it holds two three-byte characters, which GB18030 hardly ever looks like.
    """
    kinds: dict[str, int] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.isascii():
            kinds.setdefault(_kind(line), number)
    if "utf-8" in kinds and "other" in kinds:
        refuse("GP-F013", file, f"line {kinds['utf-8']} is UTF-8, line {kinds['other']} is not")


def _kind(line: bytes) -> str:
    try:
        wide = sum(c > "\u07ff" for c in line.decode("utf-8"))
    except UnicodeDecodeError:
        return "other"
    return "utf-8" if wide >= 2 else "either"
