"""Border: what is said of Baarle and of the runs is true; maps, folds and planes are those that were recorded."""

import shutil

import numpy as np
import pytest
from scene_runs import far_trace, run_scene

from engine import experiments
from engine.datasets.baarle import BAARLE
from engine.datasets.borders import read_polygons
from engine.trace import Trace, TraceError
from scenes.border import COLOURS, Border, between_records, described, moment, town
from scenes.parts.floor import Region
from scenes.parts.projection import Projection
from scenes.parts.sharemap import Folds, ShareMap
from scenes.wording import percent

SECTIONS = ["the border", "two planes", "one layer", "side by side", "result"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The five runs, of the same shapes but trained for a moment only."""
    folder = tmp_path_factory.mktemp("border")
    found = {}
    for name in (Border.trace_name, *Border.also):
        text = (experiments.EXPERIMENTS / f"{name}.toml").read_text()
        lines = [line for line in text.splitlines() if line.split(" ")[0] not in ("steps", "points", "snapshots")]
        lines = [f"{line}\nsteps = 12" if line == "[training]" else line for line in lines]
        lines.insert(1, "points = 600\nsnapshots = 4")
        (folder / f"{name}.toml").write_text("\n".join(lines))
        experiments.run(folder / f"{name}.toml", folder)
        found[name] = folder / name
    return found


@pytest.fixture(scope="module")
def seen(folders):
    return run_scene(Border, folders)


def test_the_scene_on_quick_runs(seen):
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    for i, net in enumerate(seen.scene.nets):
        final = net.at("accuracy", int(net.steps("accuracy")[-1]))
        assert seen.scene.shares[i].reading.source == final.source
        assert seen.scene.maps[i].reading.source.array == "grid_probs"
    said = " ".join(seen.captions)
    assert percent(float(seen.scene.nets[3].at("accuracy", 11))) in said


def test_what_is_said_of_baarle_is_true():
    countries = read_polygons(BAARLE)
    assert len(countries) == 22
    assert sum(len(polygon) - 1 for country in countries for polygon in country.polygons) == 7
    rings, polygons = town()
    assert len(rings) == 22 + 7
    assert len(polygons) == 22


def test_the_networks_are_described_and_two_have_equally_many_neurons(folders):
    nets = [Trace.load(folders[name]) for name in Border.also]
    assert [described(net) for net in nets] == ["8 neurons", "64 neurons", "4 layers of 16", "4 layers of 64"]
    hidden = [sum(net.manifest["task"]["sizes"][1:-1]) for net in nets]
    assert hidden[1] == hidden[2] == 64


def test_moments_lie_between_records(folders):
    net = Trace.load(folders["border_8"])
    steps = net.steps("accuracy")
    assert between_records(net, float(steps[1])) == (steps[1], steps[2], 0.0)
    here, after, way = between_records(net, (steps[1] + steps[2]) / 2)
    assert (here, after) == (steps[1], steps[2])
    assert way == pytest.approx(0.5)
    assert moment(net, 0.0)[0] == steps[0]
    assert moment(net, 1.0)[:2] == (steps[-1], steps[-1])


def test_a_share_map_is_north_up_and_has_the_colour_of_the_likelier_class():
    box = Projection((0, 1, 0, 1), -2, 2, -2, 2)
    shares = np.zeros((20, 20))
    shares[:10] = 1.0  # the southern half
    pixels = ShareMap(box, COLOURS).show(shares).pixels.array.astype(int)
    north, south = pixels[len(pixels) // 4, 50, :3], pixels[3 * len(pixels) // 4, 50, :3]
    assert north[0] > north[2]  # orange
    assert south[2] > south[0]  # violet
    half = ShareMap(box, COLOURS).show(shares, shares[::-1], 0.5).pixels.array
    assert np.abs(half[10].astype(int) - half[-10]).max() <= 1


def test_folds_lie_where_neurons_switch():
    box = Projection((0, 1, 0, 1), *Region(-2, 2, -2, 2))
    inputs = np.array([[0.1, 0.0], [0.6, 0.0], [0.1, 0.5]])
    weight, bias = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), np.array([-0.3, 0.4, 9.0, 1.0])
    folds = Folds(box, inputs, 4).show(weight, bias)
    for i in (0, 1):
        points = folds.lines[i].points[:, :2]
        fed = inputs[0] + points @ (inputs[1:] - inputs[0])
        np.testing.assert_allclose(fed @ weight[i] + bias[i], 0, atol=1e-9)
        assert np.abs(points).max() == pytest.approx(2.0)
    assert len(folds.lines[2].points) == len(folds.lines[3].points) == 0  # off the map, and nowhere


def test_another_kind_of_run_is_refused_in_one_line(folders, tmp_path):
    other = far_trace(tmp_path, 2)
    shutil.copytree(other, tmp_path / "border_linear")
    with pytest.raises(TraceError, match="does not fit Border"):
        run_scene(Border, {**folders, "border_linear": tmp_path / "border_linear"})
