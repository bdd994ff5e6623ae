"""What is said of a map of prompts, worked out from the trace so that it is true of any. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.datasets.prompts import split_words
from scenes.lens import ENDING, MIXED, NEXT, TOPIC, Lens, Run, is_encoder
from scenes.wording import capitalised, listed, number_word, percent

BY: Final = ("by the word that comes next", "by topic", "by the word they end in")
GOOD: Final = 0.9  # share of right neighbours from which "nearly all" may be said


def title(lens: Lens) -> str:
    """What is looked at, under its own name."""
    if is_encoder(lens.words):
        return "MiniLM, a sentence encoder"
    return "our small transformer" if memorises(lens) else str(lens.words["title"])


def memorises(lens: Lens) -> bool:
    """Whether the lens is of the house's own transformer, which learns its prompts by heart."""
    return "memorises" in str(lens.words["title"])


def how_made(lens: Lens) -> str:
    """UMAP's parameters, and its caution."""
    umap = lens.task["rules"]["umap"]
    return (
        f"UMAP: {umap['n_neighbors']} neighbours, min_dist {umap['min_dist']}, {umap['metric']}, "
        f"layers aligned. Distances between islands mean little."
    )


def ground_note() -> str:
    """What the ground's colours are."""
    return "ground: vote of the 15 nearest dots in this plane, not a probability of the model"


def stop(run: Run, slices: int) -> int:
    """Where the way pauses in a run: the first run at the start, the last at the end, others where they are clearest."""
    if run.first == 0:
        return 0
    return slices - 1 if run.last == slices - 1 else run.best


def dots(lens: Lens) -> list[str]:
    """What the dots are."""
    width = lens.words["width"]
    if is_encoder(lens.words):
        return [
            "The same prompts, in a model that others have trained: MiniLM. It guesses no words.",
            "It reads a whole sentence, its last word included, and gives like sentences like vectors.",
        ]
    return [
        f"All {lens.count} prompts at once: each dot is one, coloured by the word that should come next.",
        f"A dot is {width} numbers: the state at the prompt's last word, laid flat so that neighbours stay neighbours.",
    ]


def at_first(lens: Lens, runs: Sequence[Run]) -> list[str]:
    """By what the dots lie before the first block."""
    start = next((run for run in runs if run.first == 0), None)
    if start is None:
        return ["Before the first block they lie in no order that these labels tell."]
    if is_encoder(lens.words) and start.kind == NEXT:
        return ["Before the first block they lie by that last word: it is one of the words that are averaged."]
    lines = [f"Before the first block they lie {BY[start.kind]}{parted(lens) if start.kind == ENDING else ''}."]
    if start.kind != NEXT and lens.beyond(0, NEXT) <= MIXED:
        lines.append("The colours are mixed: what comes next, these vectors do not know yet.")
    return lines


def parted(lens: Lens) -> str:
    """Whether islands that share an ending differ in how long their prompts are, so in the last word's place."""
    lengths = np.array([len(split_words(text)) for text in lens.texts])
    member = np.asarray(lens.of("islands.member").value)[0, ENDING]
    values = np.asarray(lens.of("islands.value").value)[0, ENDING]
    numbers = [number for number in range(int(member.max()) + 1) if (member == number).any()]
    many = [n for n in numbers if sum(values[m] == values[n] for m in numbers) > 1]
    shares = [np.bincount(lengths[member == n]).max() / (member == n).sum() for n in many]
    return ", and by its place in the sentence" if shares and float(np.mean(shares)) >= 0.6 else ""


def four(lens: Lens, runs: Sequence[Run], read: Sequence[int]) -> list[str]:
    """The prompts read out: how they pair at first."""
    before = next((run for run in runs if run.kind != NEXT), None)
    words = [lens.names[NEXT][lens.kinds[NEXT][i]] for i in read]
    pairs = pairing(lens, before, read) if before is not None else []
    if before is None or not pairs:
        return [f"Follow {number_word(len(read))} of them, which go on with {listed(list(dict.fromkeys(words)))}."]
    if before.kind == ENDING:
        told = " and ".join(f"two end in “{name}”" for name in pairs)
        return [f"Follow four of them. {capitalised(told)}, and so they begin as two pairs."]
    return [f"Follow four of them: two are about {pairs[0]} and two about {pairs[1]}."]


def pairing(lens: Lens, before: Run, read: Sequence[int]) -> list[str]:
    """The two labels by which the four prompts pair in the run `before`; empty when they do not."""
    if len(read) != 4:
        return []
    labels = [int(lens.kinds[before.kind][i]) for i in read]
    ends = [int(lens.kinds[NEXT][i]) for i in read]
    two_by_two = all(sorted(np.unique(group, return_counts=True)[1]) == [2, 2] for group in (labels, ends))
    if not two_by_two or len(set(zip(labels, ends, strict=True))) != 4:
        return []
    return [lens.names[before.kind][label] for label in dict.fromkeys(labels)]


def arrival(lens: Lens, runs: Sequence[Run], number: int, goal: int) -> list[str]:
    """What has become of the dots on the way to slice `goal`, the `number`-th stretch."""
    run = next((run for run in runs if run.first <= goal <= run.last), None)
    opening = "Now block after block, each moving every dot a little." if number == 0 else "And on through the blocks."
    if run is None:
        return [opening, "They lie in no order that these labels tell."]
    if run.kind == NEXT and run.last == len(lens) - 1:
        return [opening, *_ending(lens, run)]
    if run.kind == TOPIC:
        biggest = lens.islands(goal, TOPIC)[:3]
        named = f": {listed([island.name for island in biggest])}" if len(biggest) > 1 else ""
        return [opening, f"In the middle layers they lie by topic{named}."]
    return [opening, f"Here they lie {BY[run.kind]}."]


def _ending(lens: Lens, run: Run) -> list[str]:
    share = float(lens.agreement(len(lens) - 1)[NEXT])
    since = f"From block {run.first} on they lie {BY[NEXT]}" if run.first > 0 else f"They lie {BY[NEXT]}"
    if run.first == len(lens) - 1:
        since = f"Only the last block sorts them {BY[NEXT]}"
    told = "all of them" if share == 1 else f"{percent(share)}"
    return [
        f"{since}: pairs that began together part, and others meet."
        if pairs_swap(lens, run) else f"{since}.",
        f"At the end {told} have neighbours that share it.",
    ]  # fmt: skip


def pairs_swap(lens: Lens, run: Run) -> bool:
    """Whether four prompts that lay in two pairs before lie in two other pairs at the end."""
    before = next((one for one in lens.runs() if one.kind != NEXT), None)
    return before is not None and before.first < run.first and bool(pairing(lens, before, lens.four(before)))


def ground(lens: Lens, runs: Sequence[Run]) -> list[str]:
    """The closing thought of a map."""
    lines = ["Colour the ground by the dots that are near, and this is a map too, with borders."]
    if is_encoder(lens.words):
        lines.append("Nobody gave it these names. Sentences like each other got vectors like each other.")
    elif memorises(lens):
        lines.append(f"But it has learnt these {lens.count} prompts by heart: of any others this map says nothing.")
    else:
        lines.append("This is how this model sorts these prompts; another may sort them otherwise.")
    return lines
