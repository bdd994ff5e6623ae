"""The film's runs: what facts say of them holds, and what they record hangs together."""

from pathlib import Path

import numpy as np
import pytest
from chain_runs import CHAINS, record

from engine import experiments
from engine.datasets import mnist
from engine.errors import UserError
from engine.trace import Trace

SHARED_MNIST = Path("/work/shared/data/mnist")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def run(name, folder):
    return experiments.run(name, folder)


def check_wholeness(trace):
    trace.verify()
    for name in trace.names():
        spec = trace.spec(name)
        assert spec.meaning
        values = trace.constant(name).value if spec.stream == "constant" else trace.series(name)
        assert np.isfinite(values).all(), name


# -- cities ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "right_from", "steps"), [("cities4", 34, 500), ("cities4_adam", 34, 500)])
def test_four_cities(folder, name, right_from, steps):
    trace = run(name, folder)
    check_wholeness(trace)
    wrong = np.flatnonzero(trace.series("accuracy") < 1)
    assert wrong[-1] + 1 == right_from
    assert len(trace.steps()) == steps
    assert trace.at("layers.0.weight", 0).value.shape == (4, 2)
    assert trace.manifest["task"]["classes"] == ["Madrid", "Paris", "Berlin", "Barcelona"]
    np.testing.assert_allclose(trace.at("x", 0).value, trace.constant("inputs").value[13])


def test_the_worked_step_is_sampled_for_the_first_scenes(folder):
    trace = run("cities3", folder)
    check_wholeness(trace)
    probs = trace.constant("softmax.probs").value
    np.testing.assert_allclose(probs[0], [0.2119, 0.5761, 0.2119], atol=5e-5)
    assert probs[-1, 1] == pytest.approx(0.99975, abs=5e-6)
    assert float(trace.constant("slope.nudges")[0]) == pytest.approx(0.1)
    assert float(trace.constant("slope.nudged_loss")[0]) == pytest.approx(2.2381, abs=5e-5)
    assert float(trace.constant("slope.secants")[0]) == pytest.approx(-2.1254, abs=5e-5)
    assert float(trace.constant("slope.gradient")) == pytest.approx(-2.1486, abs=5e-5)
    assert float(trace.constant("slope.gradient")) == trace.at("grads.layers.0.weight", 0).value[1, 0]
    assert trace.constant("counts.parameters").value.tolist() == [6, 13_002, 1_235_814_400]
    middle = np.abs(trace.constant("slope.values").value).argmin()
    assert trace.constant("slope.loss").value[middle] == pytest.approx(float(trace.at("loss", 0)), abs=1e-9)


# -- the chain rule --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chain", "chain_wide"])
def test_chains(folder, name):
    trace = run(name, folder)
    check_wholeness(trace)
    check_chain(trace)
    assert trace.series("loss")[-1] < 0.1 * trace.series("loss")[0]


def check_chain(trace):
    graph, example = trace.manifest["task"]["graph"], trace.manifest["task"]["example"]
    names, values = graph["names"], trace.constant("graph.values").value
    grads = trace.constant("graph.grads").value
    assert values[-1] == pytest.approx(float(trace.at("example.loss", 0)))
    # The graph, the layers, and what is recorded at step 0 agree on every derivative.
    leaves = trace.constant("nudge.leaves").value
    ours = trace.constant("per_example.grads").value[example]
    wanted = np.concatenate([trace.at(f"example.grads.{n}", 0).value.ravel() for n in _parameters(trace)])
    np.testing.assert_allclose(ours, wanted, rtol=1e-12)
    assert sorted(grads[leaves]) == pytest.approx(sorted(ours))
    # Finite nudges lie beside the derivatives.
    slopes = trace.constant("nudge.slopes").value[:, -1]
    np.testing.assert_allclose(slopes, grads[leaves], atol=0.05)
    np.testing.assert_allclose(trace.constant("nudge.errors").value, slopes - grads[leaves], atol=1e-12)
    np.testing.assert_array_equal(trace.constant("sweep.values").value[0], values)
    assert names[-1] == "C"
    check_curves(trace, values)
    # The mean of the examples' gradients is the gradient.
    mean = np.concatenate([trace.at(f"grads.{n}", 0).value.ravel() for n in _parameters(trace)])
    np.testing.assert_allclose(trace.constant("per_example.grads").value.mean(0), mean, rtol=1e-10, atol=1e-15)


