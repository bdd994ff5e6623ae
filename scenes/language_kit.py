"""What the scenes about a language model share: one prompt of a recorded run, and what of it is drawn. Tells no story.

The same names hold for the small transformer and for a user's Llama, so nothing here asks which of them it is; where
their stories differ (`trained`), that is read off what the trace says about itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from engine.trace import Reading, Trace, TraceError
from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.outlines import MissingGlyphError, demand_glyphs
from scenes.parts.state_strip import StateStrip
from scenes.parts.typesetting import Text
from scenes.wording import listed, number_word

PICTURE: Final = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
MOST_WORDS: Final = 12  # of a prompt that find room beside each other
MOST_BLOCKS: Final = 6  # of a model, likewise
DRAWN: Final = 90.0  # percentile of a matrix's cells above which they are drawn


def top_tenth(cells: Any) -> Any:
    """Of each matrix's pooled cells (..., 16, 16) those above the 90th percentile; the others are 0."""
    cells = np.asarray(cells, dtype=float)
    return np.where(cells > np.percentile(cells, DRAWN, axis=(-2, -1), keepdims=True), cells, 0.0)


TOP_TENTH: Final = "the tenth of each matrix's cells that is largest"  # its name in `reel where`


def spread(count: int, most: int) -> list[int]:
    """The numbers 0 … count − 1, or `most` of them evenly spread, the first and the last among them."""
    return sorted({int(one) for one in np.linspace(0, count - 1, min(count, most)).round()})


