"""What `reel why` says of a trace whose numbers changed: which arrays."""

from engine.trace import Trace
from studio import arrays
from studio.freshness import _with_arrays
from studio.store import Store


def test_the_arrays_that_differ_are_named(traces, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path))
    store = Store(tmp_path / ".store")
    cities, adam = (Trace.load(traces / name) for name in ("cities3", "cities3_adam"))
    assert arrays.changed(store, cities.digest, adam) == []  # nobody has noted anything yet
    arrays.note(store, cities)
    assert arrays.changed(store, cities.digest, cities) == []
    found = arrays.changed(store, cities.digest, adam)
    assert "loss" in found and "layers.0.weight" in found and "points" not in found
    said = _with_arrays("trace cities3", {"trace cities3": cities.digest}, {"cities3": adam})
    assert said.startswith("trace cities3 (") and f"and {len(found) - 4} more" in said
    assert _with_arrays("scenes/cities.py", {}, {"cities3": adam}) == "scenes/cities.py"
