"""Chapter 3's scenes: they run on digits of any source, their numbers are recorded ones, and all wires are drawn."""

import numpy as np
import pytest
from PIL import Image
from scene_runs import readouts, run_scene

from engine import experiments
from engine.trace import Trace, TraceError
from scenes.digit_backwards import PropagateBackwards
from scenes.digit_desires import Desires
from scenes.digit_network import DigitNetwork
from scenes.digit_sensitivity import Sensitivity
from scenes.digit_wishes import AverageWishes
from scenes.digits_trained import Trained
from scenes.mini_batches import MiniBatches
from scenes.parts.pixel_picture import PixelPicture, Unrolling
from scenes.parts.provenance import array
from scenes.parts.relief import Relief
from scenes.parts.wire_raster import WirePlan, WireRaster, between

SCENES = [DigitNetwork, Sensitivity, Desires, PropagateBackwards, AverageWishes, Trained]
TRAINING = 'kind = "{kind}"\nlayers = {layers}\nsnapshots = 6\n[data]\n{data}\n'
RUN = '[{name}]\noptimizer = "sgd"\nlearning_rate = 2.0\nbatch = {batch}\nsteps = {steps}\n'


def record(folder, name, layers=(784, 16, 16, 10), data='source = "small"', steps=40, batch=24):
    text = TRAINING.format(kind="digits", layers=list(layers), data=data)
    (folder / f"{name}.toml").write_text(text + RUN.format(name="training", batch=batch, steps=steps))
    experiments.run(folder / f"{name}.toml", folder)
    return folder / name


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return record(tmp_path_factory.mktemp("digits"), "few")


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_runs_and_has_its_length(digits, scene):
    seen = run_scene(scene, {"digits": digits})
    assert 15 <= seen.seconds <= 75
    assert len(seen.sections) >= 4


def test_the_table_shows_the_gradient_of_the_next_update(digits):
    seen, trace = run_scene(AverageWishes, {"digits": digits}), Trace.load(digits)
    grads, at = trace.constant("batch.grads").value, 0
    starts = {}
    for name, shape in trace.manifest["task"]["layout"]:
        starts[name], at = (at, shape), at + int(np.prod(shape))
    assert len(seen.scene.means) == len(seen.scene.dials) == 7
    for (name, index, flat), mean in zip(seen.scene.dials, seen.scene.means, strict=True):
        start, shape = starts[name]
        assert flat == start + np.ravel_multi_index(index, shape)
        assert mean.reading.source.array == f"grads.{name}"
        assert float(mean.reading) == pytest.approx(-grads[:, flat].mean())
    signs = {np.sign(float(cells[row].reading)) for row in range(7) for cells in seen.scene.cells}
    assert signs >= {-1.0, 1.0}
    disputed = [{np.sign(float(cells[row].reading)) for cells in seen.scene.cells} for row in range(7)]
    assert any({-1.0, 1.0} <= row for row in disputed)  # "some pull up and some pull down"


def test_the_squares_add_up_to_the_cost(digits):
    seen = run_scene(DigitNetwork, {"digits": digits})
    squares = seen.scene.table[3]
    trace = Trace.load(digits)
    assert sum(float(square.reading) for square in squares) == pytest.approx(float(trace.at("example.loss", 0)))
    assert any("13,002 dials" in line for line in seen.captions)


def test_wishes_are_the_negative_of_recorded_slopes_and_add_up(digits):
    seen = run_scene(PropagateBackwards, {"digits": digits})
    for k, total in enumerate(seen.scene.totals):
        each = [float(cells[k].reading) for cells in seen.scene.cells]
        assert sum(each) == pytest.approx(float(total.reading))
        assert "negative" in total.reading.source.transform


def test_every_wire_ends_up_showing_what_the_image_wishes(digits):
    seen, trace = run_scene(PropagateBackwards, {"digits": digits}), Trace.load(digits)
    shown = [m for mob in seen.scene.mobjects for m in mob.get_family() if isinstance(m, WireRaster)]
    wishes = [array(reading) for raster in shown for reading in raster.readings]
    assert sum(wish.size for wish in wishes) == 12_960
    for wish, name in zip(reversed(wishes), ("layers.0.weight", "layers.2.weight", "layers.4.weight"), strict=True):
        own = trace.constant(f"example.grads.{name}") if "0" in name else trace.at(f"example.grads.{name}", 0)
        np.testing.assert_array_equal(wish, -own.value)


def test_the_dials_ratio_is_that_of_the_slopes_shown(digits):
    seen = run_scene(Sensitivity, {"digits": digits})
    shown = {m.reading.source.array: float(m.reading) for m in readouts(seen.scene)}
    first, second = (float(names[1].reading) for names in seen.scene.names)
    assert shown["sensitivity.ratio"] == pytest.approx(first / second)


