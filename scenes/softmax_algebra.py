"""The lines of algebra from the loss of softmax to its gradient ŷ − y, as Typst with named parts. Nothing is drawn."""

from __future__ import annotations

from scenes.parts.formula import named

MOST_TERMS = 4  # as many exponentials are written out; a longer sum is shortened with dots
EQ = named("eq", "=")


class Algebra:
    """The derivation's lines as Typst, for `count` classes of which number `right` is true; parts are named."""

    def __init__(self, count: int, right: int) -> None:
        self.count, self.right = count, right
        self.summed = tuple(range(count)) if count <= MOST_TERMS else (0, 1, count - 1)

    def exponential(self, i: int, tag: str = "") -> str:
        """e^(h_i); `tag` tells several of them apart."""
        inside = f"{named(f'e{i}{tag}', 'e')}^({named(f'h{i}{tag}', f'h_{i + 1}')})"
        return named(f"x{i}{tag}", inside)

    def total(self) -> str:
        """The sum of all exponentials."""
        terms = [self.exponential(i) for i in self.summed]
        if self.count > MOST_TERMS:
            terms.insert(2, "dots.h.c")
        return named("sum", " + ".join(terms))

    def share(self, i: int) -> str:
        """Softmax: e^(h_i) over the sum."""
        return named("share", f"({self.exponential(i, 'n')}) / ({self.total()})")

    def rate(self, i: int) -> str:
        """∂L/∂h_i, upright where there is room for it."""
        h = f"h_{named('di', str(i + 1))}"
        return named("d", f"(partial L) / (partial {h})" if self.count <= MOST_TERMS else f"partial L \\/ partial {h}")

    def loss(self) -> tuple[str, ...]:
        """Four ways to write the loss, all equal."""
        start, log = f"{named('L', 'L')} {EQ} {named('minus', '-')}", named("ln", "ln")
        tail = f"{named('plus', '+')} {named('ln2', 'ln')} ({self.total()})"
        return (
            f"{start} {log} {named('hat', f'hat(y)_{self.right + 1}')}",
            f"{start} {log} ({self.share(self.right)})",
            f"{start} {log} {self.exponential(self.right, 'n')} {tail}",
            f"{start} {named(f'h{self.right}n', f'h_{self.right + 1}')} {tail}",
        )

    def slope(self) -> tuple[str, ...]:
        """Three stages of ∂L/∂h of the right class, the first with a gap; the last two are equal."""
        end, hat = f"{named('minus', '-')} {named('bit', '1')}", named("hat", f"hat(y)_{self.right + 1}")
        start = f"{self.rate(self.right)} {EQ}"
        gap = named("gap", "dots.h.c")
        return f"{start} {gap} {end}", f"{start} {self.share(self.right)} {end}", f"{start} {hat} {end}"

    def row(self, i: int) -> str:
        """∂L/∂h_i = ŷ_i − y_i with y_i as the number it is."""
        hat = named("hat", f"hat(y)_{named('hi', str(i + 1))}")
        return f"{self.rate(i)} {EQ} {hat} {named('minus', '-')} {named('bit', str(int(i == self.right)))}"

    def result(self) -> str:
        """All of them at once."""
        rate = "(partial L) / (partial h)" if self.count <= MOST_TERMS else "partial L \\/ partial h"
        return f"{named('d', rate)} {EQ} {named('hat', 'hat(y)')} {named('minus', '-')} {named('y', 'y')}"
