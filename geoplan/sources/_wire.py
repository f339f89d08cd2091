"""How answers go from the process that reads to the one that asked: JSON, and beside it arrays, texts and shapes as plain bytes.

No object is ever built by its own description: what comes in can be a number, a text, an array, a frame of them, and nothing else.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, BinaryIO

MARK = "!"  # the key of what is no plain JSON
LENGTHS = struct.Struct("<QQ")  # bytes of the JSON; how many parts follow, each with its own length
Parts = list[bytes]


def send(stream: BinaryIO, value: Any) -> None:
    """Write one value."""
    parts: Parts = []
    text = json.dumps(pack(value, parts)).encode()
    stream.write(LENGTHS.pack(len(text), len(parts)))
    stream.write(text)
    for part in parts:
        stream.write(LENGTHS.pack(len(part), 0))
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read one value; raises `EOFError` where the other side has gone."""
    size, count = LENGTHS.unpack(_exactly(stream, LENGTHS.size))
    text = _exactly(stream, size)
    parts = [_exactly(stream, LENGTHS.unpack(_exactly(stream, LENGTHS.size))[0]) for _ in range(count)]
    return unpack(json.loads(text), parts)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def pack(value: Any, parts: Parts) -> Any:
    """What JSON can hold of a value; the rest is added to `parts`.

    >>> import numpy as np
    >>> parts = []
    >>> said = pack({"a": [1, None, "道路"], "b": np.arange(3)}, parts)
    >>> unpack(said, parts)
    {'a': [1, None, '道路'], 'b': array([0, 1, 2])}
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple):
        return [pack(v, parts) for v in value]
    if type(value) is dict:
        if all(type(k) is str for k in value) and MARK not in value:
            return {k: pack(v, parts) for k, v in value.items()}
        return {MARK: "dict", "of": [[pack(k, parts), pack(v, parts)] for k, v in value.items()]}
    return _special(value, parts)


def _special(value: Any, parts: Parts) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, bytes):
        return {MARK: "bytes", "of": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray) and value.dtype != object:
        parts.append(np.ascontiguousarray(value).tobytes())
        return {MARK: "array", "type": value.dtype.str, "shape": list(value.shape), "part": len(parts) - 1}
    if isinstance(value, np.ndarray):
        return {MARK: "objects", "of": [pack(v, parts) for v in value.tolist()]}
    if isinstance(value, np.generic):
        return {MARK: "scalar", "of": pack(np.asarray(value), parts)}
    if isinstance(value, pd.Timestamp | datetime | date):
        return {MARK: type(value).__name__, "of": value.isoformat()}
    if isinstance(value, pd.DataFrame):
        return _pack_frame(value, parts)
    raise TypeError(f"not carried: {type(value)}")


def _pack_frame(frame: Any, parts: Parts) -> Any:
    """A frame whose rows are counted from 0, column by column."""
    shape = getattr(frame, "_geometry_column_name", None)
    columns = [_pack_column(frame.iloc[:, k], parts) for k in range(frame.shape[1])]
    crs = None if shape is None or frame.crs is None else frame.crs.srs
    return {MARK: "frame", "names": list(frame.columns), "columns": columns, "shape": shape, "crs": crs}


def _pack_column(column: Any, parts: Parts) -> Any:
    """A column: its type by name, and its values."""
    import numpy as np
    import pandas as pd

    kind = str(column.dtype)
    if kind == "geometry":
        import shapely

        return {"type": kind, "values": _pack_blobs(shapely.to_wkb(column.to_numpy(), flavor="iso"), parts)}
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        plain = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return {"type": kind, "values": pack(plain, parts)}
    if isinstance(column.dtype, pd.StringDtype):
        return {"type": kind, "values": _pack_texts(column.to_numpy(object, na_value=None), parts)}
    if not isinstance(column.dtype, np.dtype):
        raise TypeError(f"not carried: {kind}")
    if kind != "object":
        return {"type": kind, "values": pack(column.to_numpy(), parts)}
    values = column.to_numpy()
    if {type(v) for v in values} <= {str, type(None)}:
        return {"type": kind, "values": _pack_texts(values, parts)}
    return {"type": kind, "values": pack(values, parts)}


def _pack_texts(values: Any, parts: Parts) -> Any:
    return _pack_joined([None if v is None else v.encode() for v in values], "texts", parts)


def _pack_blobs(values: Any, parts: Parts) -> Any:
    return _pack_joined(list(values), "blobs", parts)


def _pack_joined(values: list[bytes | None], kind: str, parts: Parts) -> Any:
    """Values one after another, and the length of each; -1 where there is none."""
    import numpy as np

    lengths = np.array([-1 if v is None else len(v) for v in values], np.int64)
    parts += [lengths.tobytes(), b"".join(v for v in values if v is not None)]
    return {MARK: kind, "part": len(parts) - 2}


def unpack(said: Any, parts: Parts) -> Any:
    """The value that `pack` was given."""
    if type(said) is list:
        return [unpack(v, parts) for v in said]
    if type(said) is not dict:
        return said
    if MARK not in said:
        return {k: unpack(v, parts) for k, v in said.items()}
    return KINDS[said[MARK]](said, parts)


def _array(said: Any, parts: Parts) -> Any:
    import numpy as np

    kind = np.dtype(said["type"])
    if kind.hasobject:
        raise TypeError("not carried: objects")
    return np.frombuffer(bytearray(parts[said["part"]]), kind).reshape(said["shape"])


def _objects(said: Any, parts: Parts) -> Any:
    return _many([unpack(v, parts) for v in said["of"]])


def _joined(said: Any, parts: Parts) -> list[bytes | None]:
    import numpy as np

    lengths = np.frombuffer(parts[said["part"]], np.int64)
    ends = np.cumsum(np.maximum(lengths, 0)).tolist()
    whole = parts[said["part"] + 1]
    return [None if n < 0 else whole[e - n : e] for n, e in zip(lengths.tolist(), ends, strict=True)]


def _many(values: list[Any]) -> Any:
    import numpy as np

    held = np.empty(len(values), object)
    held[:] = values
    return held


def _frame(said: Any, parts: Parts) -> Any:
    import geopandas as gpd
    import pandas as pd

    columns = [_column(c, parts) for c in said["columns"]]
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = pd.Index(said["names"]) if columns else frame.columns
    return frame if said["shape"] is None else gpd.GeoDataFrame(frame, geometry=said["shape"], crs=said["crs"])


def _column(said: Any, parts: Parts) -> Any:
    import pandas as pd

    values, kind = unpack(said["values"], parts), said["type"]
    if kind == "geometry":
        import geopandas as gpd
        import shapely

        return gpd.array.GeometryArray(shapely.from_wkb(values))
    if kind == "object":
        return pd.Series(values, dtype=object)
    if kind.startswith("datetime64[") and "," in kind:
        return pd.Series(values).dt.tz_localize("UTC").astype(pd.api.types.pandas_dtype(kind))
    return pd.Series(values, dtype=kind)


def _timestamp(said: Any, _: Parts) -> Any:
    import pandas as pd

    return pd.Timestamp(said["of"])


KINDS: dict[str, Callable[[Any, Parts], Any]] = {
    "array": _array,
    "objects": _objects,
    "scalar": lambda said, parts: unpack(said["of"], parts)[()],
    "bytes": lambda said, _: base64.b64decode(said["of"]),
    "dict": lambda said, parts: {unpack(k, parts): unpack(v, parts) for k, v in said["of"]},
    "texts": lambda said, parts: _many([None if v is None else v.decode() for v in _joined(said, parts)]),
    "blobs": lambda said, parts: _many(_joined(said, parts)),
    "frame": _frame,
    "Timestamp": _timestamp,
    "datetime": lambda said, _: datetime.fromisoformat(said["of"]),
    "date": lambda said, _: date.fromisoformat(said["of"]),
}
