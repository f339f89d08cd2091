"""Packed: plain data with columns of numbers as text that nothing in it can end, and back."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import numpy as np

from geoplan.errors import UsageError

ARRAY = "$"  # the only key of what stands for a column of numbers: [kind, where it begins, how many]
ALIGNED = 8
ISLAND = re.compile(r'<script type="text/plain" id="geoplan-data">([A-Za-z0-9+/=]*)</script>')


def read(page: str) -> dict[str, Any]:
    """The data of a page; raises `UsageError` if the page is none of geoplan's."""
    found = ISLAND.search(page)
    if found is None:
        raise UsageError("this page holds no map of geoplan")
    made: dict[str, Any] = unpack(found[1])
    return made


def pack(content: Any) -> str:
    """Data as base64 of gzip: letters, digits, + / = only, so that nothing in them can end an element.

    Unpacked: the length of the JSON (4 bytes, low byte first, and 4 of nothing), the JSON filled up with blanks to a multiple of 8,
    then the numbers of each array, each begun at a multiple of 8. In the JSON an array is {"$": [kind, begin, count]}, its kind
    in numpy's way ("i4", "u1", "f8").

    >>> unpack(pack({"name": "</script>", "of": np.array([1, 2], np.uint8)}))
    {'name': '</script>', 'of': array([1, 2], dtype=uint8)}
    """
    numbers = bytearray()
    text = json.dumps(_plain(content, numbers), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    whole = len(text).to_bytes(ALIGNED, "little") + text + bytes(numbers)
    return base64.b64encode(gzip.compress(whole, compresslevel=6, mtime=0)).decode("ascii")


def _plain(value: Any, numbers: bytearray) -> Any:
    """The value with its arrays put behind `numbers`."""
    if isinstance(value, dict):
        return {key: _plain(v, numbers) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v, numbers) for v in value]
    if not isinstance(value, np.ndarray):
        return value
    begin = len(numbers)
    numbers += np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes()
    numbers += bytes(-len(numbers) % ALIGNED)
    return {ARRAY: [value.dtype.str[1:], begin, len(value)]}


def unpack(text: str) -> Any:
    """What was packed."""
    whole = gzip.decompress(base64.b64decode(text))
    begin = ALIGNED + int.from_bytes(whole[:ALIGNED], "little")

    def array(found: dict[str, Any]) -> Any:
        if list(found) != [ARRAY]:
            return found
        kind, at, count = found[ARRAY]
        return np.frombuffer(whole, f"<{kind}", count, begin + at)

    return json.loads(whole[ALIGNED:begin], object_hook=array)
