"""ThreeCities once more, with Manim's own moving numbers and a heat map rebuilt as an image: what the parts save."""

from __future__ import annotations

from typing import Any

from manim import DecimalNumber, Group, ImageMobject, MathTypst

from scenes.parts.readout import Readout


def with_manims_own(scene_class: Any) -> Any:
    """A subclass of ThreeCities in which `DecimalNumber`s stand where the readouts stood, and an `ImageMobject`,
    made anew for each step, where the heat map was."""

    class PlainThreeCities(scene_class):
        def build_model(self) -> None:
            super().build_model()
            shown = [m for part in (self.model.network, self.model.beliefs, self.counter) for m in part.get_family()]
            self.readouts = [m for m in shown if isinstance(m, Readout)]
            self.decimals = Group(*(self._decimal(readout) for readout in self.readouts))
            for readout in self.readouts:
                readout.set_opacity(0)
            self.follow(self.decimals, self._show_decimals)

        def _decimal(self, readout: Readout) -> DecimalNumber:
            places = len(readout.shown_text.partition(".")[2])
            number = DecimalNumber(0.0, num_decimal_places=places, mob_class=MathTypst, font_size=24)
            return number.move_to(readout.get_center())

        def _show_decimals(self, step: int) -> None:
            for readout, decimal in zip(self.readouts, self.decimals, strict=True):
                readout.set_opacity(0)
                decimal.set_value(float(readout.value))

        def build_map(self) -> None:
            super().build_map()
            self.image = Group()
            self.heat.set_opacity(0)
            self.follow(self.image, self._show_image)

        def _show_image(self, step: int) -> None:
            at = self.trace.at
            painter = self.heat.painter
            picture = ImageMobject(painter.linear(at("layers.0.weight", step).value, at("layers.0.bias", step).value))
            picture.height = self.heat.height
            self.image.submobjects = [picture.move_to(self.heat.get_center())]

        def start(self) -> None:
            super().start()
            self.add(self.image, self.decimals)

    return PlainThreeCities