def check_curves(trace, values):
    """Each arrow on the way as a curve: it passes through what both are now, with the arrow's derivative as slope."""
    parents, edges = trace.constant("graph.parents").value, trace.constant("graph.edges").value
    arrows = trace.constant("curve.arrows").value
    assert arrows[0, 1] == int(float(trace.constant("sweep.leaf"))) and arrows[-1, 0] == len(values) - 1
    np.testing.assert_array_equal(arrows[1:, 1], arrows[:-1, 0])
    for (child, parent), xs, ys in zip(
        arrows, trace.constant("curve.parents").value, trace.constant("curve.children").value, strict=True
    ):
        x, step = values[parent], xs[1] - xs[0]
        assert xs[0] <= x <= xs[-1]
        assert np.interp(x, xs, ys) == pytest.approx(values[child], abs=0.02)
        near = np.argsort(np.abs(xs - x))[:4]
        slope = np.polyfit(xs[near] - x, ys[near], 2)[1]
        assert slope == pytest.approx(edges[child, list(parents[child]).index(parent)], abs=0.05 + step)


def _parameters(trace):
    layers = sorted({n.rsplit(".", 1)[0] for n in trace.names() if n.startswith("layers.")})
    return [f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]


def test_the_given_example_of_the_chain(folder):
    trace = run("chain", folder)
    a, y = float(trace.at("example.a3", 0)[0]), float(trace.at("example.y", 0)[0])
    assert (float(trace.at("example.a0", 0)[0]), y) == (0.5, 1)
    assert float(trace.at("example.grad_a3", 0)[0]) == 2 * (a - y)
    product = float(trace.at("example.a2", 0)[0]) * float(trace.at("example.slope3", 0)[0]) * 2 * (a - y)
    assert float(trace.at("example.grads.layers.4.weight", 0)[0][0]) == pytest.approx(product)


@pytest.mark.parametrize("name", CHAINS)
def test_other_chains(tmp_path, name):
    trace = record(name, tmp_path)
    check_wholeness(trace)
    check_chain(trace)


def test_the_nudge_shrinks_until_its_ratios_are_the_derivatives(folder):
    trace = run("chain", folder)
    delta, errors = trace.constant("shrink.delta").value, trace.constant("shrink.errors").value
    assert delta[0] == trace.constant("sweep.delta").value[-1]
    np.testing.assert_array_equal(trace.constant("shrink.values").value[0], trace.constant("sweep.values").value[-1])
    assert (np.diff(delta) < 0).all()
    np.testing.assert_allclose(errors[-40:] / delta[-40:], errors[-1] / delta[-1], rtol=1e-2)  # of first order
    assert abs(errors[-1]) < 1e-6 < 1e-3 < abs(errors[0])
    edges, ratios = trace.constant("graph.edges").value, trace.constant("shrink.ratios").value[-1]
    known = ratios != 0
    assert known.sum() == 3
    np.testing.assert_allclose(ratios[known], edges[known], atol=1e-5)


def test_blocks(folder):
    trace = run("blocks", folder)
    check_wholeness(trace)
    names = trace.manifest["task"]["graph"]["names"]
    assert trace.constant("graph.grads").value[names.index("x")] == 8
    np.testing.assert_allclose(trace.constant("nudge.slopes").value[0, -1], 8)


# -- learning rates --------------------------------------------------------------------------------


