"""Every colour, size, duration and number format of the film, by role. No shape is drawn here.

Lengths are Manim units: the frame is 14.222 wide and 8 high, so one unit is 135 px at 1080p.
"""

from __future__ import annotations

from typing import Final

# -- colours by role ---------------------------------------------------------------------------
BACKGROUND: Final = "#000000"
TEXT: Final = "#F2EEE6"  # captions and formulas that are spoken of
LABEL: Final = "#948979"  # axes, ticks, units, quiet labels (6.0:1 on black)
NEURON: Final = "#DFD0B9"  # rims of neurons
DIM: Final = 0.28  # opacity of what is on screen but not spoken of
BAR_OPACITY: Final = 0.38  # of the gradient bars around wires

FORWARD: Final = "#FFB454"  # activations flowing forward: warm
GRADIENT: Final = "#5CE1E6"  # gradients flowing back: cyan (Madrid's own cyan is purer)
POSITIVE: Final = "#58C4DD"
NEGATIVE: Final = "#FC6255"
LOSS: Final = "#F2EEE6"
HIGHLIGHT: Final = "#FFFFFF"

LAND: Final = "#17191C"
SEA: Final = "#06090D"
COAST: Final = "#5D574E"  # borders of countries, above the heat map
HEAT: Final = 0.8  # opacity of class probabilities over the land
HEIGHTS: Final = ("#0E2038", "#1B4F72", "#3F8F96", "#C9B276", "#E0764F")  # of a loss landscape, low to high
BACKDROP: Final = 0.24  # the same behind a title
PANEL: Final = "#101214"  # plates behind numbers that stand on pictures
TRACK: Final = "#22252A"  # empty part of bars and number lines

MADRID: Final = "#00FFFF"
PARIS: Final = "#FFD35A"
BERLIN: Final = "#00A14B"
BARCELONA: Final = "#FF00FF"
# Classes in the order of their labels; the film's four cities first, then four more for users' maps.
CLASS_COLOURS: Final = (MADRID, PARIS, BERLIN, BARCELONA, "#FF8A3D", "#B48CFF", "#9BE564", "#FF7FA8")
MANY_COLOURS: Final = (  # for users' prompts, which may have as many as 24 different next words
    *CLASS_COLOURS,
    "#4F8DFF", "#C9A227", "#2FD6A0", "#E05A9C", "#A8D8FF", "#C2714F", "#8A7CFF", "#D6F5B0",
    "#FF4F64", "#2A9DB5", "#E8B5FF", "#8C9A3A", "#FFC9A3", "#C24BD6", "#6FA8A0", "#F5F06B",
)  # fmt: skip

# -- sizes -------------------------------------------------------------------------------------
FRAME_WIDTH: Final = 128 / 9
FRAME_HEIGHT: Final = 8.0
MARGIN: Final = 0.35  # nothing but pictures that bleed comes nearer to the frame's edge
TITLE_SIZE: Final = 44.0  # Manim font sizes: an em is size / 96 units, a capital or digit two thirds of that
BODY_SIZE: Final = 34.0
NUMBER_SIZE: Final = 30.0  # numbers in neurons and on wires, where there is room
LABEL_SIZE: Final = 26.0
SMALL_SIZE: Final = 22.0  # the smallest text allowed: every digit is over 20 px high at 1080p

HAIRLINE: Final = 1.0  # stroke widths; 1 is about 1.35 px at 1080p
LINE: Final = 2.5
STRONG: Final = 5.0

# -- durations, seconds ------------------------------------------------------------------------
BRISK: Final = 0.5  # a change of state
CHANGE: Final = 1.0  # an ordinary transformation
CAMERA: Final = 3.0  # a camera move
PAUSE: Final = 1.5  # after a new idea
READ_RATE: Final = 15.0  # characters a second of narration; 20 is the limit of comfortable reading

# -- number formats ----------------------------------------------------------------------------
PROBABILITY: Final = ".2f"
PARAMETER: Final = "+.3f"
GRADIENT_FORMAT: Final = "+.4f"
LOSS_FORMAT: Final = ".4f"
