"""The table of proofs: every referee that is here agrees, and a wrong gradient would show."""

import numpy as np

from bench import proofs
from engine.sources import ROOT


def test_every_referee_agrees():
    for case in proofs.cases():
        found = case.found()
        assert proofs.miss(found, proofs.by_differences(case)) <= proofs.GOALS["central differences"], case.name
        assert proofs.miss(found, proofs.by_autograd(case)) <= proofs.GOALS["autograd"], case.name
        by_torch = proofs.miss(found, proofs.by_torch(case))
        assert by_torch is None or by_torch <= proofs.GOALS["PyTorch"], case.name


def test_a_wrong_gradient_shows():
    case = proofs.cases()[0]
    found = case.found()
    found["weight"] = found["weight"] * (1 + 1e-6)
    assert proofs.miss(found, proofs.by_autograd(case)) > proofs.GOALS["autograd"]
    assert proofs.miss(found, {name: np.zeros_like(v) + 1 for name, v in found.items()}) > 1e-3


def test_the_committed_table_is_about_the_cases_there_are():
    text = (ROOT / "docs" / "proofs.md").read_text()
    for case in proofs.cases():
        assert f"| {case.name} |" in text