def test_neuron_rates(folder):
    trace = run("neuron_rates", folder)
    check_wholeness(trace)
    cost = {name: trace.series(f"{name}.cost") for name in ("small", "right", "large", "stuck", "lucky")}
    assert cost["right"][20] < cost["small"][20]
    assert len(cost["large"]) < len(cost["right"])  # it ran away, as expected, and its steps are kept
    assert trace.manifest["diverged"]["large"] == len(cost["large"])
    assert (np.diff(cost["large"]) > 0).all()
    assert cost["lucky"][-1] < 1e-6 < 0.5 < cost["stuck"][-1]
    # Paths lie on the landscapes they are drawn on.
    for name in ("small", "right"):
        on_curve = np.interp(trace.series(f"{name}.m"), *(trace.constant(f"slice.{k}").value for k in ("m", "loss")))
        np.testing.assert_allclose(on_curve, cost[name], atol=2e-3)
    across, up = trace.constant("valley.across").value, trace.constant("valley.up").value
    surface, path = trace.constant("valley.surface").value, trace.series("valley.path")
    i, j = np.abs(up - path[0, 1]).argmin(), np.abs(across - path[0, 0]).argmin()
    assert surface[i, j] == pytest.approx(trace.series("valley.loss")[0])
    assert trace.series("valley.loss")[-1] < 0.1


# -- the border ------------------------------------------------------------------------------------

BORDERS = {"border_linear": 79.1, "border_8": 87, "border_64": 92, "border_16x4": 96.7, "border_64x4": 98.5}
SLOW = ("border_16x4", "border_64x4")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in BORDERS])
def test_border(folder, name):
    trace = run(name, folder)
    assert trace.series("accuracy")[-1] * 100 == pytest.approx(BORDERS[name], abs=2)
    step = int(trace.steps("accuracy")[-1])
    seen = trace.at("grid_probs", step).value > 0.5
    truth = trace.constant("grid_truth").value
    assert (seen == truth).mean() == pytest.approx(float(trace.at("accuracy", step)), abs=1e-3)
    assert float(trace.constant("share_belgium")) == pytest.approx(truth.mean())
    # The parameters alone give the picture back: what scenes do with them.
    task, x = trace.manifest["task"], np.array([[4.93, 51.44], [4.94, 51.45], [4.95, 51.43]])
    value = (x - task["offset"]) / task["scale"]
    for i, layer in enumerate(sorted({n[: -len(".bias")] for n in trace.names() if n.endswith(".bias")})):
        value = np.maximum(value, 0) if i else value
        value = value @ trace.at(f"{layer}.weight", step).value.T + trace.at(f"{layer}.bias", step).value
    probability = 1 / (1 + np.exp(value[:, 0] - value[:, 1]))
    lon0, lon1, lat0, lat1 = task["frame"]
    cells = ((x - [lon0, lat0]) / [lon1 - lon0, lat1 - lat0] * 200).astype(int)
    near = trace.at("grid_probs", step).value[cells[:, 1], cells[:, 0]]
    assert np.abs(probability - near).max() < 0.35


# -- digits ----------------------------------------------------------------------------------------


@pytest.fixture
def no_mnist(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "FOLDER", tmp_path / "no_mnist")


def test_digits(folder, no_mnist):
    trace = run("digits", folder)
    check_wholeness(trace)
    assert float(trace.constant("test.accuracy")) >= 0.96
    assert sum(int(np.prod(s)) for _, s in trace.manifest["task"]["layout"]) == 13_002
    wrong = trace.constant("test.output").value.argmax(1) != trace.constant("test.labels").value
    assert np.flatnonzero(wrong).tolist() == trace.constant("test.wrong").value.tolist()
    labels, row = trace.constant("train.labels").value, int(float(trace.constant("example.row")))
    images = trace.constant("train.images").value.reshape(len(labels), -1) / 255.0
    away = np.square(images - images[labels == 2].mean(0)).sum(1)
    assert labels[row] == 2 and away[row] == away[labels == 2].min()
    np.testing.assert_array_equal(trace.constant("example.a0").value, images[row])
    outer = np.outer(trace.at("example.grad_z1", 0).value, images[row])
    np.testing.assert_allclose(trace.constant("example.grads.layers.0.weight").value, outer, atol=1e-15)
    mean = np.concatenate([trace.constant(f"mean_grads.{n}").value.ravel() for n in _parameters(trace)])
    assert mean.size == trace.constant("per_example.grads").value.shape[1]
    np.testing.assert_allclose(trace.at("example.paths2", 0).value.sum(0), trace.at("example.grad_a2", 0).value)
    update = np.concatenate([trace.at(f"grads.{n}", 0).value.ravel() for n in _parameters(trace)])
    np.testing.assert_allclose(trace.constant("batch.grads").value.mean(0), update, rtol=1e-9, atol=1e-15)


