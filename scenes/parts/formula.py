"""What a derivation does with formulas: paints roles, dims what is not spoken of, moves terms, borrows from diagrams.

Formulas themselves are set in `typesetting`. A term that moves is the same object before and after, so that what a
viewer follows with the eye and what a scene holds in its hand are one thing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from manim import LEFT, AnimationGroup, FadeIn, FadeOut, Mobject, Scene, Transform, VGroup, VMobject
from manim.utils.rate_functions import smooth, squish_rate_func

from scenes import style
from scenes.parts.polyline import joined
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula


def painted(formula: Formula, roles: Mapping[str, str], role: str | None = None) -> Formula:
    """Give named parts their role's colour; opacity stays. Returns the formula.

    `role` tells `reel check` what the colours are about: "class" when they are those of classes.
    """
    for name, colour in roles.items():
        for glyph in formula.select(name):
            glyph.set_fill(colour)
            glyph.role = role
    return formula


def lit(formula: Formula, *names: str, level: float = style.DIM) -> Formula:
    """Make the named parts bright and dim everything else to `level`; without names all is bright. At once."""
    bright = {id(glyph) for name in names for glyph in formula.select(name)}
    for glyph in formula.submobjects:
        glyph.set_fill(opacity=1.0 if not names or id(glyph) in bright else level)
    return formula


def spotlight(formula: Formula, *names: str, level: float = style.DIM, run_time: float = style.BRISK) -> Transform:
    """The same as an animation."""
    return Transform(formula, lit(formula.copy(), *names, level=level), run_time=run_time)


def named(name: str, body: str) -> str:
    """Source of a part called `name`, for scenes that put formulas together."""
    return f"{{{{ {body} : {name} }}}}"


def in_place(before: Formula, after: Formula, on: str | None = None) -> Formula:
    """Put `after` on the baseline of `before`, the parts called `on` above each other (else their middles)."""
    a, b = (before, after) if on is None else (before.select(on), after.select(on))
    return after.shift([a.get_center()[0] - b.get_center()[0], before.baseline - after.baseline, 0])


def stack(formulas: Iterable[Formula], on: str | None = None, leading: float = 1.6) -> None:
    """Set formulas below the first, `leading` em from baseline to baseline (more where they are tall).

    With `on`, the parts of that name (an equals sign, say) stand above each other; else left ends do.
    """
    above: Formula | None = None
    for formula in formulas:
        if above is not None:
            if on is None:
                across = above.get_left()[0] - formula.get_left()[0]
            else:
                across = above.select(on).get_left()[0] - formula.select(on).get_left()[0]
            drop = leading * formula.em
            overlap = (formula.get_top()[1] - formula.baseline) + (above.baseline - above.get_bottom()[1])
            drop = max(drop, overlap + 0.55 * formula.em)
            formula.shift([across, above.baseline - drop - formula.baseline, 0])
        above = formula


class Rewrite(AnimationGroup):
    """One line of a derivation becomes the next.

    Parts with the same name in both (or as `moves` says: name before → name after) travel as the same objects, which
    belong to `after` from then on; what else was in `before` fades out, what else is in `after` fades in. Afterwards
    the scene holds `after` and no longer `before`. A part may move only if it has as many glyphs before as after; it
    keeps its colour and takes the opacity that it has in `after`.

    `births` says out of what a new part comes (part of `after` → a mobject or a part of `before`, which stays where
    it is or goes its own way); `deaths` into what a part goes that is no more (part of `before` → a mobject or a part
    of `after`).
    """

    def __init__(
        self,
        before: Formula,
        after: Formula,
        moves: Mapping[str, str] | None = None,
        *,
        births: Mapping[str, Mobject | str] | None = None,
        deaths: Mapping[str, Mobject | str] | None = None,
        run_time: float = style.CHANGE,
        path_arc: float = 0.0,
        **kwargs: Any,
    ) -> None:
        origins = {k: glyphs_of(before.select(v) if isinstance(v, str) else v) for k, v in (births or {}).items()}
        goals = {k: glyphs_of(after.select(v) if isinstance(v, str) else v) for k, v in (deaths or {}).items()}
        if moves is None:
            moves = {name: name for name in before.names if name in after.names and not name.startswith("_grp-")}
        self._before, self._after = before, after
        plan: list[tuple[VMobject, VMobject]] = []
        for traveller, place in _travels(before, after, moves):
            target = place.copy()
            target.set_fill(traveller.get_fill_color(), place.get_fill_opacity())
            plan.append((traveller, target))
            hand_over(traveller, before, place, after)
        moved = {id(traveller) for traveller, _ in plan}
        fresh = [glyph for glyph in after.submobjects if id(glyph) not in moved]
        self._exact = [(glyph, target.points.copy()) for glyph, target in plan]
        animations: list[Any] = [_morph(glyph, target, path_arc) for glyph, target in plan]
        for name, origin in origins.items():
            born, fresh = _split(fresh, after.select(name))
            self._exact += [(glyph, glyph.points.copy()) for glyph in born]
            animations += _come(born, origin, path_arc)
        gone = list(before.submobjects)
        for name, goal in goals.items():
            going, gone = _split(gone, before.select(name))
            animations += _go(going, goal, path_arc)
        if gone:
            animations.append(FadeOut(VGroup(*gone), rate_func=squish_rate_func(smooth, 0.0, 0.6)))
        if fresh:
            animations.append(FadeIn(VGroup(*fresh), rate_func=squish_rate_func(smooth, 0.4, 1.0)))
        super().__init__(*animations, run_time=run_time, **kwargs)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Leave `after` in the scene as one whole, every outline as it was set."""
        super().clean_up_from_scene(scene)
        for glyph, points in self._exact:
            glyph.points = points
        scene.remove(self._before)
        scene.add(self._after)


