"""docs/traces.md says what the traces hold, and is what the command makes."""

import pytest

from engine import experiments
from engine.describe import HEAD, describe, main
from engine.sources import ROOT
from engine.trace import Trace


def test_every_array_has_a_row(traces):
    trace = Trace.load(traces / "cities3")
    text = describe(trace)
    assert text.startswith("## `cities3`\n")
    for name in trace.names():
        assert f"| `{name}` |" in text
    assert "stream `step`: 400 steps, 0 to 399" in text
    assert "| `layers.0.weight` | step | 3 × 1 | float64 |" in text


def test_the_document_is_made_of_the_traces_in_a_folder(traces, capsys):
    main(str(traces))
    printed = capsys.readouterr().out
    assert printed.startswith(HEAD)
    assert printed.index("## `cities3`") < printed.index("## `cities3_adam`")


@pytest.mark.parametrize("name", ["blocks", "chain", "chain_wide", "cities3", "cities4", "neuron_rates"])
def test_the_committed_document_is_up_to_date(tmp_path, name):
    trace = experiments.run(name, tmp_path)
    assert describe(trace) in (ROOT / "docs" / "traces.md").read_text(), "python -m engine.describe > docs/traces.md"
