"""The store: what is put is got, and whatever is damaged is a miss."""

import json
import random

import pytest

from studio.store import Store


def test_put_and_get(tmp_path):
    store = Store(tmp_path)
    store.put("chunk", "ab12", b"\x00payload\n")
    assert store.get("chunk", "ab12") == b"\x00payload\n"
    assert store.get("score", "ab12") is None
    assert [record[:2] for record in store.records()] == [("chunk", "ab12")]


def test_every_flip_and_every_truncation_is_a_miss(tmp_path):
    store = Store(tmp_path)
    store.put("chunk", "ab12", bytes(range(64)))
    path = store.path("chunk", "ab12")
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ (1 << random.Random(place).randrange(8))]) + whole[place + 1 :]
        )
        assert store.get("chunk", "ab12") is None, place
        path.write_bytes(whole[:place])
        assert store.get("chunk", "ab12") is None, place


@pytest.mark.parametrize("hostile", ['""', "null", '{"x":3}', '"../../x"', "[" * 100_000, "{" * 4000, "1e999"])
def test_hostile_records_are_misses(tmp_path, hostile):
    store = Store(tmp_path)
    store.put("chunk", "ab12", b"payload")
    store.path("chunk", "ab12").write_bytes(b"gradreel-record-1\n" + hostile.encode() + b"\npayload")
    assert store.get("chunk", "ab12") is None


def test_a_record_in_another_ones_place_is_a_miss(tmp_path):
    store = Store(tmp_path)
    store.put("chunk", "ab12", b"one")
    store.path("chunk", "ab34").write_bytes(store.path("chunk", "ab12").read_bytes())
    assert store.get("chunk", "ab34") is None
    assert json.loads(store.path("chunk", "ab12").read_bytes().split(b"\n")[1])["key"] == "ab12"


@pytest.mark.parametrize("key", ["../../etc", "a/b", "", "a\0b"])
def test_keys_cannot_leave_the_store(tmp_path, key):
    with pytest.raises(ValueError):
        Store(tmp_path).path("chunk", key)