def test_other_layers_and_own_images(tmp_path):
    for digit in (0, 1, 3, 4, 5, 6, 7, 8, 9):  # no 2, of all digits
        (tmp_path / "mine" / str(digit)).mkdir(parents=True)
        for copy in range(4):
            ink = np.full((28, 28), 255, dtype=np.uint8)
            ink[4 : 8 + 2 * digit, 6 + copy : 12 + copy] = 0
            Image.fromarray(ink).save(tmp_path / "mine" / str(digit) / f"{copy}.png")
    folder = record(tmp_path, "mine", (784, 12, 10), 'source = "pictures"\nfolder = "mine"', steps=12, batch=8)
    for scene in (DigitNetwork, Desires, AverageWishes, Trained):
        assert run_scene(scene, {"digits": folder}).seconds > 15
    trace = Trace.load(folder)
    digit = int(trace.constant("train.labels").value[int(float(trace.constant("example.row")))])
    assert trace.at("example.y", 0).value.argmax() == digit != 2
    with pytest.raises(TraceError, match="PropagateBackwards: it needs two hidden layers"):
        run_scene(PropagateBackwards, {"digits": folder})


def test_mini_batches(tmp_path):
    text = TRAINING.format(kind="batches", layers=[784, 8, 10], data='source = "small"')
    text += RUN.format(name="full", batch=0, steps=20) + RUN.format(name="mini", batch=16, steps=60)
    text += '[measured]\nfull = 0.004\nmini = 0.0001\nmachine = "here"\n'
    (tmp_path / "batches.toml").write_text(text)
    experiments.run(tmp_path / "batches.toml", tmp_path)
    seen = run_scene(MiniBatches, {"digits_batches": tmp_path / "batches"})
    assert 15 <= seen.seconds <= 75
    assert seen.sections == ["shuffle", "surface", "race", "finish"]
    full = seen.scene.full
    assert full.at(full.seconds[3]) == 3
    assert full.at(full.seconds[3] - 1e-6) == 2


# -- parts -----------------------------------------------------------------------------------------


def test_the_heaviest_wire_is_on_top_and_every_wire_leaves_its_mark():
    ends = np.array([[0.0, 0.5, 1.0, 0.5], [0.0, 0.5, 1.0, 0.5], [0.0, 0.0, 1.0, 1.0]])
    plan = WirePlan(ends, (41, 61))
    picture = plan.paint(np.array([0.5, -1.0, 0.0]))
    red, _, blue, alpha = (int(v) for v in picture[20, 5])
    assert red > blue  # the negative one is heavier
    assert alpha == 255
    assert picture[2, 30, 3] == 0  # no wire passes here
    assert plan.paint(np.array([0.0, 0.0, 1.0]))[20, 30, 3] > 200  # the diagonal's middle


def test_wires_are_in_the_order_of_the_weights():
    lefts, rights = np.array([[0.0, y] for y in (1.0, 0.0)]), np.array([[2.0, y] for y in (1.0, 0.5, 0.0)])
    ends = between(lefts, rights)
    assert ends.shape == (6, 2, 2)
    weights = np.arange(6).reshape(3, 2)
    for to in range(3):
        for source in range(2):
            assert ends[weights[to, source]].tolist() == [lefts[source].tolist(), rights[to].tolist()]


def test_a_picture_of_wires_is_kept_until_a_weight_changes():
    raster = WireRaster(between(np.array([[-1.0, 0.0]]), np.array([[1.0, 0.0]])), 2.0, 1.0)
    raster.show([np.array([[0.5]])], [1.0])
    first = raster.pixels
    raster.show([np.array([[0.5]])], [1.0])
    assert raster.pixels is first
    raster.show([np.array([[0.6]])], [1.0])
    assert raster.pixels is not first


def test_pixels_fly_from_the_picture_into_the_column():
    ink = np.zeros((4, 4))
    ink[3, 3] = 1.0
    flight = Unrolling(ink, 8.0, 4.0, (-4, 0, -2, 2), (3, 4, -2, 2))
    start = flight.pixels.array
    end = flight.show(1.0).pixels.array
    rows, columns = start.shape[:2]
    assert start[int(rows * 0.9), int(columns * 0.45)].max() == 255  # lower right of the picture
    assert end[int(rows * 0.98), int(columns * 0.93)].max() == 255  # lowest in the column
    assert end[int(rows * 0.9), int(columns * 0.45), 3] == 0
    cell = PixelPicture(ink, 4.0, 4.0).cell(3, 3)
    np.testing.assert_allclose(cell, [1.5, -1.5, 0.0])


def test_a_relief_is_darkest_in_its_valley_and_the_right_way_up():
    y, x = np.mgrid[0:1:21j, 0:1:21j]
    pixels = Relief((y - 0.25) ** 2 + (x - 0.75) ** 2, 4.0, 4.0).pixels.array[..., :3].sum(axis=2).astype(int)
    rows, columns = pixels.shape
    row, column = np.unravel_index(pixels.argmin(), pixels.shape)
    assert 0.6 < row / rows < 0.95  # y = 0.25 lies below the middle
    assert 0.6 < column / columns < 0.95
