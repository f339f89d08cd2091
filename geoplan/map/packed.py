"""Packed: plain data with columns of numbers as text that nothing in it can end, and back."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

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
    in numpy's way ("i4", "u1", "f8"). Of whole numbers all first bytes stand together, then all second ones: they pack better so.
    Equal arrays stand there once.

    >>> unpack(pack({"name": "</script>", "of": np.array([1, 2], np.uint8)}))
    {'name': '</script>', 'of': array([1, 2], dtype=uint8)}
    """
    numbers = Numbers()
    text = json.dumps(numbers.plain(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    whole = len(text).to_bytes(ALIGNED, "little") + text + bytes(numbers.bytes)
    return base64.b64encode(gzip.compress(whole, compresslevel=6, mtime=0)).decode("ascii")


class Numbers:
    """The arrays of some data, one behind the other."""

    def __init__(self) -> None:
        self.bytes, self.known = bytearray(), dict[tuple[str, bytes], int]()

    def plain(self, value: Any) -> Any:
        """The value with what stands for each of its arrays."""
        if isinstance(value, dict):
            return {key: self.plain(v) for key, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(v) for v in value]
        return {ARRAY: self.put(value)} if isinstance(value, np.ndarray) else value

    def put(self, array: npt.NDArray[Any]) -> list[Any]:
        """Kind, beginning and length of an array that is put behind the others, if it is not among them."""
        kind = array.dtype.str[1:]
        data = planes(array).tobytes()
        begin = self.known.setdefault((kind, data), len(self.bytes))
        if begin == len(self.bytes):
            self.bytes += data + bytes(-len(data) % ALIGNED)
        return [kind, begin, len(array)]


def planes(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The bytes of an array: of whole numbers plane by plane, of others as they are."""
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    if array.dtype.kind not in "iu" or not len(array):
        return plain
    return np.ascontiguousarray(plain.view(np.uint8).reshape(len(array), -1).T)


def unpack(text: str) -> Any:
    """What was packed."""
    whole = gzip.decompress(base64.b64decode(text))
    begin = ALIGNED + int.from_bytes(whole[:ALIGNED], "little")

    def array(found: dict[str, Any]) -> Any:
        if list(found) != [ARRAY]:
            return found
        kind, at, count = found[ARRAY]
        size = int(kind[1:])
        data = np.frombuffer(whole, np.uint8, size * count, begin + at)
        if kind[0] in "iu":
            data = np.ascontiguousarray(data.reshape(size, count).T)
        return data.reshape(-1).view(f"<{kind}")

    return json.loads(whole[ALIGNED:begin], object_hook=array)


MISSING = {np.int8: -(2**7), np.int16: -(2**15), np.int32: -(2**31)}  # what is written for an unknown number
TEXTS = 65_535  # different texts of a column that are numbered at most


def numbers(values: Sequence[Any]) -> Any:
    """Numbers with None for the unknown, as whole thousandths (or whole units) in as few bytes as hold them.

    In the page: {"of": array, "scale": 1 or 1000, "none": what stands for the unknown}; lists of other things stay as they are.

    >>> numbers([1, None, 250])
    {'of': array([     1, -32768,    250], dtype=int16), 'scale': 1, 'none': -32768}
    >>> numbers([[1, 2], None])
    [[1, 2], None]
    """
    known = np.array([v is not None for v in values], bool)
    if not all(isinstance(v, (int, float)) for v in values if v is not None) or not len(values):
        return list(values)
    exact = np.array([0.0 if v is None else float(v) for v in values])
    scale = 1 if (exact == np.rint(exact)).all() else 1000
    whole = np.rint(exact * scale)
    for kind, none in MISSING.items():
        if np.abs(whole).max(initial=0) < -none:
            return {"of": np.where(known, whole, none).astype(kind), "scale": scale, "none": none}
    return list(values)


def texts(values: Sequence[Any]) -> Any:
    """Texts, where many are the same as a list of the different ones and the number of each: {"list", "of"}."""
    different = list(dict.fromkeys(values))
    if 2 * len(different) > len(values) or len(different) > TEXTS:
        return list(values)
    number = {v: n for n, v in enumerate(different)}
    kind = np.uint8 if len(different) <= 256 else np.uint16
    return {"list": different, "of": np.array([number[v] for v in values], kind)}


def listed(held: Any) -> list[Any]:
    """The values of a column that `numbers` or `texts` packed.

    >>> listed(numbers([0.5, None])), listed(texts(["a", "a", "b", "a"]))
    ([0.5, None], ['a', 'a', 'b', 'a'])
    """
    if isinstance(held, list):
        return held
    if "list" in held:
        return [held["list"][n] for n in held["of"]]
    return [None if n == held["none"] else float(n) / held["scale"] for n in held["of"]]
