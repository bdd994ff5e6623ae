"""For tests of derivations: what a line of Typst on screen is worth, worked out by sympy from what stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sympy
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

from scenes.parts.typesetting import split_groups

RULES = (*standard_transformations, implicit_multiplication_application, convert_xor)


def worth(source: str, at: Mapping[str, float]) -> float:
    """The right side of "left = right" with its letters as `at` says; hat(y)_2 is called hat_2."""
    text = re.sub(r'group\("[^"]*", (=|-|\+|ln|dot\.op)\)', r"\1", split_groups(source)[0])  # a lone sign: no brackets
    text = re.sub(r'group\("[^"]*", ', "(", text).split("=")[1]
    text = text.replace("hat(y)_", "hat_").replace("dot.op", "*")
    text = re.sub(r"_\((\d)\)", r"_\1", text)
    names = {name: sympy.Symbol(name) for name in at}
    expression = parse_expr(text, local_dict={**names, "e": sympy.E, "ln": sympy.log}, transformations=RULES)
    assert expression.free_symbols <= set(names.values()), f"unknown letters in {text}"
    return float(expression.subs({names[name]: value for name, value in at.items()}))
