"""Keys of tables as numbers: their order, places within groups, and who is found where."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from microlift.results import tables
from microlift.results.tables import arrow, coded, codes, find, firsts, notes, places

FRAME = pd.DataFrame({"a": ["y", "x", None, "y", "x", "y"], "b": [3, 1, 1, 2, 1, 3]})


@pytest.fixture(params=["dense", "sparse", "overflowing"])
def way(request, monkeypatch):
    """The three ways of numbering: by a table of all ranks, by sorting, and by compressing first."""
    if request.param == "overflowing":
        monkeypatch.setattr(tables, "LARGEST_RANK", 5)
    return FRAME.assign(c=np.arange(6)[::-1] * (1000 if request.param == "sparse" else 1))


@pytest.mark.parametrize("text", ["plain", "coded", "categories out of order"])
def test_keys_are_numbered_in_sorted_order_with_missing_ones_last(way, text):
    if text == "coded":
        way = coded(way, ["a"])
    elif text == "categories out of order":
        way = way.assign(a=pd.Categorical(way["a"], categories=["y", "x"]))
    number, keys = codes(way, ["a", "b"])
    assert number.tolist() == [2, 0, 3, 1, 0, 2]
    assert keys["a"].astype(object).where(keys["a"].notna(), None).tolist() == ["x", "y", "y", None]
    assert keys["b"].tolist() == [1, 2, 3, 1]
    assert firsts(way, ["a", "b"]).tolist() == [1, 3, 0, 2]
    assert codes(way, ["a", "b", "c"])[0].tolist() == [4, 1, 5, 2, 0, 3]


def test_places_count_within_a_group(way):
    assert places(way, ["a"], ["b"]).tolist() == [1, 0, 0, 0, 0, 1]
    assert places(way, ["a"], ["b", "c"]).tolist() == [2, 1, 0, 0, 0, 1]


def test_keys_are_found_or_told_to_be_absent(way):
    wanted = pd.DataFrame({"a": ["x", "y", "y", "z"], "b": [1, 3, 1, 1], "c": [1, 5, 5, 0]})
    known = coded(FRAME.drop_duplicates(["a", "b"]), ["a"])
    assert find(wanted, known, ["a", "b"]).tolist() == [1, 0, 4, 4]
    assert find(wanted[:0], known, ["a", "b"]).tolist() == []
    assert find(wanted, known[:0], ["a", "b"]).tolist() == [0, 0, 0, 0]
    assert find(way, way, ["a", "b", "c"]).tolist()[:2] == [0, 1]


def test_notes_join_what_holds():
    holds = np.array([[True, False, True], [False, False, True]])
    assert notes((holds[0], "one"), (holds[1], "two")).tolist() == ["one", None, "one; two"]


def test_arrow_has_null_for_what_is_missing_or_endless():
    schema = pa.schema([("x", pa.float64()), ("n", pa.int64()), ("t", pa.string()), ("b", pa.bool_())])
    table = arrow(
        {
            "x": [1, np.inf, np.nan],
            "n": np.array([1.0, np.nan, 3.0]),
            "t": pd.Categorical(["u", None, "u"]),
            "b": np.array([True, None, False], dtype=object),
        },
        schema,
    )
    assert table.schema == schema
    assert table.to_pydict() == {
        "x": [1.0, None, None],
        "n": [1, None, 3],
        "t": ["u", None, "u"],
        "b": [True, None, False],
    }