def test_two_dials_about_32_apart(folder, no_mnist):
    trace = run("digits", folder)
    assert abs(float(trace.constant("sensitivity.ratio")) - 32) < 1
    cost, nudge = trace.constant("sensitivity.cost").value, trace.constant("sensitivity.nudge").value
    middle = len(nudge) // 2
    slopes = (cost[:, middle + 1] - cost[:, middle - 1]) / (nudge[middle + 1] - nudge[middle - 1])
    np.testing.assert_allclose(slopes, trace.constant("sensitivity.gradient").value, rtol=0.02)
    assert cost[0, middle] == pytest.approx(float(trace.constant("mean_cost")))


@pytest.mark.slow
def test_digits_batches(folder, no_mnist):
    trace = run("digits_batches", folder)
    check_wholeness(trace)
    assert trace.constant("plane.share").value.sum() > 0.9
    cost = {name: trace.constant(f"{name}.cost").value for name in ("full", "mini")}
    assert cost["full"][-1] < 0.1 and cost["mini"][-1] < 0.2
    seconds = {name: trace.constant(f"{name}.seconds").value[-1] for name in ("full", "mini")}
    assert seconds["mini"] < seconds["full"] / 10
    assert (np.diff(cost["full"])[10:] > 0).mean() < (np.diff(cost["mini"])[10:] > 0).mean()  # it staggers
    np.testing.assert_array_equal(trace.constant("full.path").value[-1], [0, 0])
    np.testing.assert_allclose(trace.constant("full.path").value[0], trace.constant("mini.path").value[0])


@pytest.mark.slow
@pytest.mark.skipif(not SHARED_MNIST.is_dir(), reason="MNIST's files are not on this machine")
def test_mnist(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "FOLDER", SHARED_MNIST)
    trace = experiments.run("digits", tmp_path)
    assert float(trace.constant("test.accuracy")) >= 0.93
    assert trace.manifest["task"]["source"].startswith("MNIST")
    assert trace.manifest["task"]["train"] == 60_000


