"""What is said of a map of prompts, worked out from the trace so that it is true of any. Draws nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.datasets.prompts import split_words
from scenes.lens import ENDING, MIXED, NEXT, TOPIC, Lens, Run, is_encoder
from scenes.wording import capitalised, listed, number_word, percent

FINAL_WORD: Final = "by the sentence's final word"
WITH: Final = ("of the same colour", "on the same topic", "that end in the same word")
BY: Final = ("by the word that comes next", "by topic", "by the word they end in")


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


def ground_note(lens: Lens) -> str:
    """What the ground's colours are, as the trace's own rule says it."""
    voters = re.search(r"of the (\d+) nearest", str(lens.task["rules"]["regions"]))
    number = f"{voters[1]} " if voters else ""
    return f"The ground: a vote of the {number}nearest dots in this plane, no probability of any model."


def stop(run: Run, slices: int) -> int:
    """Where the way pauses in a run: the first at the start, the last at the end, others where clearest."""
    if run.first == 0:
        return 0
    return slices - 1 if run.last == slices - 1 else run.best


def dots(lens: Lens) -> list[str]:
    """What the dots are."""
    width = lens.words["width"]
    if is_encoder(lens.words):
        return [
            "The same prompts, in a model that others have trained: MiniLM. It guesses no words.",
            "It reads a whole sentence, the final word included, and gives like sentences like vectors.",
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
        return ["Before the first block they lie by that final word: it is one of the words that are averaged."]
    lines = [f"Before the first block they lie {by(lens, start.kind)}{parted(lens) if start.kind == ENDING else ''}."]
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
    return [f"Follow four of them: two on “{pairs[0]}” and two on “{pairs[1]}”, with two final words."]


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


def setting_out(number: int) -> str:
    """Said while the dots are on their way, the `number`-th time."""
    return "Now block after block, each moving every dot a little." if number == 0 else "And on through the blocks."


def arrival(lens: Lens, runs: Sequence[Run], goal: int) -> list[str]:
    """By what the dots lie where the way pauses, at slice `goal`."""
    run = next((run for run in runs if run.first <= goal <= run.last), None)
    if run is None:
        return ["Here they lie in no order that these labels tell."]
    if goal == len(lens) - 1:
        return _ending(lens, runs, run)
    if run.kind == TOPIC:
        biggest = lens.islands(goal, TOPIC)[:3]
        named = f": {listed([island.name for island in biggest])}" if len(biggest) > 1 else ""
        return [f"In between they lie by topic{named}.", "Whatever word a sentence ends in, its subject counts."]
    return [f"Here they lie {by(lens, run.kind)}."]


def _ending(lens: Lens, runs: Sequence[Run], run: Run) -> list[str]:
    share, told = float(lens.agreement(len(lens) - 1)[run.kind]), by(lens, run.kind)
    again = " again" if any(one.kind == run.kind and one.last < run.first for one in runs) else ""
    lines = [f"From block {run.first} on they lie {told}{again}." if run.first else f"They lie {told} all the way."]
    if run.first == len(lens) - 1:
        lines = [f"Only the last block sorts them {told}{again}."]
    if run.kind == NEXT and swapped(lens, runs):
        lines.append("The pairs have swapped: what was together has parted, and others have met.")
    who = "every dot lies" if share == 1 else f"{percent(share)} of the dots lie"
    return [*lines, f"At the end {who} among dots {WITH[run.kind]}."]


def swapped(lens: Lens, runs: Sequence[Run]) -> bool:
    """Whether four prompts that lay in two pairs before lie in two other pairs at the end."""
    before = next((one for one in runs if one.kind != NEXT), None)
    return before is not None and runs[-1].kind == NEXT and bool(pairing(lens, before, lens.four(before)))


def by(lens: Lens, kind: int) -> str:
    """How labels of a kind are told of."""
    return FINAL_WORD if kind == NEXT and is_encoder(lens.words) else BY[kind]


def kind_names(lens: Lens) -> list[str]:
    """What neighbours may agree on, for a chart. An encoder has no next word: it is given all of the sentence."""
    return ["final word", "topic", "word before it"] if is_encoder(lens.words) else ["next word", "topic", "last word"]


def ground(lens: Lens) -> list[str]:
    """The closing thought of a map."""
    lines = ["Colour the ground by the dots that are near, and this is a map too, with borders."]
    if is_encoder(lens.words):
        lines.append("Nobody gave it these labels: it was trained to give like sentences like vectors.")
    elif memorises(lens):
        lines.append(f"But it has learnt these {lens.count} prompts by heart: of any others this map says nothing.")
    else:
        lines.append("This is how this model sorts these prompts; another may sort them otherwise.")
    return lines
