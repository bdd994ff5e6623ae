"""Kind "blocks": a number passing through multiplying blocks, y = 2x, z = 4y, and nudges passing with it."""

from __future__ import annotations

from engine import scalar
from engine.experiment_spec import Table
from engine.recipe import Progress, Recipe
from engine.runs.graphs import MEANINGS, graph_constants, graph_words
from engine.trace_writer import TraceWriter


def prepare(table: Table) -> Recipe:
    """Check a blocks experiment: ``x``, the blocks' ``factors``, the ``nudge`` and the ``largest`` of the sweep."""
    table.text("kind"), table.text("about", "")
    start = table.number("x", low=-1e6, high=1e6)
    factors = table.array("factors", (None,))
    if len(factors) > 8:
        raise table.wrong("factors", "at most 8")
    delta, largest = table.number("nudge", low=1e-9, high=1e3), table.number("largest", low=1e-9, high=1e3)
    table.done()
    x = scalar.leaf("x", start)
    root = x
    for i, factor in enumerate(factors):
        root = scalar.multiply("yzuvwpqr"[i], scalar.leaf(f"k{i + 1}", float(factor)), root)

    def record(writer: TraceWriter, progress: Progress) -> None:
        writer.constants(graph_constants(root, [x], delta, x, largest))
        progress(1, 1)

    return Recipe(record, {"task": {"graph": graph_words(root)}}, MEANINGS)