def _travels(before: Formula, after: Formula, moves: Mapping[str, str]) -> list[tuple[VMobject, VMobject]]:
    """Which glyph goes to whose place, each once (groups may nest); ValueError when that cannot be."""
    found: list[tuple[VMobject, VMobject]] = []
    for old, new in moves.items():
        for traveller, place in _pairs(before, old, after, new):
            known = [other for glyph, other in found if glyph is traveller]
            if known and known[0] is not place:
                raise ValueError(f"a glyph of {before.source!r} is to travel to two places; name its copies apart")
            if not known:
                found.append((traveller, place))
    return found


def _pairs(before: Formula, old: str, after: Formula, new: str) -> list[tuple[VMobject, VMobject]]:
    here, there = list(before.select(old)), list(after.select(new))
    if len(here) != len(there):
        raise ValueError(
            f"part {old!r} of {before.source!r} has {len(here)} glyphs, part {new!r} of {after.source!r} {len(there)}: "
            "only equal ones can travel"
        )
    return list(zip(here, there, strict=True))


def _split(glyphs: list[Any], part: VGroup) -> tuple[list[Any], list[Any]]:
    """Those of `glyphs` that belong to the part, and the others."""
    wanted = {id(glyph) for glyph in part}
    return [g for g in glyphs if id(g) in wanted], [g for g in glyphs if id(g) not in wanted]


def _come(born: list[Any], origin: VGroup, path_arc: float) -> list[Transform]:
    """New glyphs out of others: glyph by glyph when there are as many, else all growing out of the others' place."""
    targets = [glyph.copy() for glyph in born]
    if len(born) == len(origin):
        for glyph, other in zip(born, origin, strict=True):
            glyph.become(other)
    elif born:
        _shrunk_onto(VGroup(*born), origin)
    return [_morph(glyph, target, path_arc) for glyph, target in zip(born, targets, strict=True)]


def _go(going: list[Any], goal: VGroup, path_arc: float) -> list[Transform]:
    """Glyphs that end where others are, as large as those, and faded out."""
    ends = VGroup(*(glyph.copy() for glyph in going))
    if going:
        _shrunk_onto(ends, goal)
    return [Transform(glyph, end, path_arc=path_arc) for glyph, end in zip(going, ends, strict=True)]


def _morph(glyph: VMobject, target: VMobject, path_arc: float) -> Transform:
    """From outline to outline without a tangle: a script letter has other curves than the same letter in the line."""
    _match_outlines(glyph, target)
    return Transform(glyph, target, path_arc=path_arc)


def _match_outlines(a: VMobject, b: VMobject) -> None:
    """Give two glyphs of unlike curves but equally many rings rings of equally many corners, where they are now."""
    if len(a.points) == len(b.points):
        return
    rings = [mobject.get_subpaths() for mobject in (a, b)]
    if len(rings[0]) == len(rings[1]):
        for mobject, own in zip((a, b), rings, strict=True):
            mobject.points = np.concatenate([joined(_corners(ring)) for ring in own])


def _corners(ring: np.ndarray, count: int = 96) -> np.ndarray:
    """A ring of cubic curves (4 × n, 3) as `count` corners at even distances, from the one nearest its lower left."""
    t = np.linspace(0, 1, 9)[:-1, None]
    a, b, c, d = (ring[i::4][:, None, :] for i in range(4))
    dense = ((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d).reshape(-1, 3)
    low, high = dense.min(axis=0), dense.max(axis=0)
    first = int(np.argmin(((dense - low) / np.maximum(high - low, 1e-9)).sum(axis=1)))
    around = np.concatenate([dense[first:], dense[: first + 1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(around, axis=0), axis=1))])
    places = np.linspace(0, along[-1], count + 1)
    return np.stack([np.interp(places, along, around[:, i]) for i in range(3)], axis=1)


