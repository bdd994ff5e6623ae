"""What tests of parts use in the place of things from elsewhere."""

from typing import NamedTuple


class Box(NamedTuple):
    """Stands for a region of the picture."""

    left: float
    right: float
    bottom: float
    top: float


class Said:
    """Stands for a trace's Reading."""

    def __init__(self, value, source=()):
        self.value, self.source = value, source