class LanguageRun:
    """A trace of a language model, seen at the first of its shown prompts.

    `words` are the prompt's; `places` the numbers of those that are drawn and `blocks` the blocks that are, `states`
    the numbers of the states between them; `stops` are evenly spread states. `steps` are the recorded moments.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.task: dict[str, Any] = dict(trace.manifest["task"])
        self.prompt = 0
        number = int(np.asarray(trace.constant("shown").value)[self.prompt])
        self.text = str(self.task["texts"][number])
        self.words = [str(word) for word in self.task["tokens"][number]]
        self.answer = int(np.asarray(trace.constant("answers").value)[number])
        self.label = int(np.asarray(trace.constant("labels").value)[number])
        self.classes = [str(name) for name in self.task["classes"]]
        self.class_ids = [int(one) for one in np.asarray(trace.constant("class_tokens").value)]
        self.steps = trace.steps("shown.loss")
        self.layers, self.heads, self.width = (int(self.task[key]) for key in ("layers", "heads", "width"))
        self.blocks = spread(self.layers, MOST_BLOCKS)
        self.states = [*self.blocks, self.layers]
        self.stops = spread(self.layers + 1, MOST_BLOCKS + 1)
        self.places = self._some_words()
        self._demand_glyphs()

    def __deepcopy__(self, memo: dict[int, Any]) -> LanguageRun:
        return self  # never changes, so copies of what is drawn share it

    @classmethod
    def fits(cls, trace: Trace) -> bool:
        """Whether the trace is one of a language model whose inside was recorded."""
        wanted = ("shown.attention", "shown.attention_grads", "shown.flow", "shown.grads", "shown.blame", "shown.watch")
        return all(name in trace for name in wanted) and len(trace.steps("shown.loss")) > 1

    def _demand_glyphs(self) -> None:
        """Refuse words that no font can show, in one line naming the character."""
        try:
            for said in (self.text, *self.words, *self.classes):
                demand_glyphs(said)
        except MissingGlyphError as error:
            raise TraceError(f"{self.trace.name}: {error}") from None

    # -- what is drawn of it -----------------------------------------------------------------------
    def _some_words(self) -> list[int]:
        """All words, or of more than find room those that decide most when training ends, and always the last."""
        if self.length <= MOST_WORDS:
            return list(range(self.length))
        decides = np.asarray(self.at("decides", self.last).value)[: self.length - 1]
        return sorted([*np.argsort(-decides, kind="stable")[: MOST_WORDS - 1].tolist(), self.length - 1])

    @property
    def length(self) -> int:
        """How many words the prompt has."""
        return len(self.words)

    @property
    def last(self) -> int:
        """The last recorded step."""
        return int(self.steps[-1])

    @property
    def trained(self) -> bool:
        """Whether the trace holds a training from nothing, not one step of a model that came trained."""
        return "step" not in self.task

    def choices(self, stops: bool = False) -> str:
        """What was left out for lack of room, in words; with `stops` of a picture of those. Empty if nothing was."""
        said = []
        if stops and len(self.stops) <= self.layers:
            said.append(f"the states after blocks {listed([str(s) for s in self.stops[1:]])} of {self.layers}")
        elif len(self.blocks) < self.layers:
            said.append(f"blocks {listed([str(b + 1) for b in self.blocks])} of {self.layers}")
        if len(self.places) < self.length:
            said.append(f"the {len(self.places)} of {self.length} words that decide most")
        return "Shown: " + "; ".join(said) + "." if said else ""

    # -- readings ----------------------------------------------------------------------------------
    def at(self, name: str, step: int) -> Reading:
        """`shown.name` of the prompt as newest recorded up to `step`."""
        return self.trace.latest(f"shown.{name}", step)[self.prompt]

    def moment(self, step: float) -> float:
        """Which of the recorded moments `step` is, fractions for steps between two of them."""
        return float(np.interp(step, self.steps, np.arange(len(self.steps))))

    def step_of(self, moment: int) -> int:
        """The step of a recorded moment; the last one's for any beyond."""
        return int(self.steps[min(moment, len(self.steps) - 1)])

    def put_state(self, state: int, strip: StateStrip, moment: int) -> None:
        """Let a strip show a state as it was at a recorded moment."""
        strip.show(self.at("states", self.step_of(moment))[state])

    def matrices(self, block: int) -> list[tuple[int, str]]:
        """Numbers and roles of the matrices of a block; of those outside the blocks for −1."""
        return [(i, str(m["role"])) for i, m in enumerate(self.task["matrices"]) if int(m["block"]) == block]

    def probability(self, step: int) -> Reading:
        """What the last state gives to the right word, as newest recorded up to `step`."""
        return self.at("class_probs", step)[self.layers, self.label]

    def watched(self, count: int) -> list[tuple[int, int, int]]:
        """(layer, head, word) for the `count` words that decide most, the last one left aside.

        The first is the trace's own `shown.watch`. Each other is found by the same rule: the head whose attention from
        the last word to it grew most over training (of a model that came trained: is greatest).
        """
        layer, head, word = (int(v) for v in np.asarray(self.trace.constant("shown.watch").value)[self.prompt])
        found = [(layer, head, word)]
        after = np.asarray(self.at("attention", self.last).value)
        grown = after - np.asarray(self.at("attention", int(self.steps[0])).value) if self.trained else after
        decides = np.asarray(self.at("decides", self.last).value)[: self.length - 1]
        for other in np.argsort(-decides, kind="stable").tolist():
            if len(found) < count and other != word and decides[other] > 0:
                shares = grown[:, :, self.length - 1, other]
                place = np.unravel_index(int(shares.argmax()), shares.shape)
                found.append((int(place[0]), int(place[1]), int(other)))
        return found

    # -- words -------------------------------------------------------------------------------------
    def colour(self, token: int) -> str:
        """A class's colour for its word, the text's for any other."""
        if token not in self.class_ids:
            return style.TEXT
        return style.CLASS_COLOURS[self.class_ids.index(token) % len(style.CLASS_COLOURS)]

    def speak(self, token: int) -> tuple[str, str]:
        """How a word of the model's is written, and its colour. What the fonts lack is named, not drawn as a box."""
        word = str(self.task["words"].get(str(token), f"(word {token})"))
        try:
            demand_glyphs(word)
        except MissingGlyphError:
            word = "(other script)"
        return word, self.colour(token)

    @property
    def right(self) -> str:
        """The class whose word comes next."""
        return self.classes[self.label]

    def asked(self) -> str:
        """The prompt as it is spoken: in quotes, cut when it is long."""
        return f"“{self.text}”" if len(self.text) <= 60 else f"“{self.text[:57].rstrip()}…”"

    def prompts(self) -> str:
        """How many prompts there are, in words."""
        return number_word(len(self.task["texts"]))

    def caveat(self) -> str:
        """What a viewer must not take this run for."""
        if self.trained:
            return f"It learned {self.prompts()} sentences by heart; it was never asked about any other."
        return "This is what this one model does with this prompt; another may differ."


def noted(string: str, why: str, size: float = style.SMALL_SIZE, colour: str = style.LABEL) -> Text:
    """A quiet text whose numbers are facts of the trace's task; `why` tells `reel check` which."""
    text = Text(string, size, colour)
    text.constant = why
    return text


def footnote(*sentences: str) -> Text:
    """Rules and choices, one to a line, small, at the frame's lower edge."""
    string = "\n".join(one for one in sentences if one)
    text = Text(string, style.SMALL_SIZE, style.LABEL, width=CAPTION_STRIP.width, leading=0.5)
    text.constant = "rules and choices, stated"
    return text.move_to(CAPTION_STRIP.at(0, 0.5), aligned_edge=np.array([-1.0, 0, 0]))