def _shrunk_onto(group: VGroup, place: VGroup) -> None:
    """Put a group where another is, about as large, and unseen."""
    sizes = [max(g.width, g.height) for g in (group, place)]
    group.scale(min(1.2, max(0.3, sizes[1] / sizes[0])) if min(sizes) > 0 else 1.0)
    group.move_to(place).set_fill(opacity=0.0)


def hand_over(glyph: VMobject, before: Formula, place: VMobject, after: Formula) -> None:
    """Take `glyph` out of `before` and put it where `place` is in `after`, in all groups too. It does not move."""
    before.remove(glyph)
    for members in before._groups.values():
        members[:] = [member for member in members if member is not glyph]
    glyph.em_box = place.em_box  # it stands in another line now, perhaps as an exponent
    after.submobjects[_index(after.submobjects, place)] = glyph
    for members in after._groups.values():
        members[:] = [glyph if member is place else member for member in members]


def _index(items: list[Any], wanted: Any) -> int:
    return next(i for i, item in enumerate(items) if item is wanted)


# -- between diagrams and formulas -------------------------------------------------------------
def glyphs_of(mobject: Mobject) -> VGroup:
    """Copies of everything that has ink in a mobject, one for each glyph; a readout is taken apart into its digits."""
    if isinstance(mobject, Readout):
        return mobject.glyphs()
    return VGroup(*(_bare(member) for member in mobject.family_members_with_points() if member.get_fill_opacity() > 0))


def _bare(member: VMobject) -> VMobject:
    copy = member.copy()
    copy.submobjects = []
    return copy


def grow_from(source: Mobject, part: Mobject, *, run_time: float = style.CHANGE, **kwargs: Any) -> Transform:
    """The glyphs of a diagram's number or label fly out, as copies, and become `part` of a formula.

    Glyph by glyph when there are equally many; else the part itself comes, fading in on its way. The scene holds
    `part` afterwards; `source` stays where it is.
    """
    glyphs = glyphs_of(source)
    if len(glyphs) != len(glyphs_of(part)):
        place, glyphs = glyphs, glyphs_of(part)
        _shrunk_onto(glyphs, place)
    return _Arrival(glyphs, part, run_time=run_time, **kwargs)


def go_back(part: Mobject, home: Mobject, *, run_time: float = style.CHANGE, **kwargs: Any) -> Transform:
    """Copies of `part` fly home into a diagram's glyphs, onto which they settle and are gone; `part` itself stays."""
    return Transform(glyphs_of(part), glyphs_of(home), run_time=run_time, remover=True, introducer=True, **kwargs)


class _Arrival(Transform):
    """Glyphs that become a part and then make way for the part itself."""

    def __init__(self, glyphs: VGroup, part: Mobject, **kwargs: Any) -> None:
        ends = glyphs_of(part)
        if len(ends) == len(glyphs):
            for glyph, end in zip(glyphs, ends, strict=True):
                _match_outlines(glyph, end)
        super().__init__(glyphs, ends, introducer=True, **kwargs)
        self._part = part

    def clean_up_from_scene(self, scene: Scene) -> None:
        super().clean_up_from_scene(scene)
        scene.remove(self.mobject)
        scene.add(self._part)


def _demo() -> list[Mobject]:
    roles = {"p": style.PARIS, "y": style.LABEL, "x": style.FORWARD, "lhs": style.GRADIENT}
    lines = [
        "{{ (partial L)/(partial m_2) : lhs }} {{ = : eq }} {{ (partial L)/(partial h_2) : dh }}"
        " thin {{ (partial h_2)/(partial m_2) : dm }}",
        "{{ (partial L)/(partial m_2) : lhs }} {{ = : eq }} ({{ hat(y)_2 : p }} - {{ y_2 : y }}) thin {{ x : x }}",
        "{{ (partial L)/(partial m_2) : lhs }} {{ = : eq }} {{ x : x }} thin ({{ hat(y)_2 : p }} - {{ y_2 : y }})",
    ]
    shown = [painted(Formula(line), {k: v for k, v in roles.items() if f": {k} }}" in line}) for line in lines]
    shown[0].move_to(LEFT * 3.5 + [0, 2.6, 0])
    stack(shown, on="eq")
    lit(shown[0], "dm", "eq")
    before, after = shown[1].copy().shift([6.5, 0, 0]), shown[2].copy().shift([6.5, 0, 0])
    halfway = Rewrite(before, after, path_arc=1.2)
    halfway.begin()
    halfway.interpolate(0.5)
    number = Readout(-2.1486, "+.4f", style.BODY_SIZE).move_to([-3.5, -2.4, 0])
    value = Formula("= {{ -2.1486 : v }}", style.TITLE_SIZE).move_to([3.0, -2.4, 0])
    flight = grow_from(number, value.select("v"))
    flight.begin()
    flight.interpolate(0.5)
    return [*shown, before, after, number, value, flight.mobject]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