def test_own_images(tmp_path):
    from test_datasets_digits import write_idx

    (tmp_path / "mine").mkdir()
    write_idx(tmp_path / "mine", side=20)
    toml = tmp_path / "my_digits.toml"
    text = experiments.experiment_path("digits").read_text().split("[training_mnist]")[0]
    toml.write_text(text.replace('source = "auto"', 'source = "idx"\nfolder = "mine"').replace("2700", "40"))
    trace = experiments.run(toml, tmp_path / "traces")
    assert trace.manifest["task"]["train"] == 60
    assert len(experiments.sources(toml)) > 20
    (tmp_path / "mine" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(UserError, match=r"my_digits\.toml: data\.source: "):
        experiments.run(toml, tmp_path / "traces")
    toml.write_text(text.replace('source = "auto"', 'source = "idx"\nfolder = "../mine"'))
    with pytest.raises(UserError, match=r"data\.folder: "):
        experiments.run(toml, tmp_path / "traces")


# -- own places ------------------------------------------------------------------------------------

PACIFIC = """
[[place]]
name = "Suva"
points = [[-18.14, 178.44]]
colour = "#ff8a3d"
[[place]]
name = "Apia"
points = [[-13.83, -171.77]]
[[place]]
name = "Auckland"
points = [[-36.85, 174.76], [-36.90, 174.80]]
"""
NORTH_AND_SOUTH = """
seed = 3
[[place]]
name = "Oslo"
points = [[59.9, 10.7]]
[[place]]
name = "Cape Town"
points = [[-33.9, 18.4]]
"""
EIGHT = "".join(
    f'[[place]]\nname = "{name}"\npoints = [[{lat}, {lon}]]\n'
    for name, lat, lon in [
        ("Tokyo", 35.7, 139.7), ("Lima", -12, -77), ("Cairo", 30, 31.2), ("Sydney", -33.9, 151.2),
        ("Oslo", 59.9, 10.7), ("New York", 40.7, -74), ("Delhi", 28.6, 77.2), ("Lagos", 6.5, 3.4),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (PACIFIC, 2),
        ('features = ["lon"]\n' + PACIFIC, 1),
        (NORTH_AND_SOUTH, 2),
        ('features = ["lat"]\n' + NORTH_AND_SOUTH, 1),
        (EIGHT, 2),
    ],
)
def test_own_places_train_wherever_they_lie(tmp_path, text, inputs):
    path = tmp_path / "cities.toml"
    path.write_text(text)
    trace = experiments.run(path, tmp_path)
    check_wholeness(trace)
    assert trace.series("accuracy")[-1] == 1
    assert trace.at("x", 0).value.shape == (inputs,)
    points, (lon0, lon1, lat0, lat1) = trace.constant("points").value, trace.manifest["task"]["frame"]
    assert (points >= [lon0, lat0]).all() and (points <= [lon1, lat1]).all()
    assert np.abs(trace.constant("inputs").value).max() == pytest.approx(2)


def test_the_date_line_does_not_tear_places_apart(tmp_path):
    path = tmp_path / "pacific.toml"
    path.write_text(PACIFIC)
    trace = experiments.run(path, tmp_path)
    assert np.ptp(trace.constant("points").value[:, 0]) < 20
    assert trace.manifest["task"]["colours"] == ["#ff8a3d", None, None]
    lon0, lon1 = trace.manifest["task"]["frame"][:2]
    assert lon1 - lon0 < 40


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[[-18.14, 178.44]]", "[[-18.14, 181.0]]", "points"),
        ("[[-18.14, 178.44]]", "[[-98.14, 178.0]]", "points"),
        ("[[-18.14, 178.44]]", "[]", "points"),
        ("[[-18.14, 178.44]]", "[[nan, 1.0]]", "points"),
        ("[[-18.14, 178.44]]", "[[-13.83, -171.77]]", "share the point"),
        ('name = "Suva"', 'name = "Apia"', "name of its own"),
        ('name = "Suva"', 'name = "Suva\\nX"', "name"),
        ('name = "Suva"', "", "name"),
        ('"#ff8a3d"', '"red"', "colour"),
        ('colour = "#ff8a3d"', "size = 3", "unknown key"),
        ("[[place]]", "zoom = 3\n[[place]]", "unknown key"),
        ("[[place]]", 'features = ["height"]\n[[place]]', "features"),
        ("[[place]]", "steps = 10000000\n[[place]]", "steps"),
        ("[[place]]", "frame = [1.0, 0.0, 1.0, 2.0]\n[[place]]", "frame"),
    ],
)
def test_bad_places_are_one_line(tmp_path, old, new, key):
    path = tmp_path / "cities.toml"
    path.write_text(PACIFIC.replace(old, new, 1))
    with pytest.raises(UserError, match=key) as caught:
        experiments.run(path, tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_too_many_places(tmp_path):
    path = tmp_path / "cities.toml"
    path.write_text(EIGHT + '[[place]]\nname = "Rome"\npoints = [[41.9, 12.5]]\n')
    with pytest.raises(UserError, match="9 places"):
        experiments.run(path, tmp_path)


# -- all of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chain", "neuron_rates", "border_linear", "digits"])
def test_again_gives_the_same_bytes(folder, tmp_path, no_mnist, name):
    places = run(name, folder).folder, experiments.run(name, tmp_path).folder
    one, two = ({path.name: path.read_bytes() for path in place.iterdir()} for place in places)
    assert one == two


def test_a_broken_digits_run_goes_on(folder, tmp_path, no_mnist, monkeypatch):
    from engine.recorder import train as real

    started = []

    def breaking(*arguments):
        started.append(arguments[7])
        for step in real(*arguments):
            if len(started) == 1 and step.number == 1500:
                raise KeyboardInterrupt
            yield step

    monkeypatch.setattr("engine.recorder.train", breaking)
    with pytest.raises(KeyboardInterrupt):
        experiments.run("digits", tmp_path)
    trace = experiments.run("digits", tmp_path)
    assert started[0] == 0 < started[1]
    assert trace.digest == Trace.load(folder / "digits").digest
