"""The whole transformer: against central differences, autograd's softmax, and PyTorch where it is installed."""

import numpy as np
import pytest

from engine.losses import SoftmaxCrossEntropy
from engine.transformer import NextWord, Transformer

X = np.array([[3, 1, 4, 1, 5], [9, 2, 6, -1, -1], [5, -1, -1, -1, -1], [3, 5, 8, 9, -1]])
Y = np.array([[1, 4, 1, 5, 9], [2, 6, 5, -1, -1], [3, -1, -1, -1, -1], [5, 8, 9, 7, -1]])
LAST = np.array([[9], [5], [3], [7]])


def small(seed=0, only_last=False):
    rng = np.random.default_rng(seed)
    net = Transformer(words=10, longest=5, width=8, heads=2, blocks=2, rng=rng)
    net.theta += rng.normal(0, 0.3, net.theta.shape)
    net.only_last = only_last
    return net


def run(net, y):
    loss = NextWord()
    value = loss.forward(net.forward(X), y)
    net.backward(loss.backward())
    return value


@pytest.mark.parametrize("only_last", [False, True])
def test_the_gradient_is_the_slope_of_the_loss(only_last):
    net, y = small(only_last=only_last), LAST if only_last else Y
    run(net, y)
    gradient = net.gradient.copy()
    slope, nudge = np.empty_like(gradient), 2e-5
    for i, old in enumerate(net.theta.copy()):
        values = []
        for factor in (-2, -1, 1, 2):
            net.theta[i] = old + factor * nudge
            values.append(NextWord().forward(net.forward(X), y))
        net.theta[i] = old
        slope[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * nudge)
    assert np.abs(gradient - slope).max() <= 1e-7 * np.abs(slope).max()


def test_scores_of_the_last_word_alone_are_those_of_all_words():
    net = small()
    every = net.forward(X)
    net.only_last = True
    np.testing.assert_allclose(net.forward(X), every[net.packing.last], rtol=0, atol=1e-13)


def test_next_word_is_softmax_cross_entropy_with_one_hot_rows():
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 3, (6, 10))
    y = np.array([[1, 2, -1], [3, -1, -1], [9, 0, 4]])
    ours, theirs = NextWord(), SoftmaxCrossEntropy()
    value = ours.forward(scores, y)
    assert value == pytest.approx(theirs.forward(scores, np.eye(10)[y[y >= 0]]), rel=1e-14)
    np.testing.assert_allclose(ours.prediction, theirs.prediction, rtol=1e-14)
    np.testing.assert_allclose(ours.backward(), theirs.backward(), atol=1e-16)
    assert ours.each.shape == (6,) and ours.each.mean() == value


def test_a_nudge_to_a_state_changes_the_loss_as_its_gradient_says():
    net = small()
    run(net, Y)
    states, slopes = net.states, net.d_states
    assert len(states) == len(slopes) == 3 and all(s.shape == (13, 8) for s in states + slopes)
    nudge = np.zeros((13, 8))
    nudge[4, 3] = 1e-5

    def loss(state):
        for block in net.blocks[1:]:
            state = block.forward(state)
        return NextWord().forward(net.unembed(state), Y)

    difference = (loss(states[1] + nudge) - loss(states[1] - nudge)) / 2e-5
    assert difference == pytest.approx(slopes[1][4, 3], rel=1e-7)


@pytest.mark.parametrize("only_last", [False, True])
def test_learning_fills_the_same_gradient(only_last):
    net = small(only_last=only_last)
    y = LAST if only_last else Y
    run(net, y)
    expected, loss = net.gradient.copy(), NextWord()
    net.gradient[...] = 0
    loss.forward(net.forward(X), y)
    net.learn(loss.backward())
    np.testing.assert_array_equal(net.gradient, expected)


def test_names_follow_the_layers_and_every_parameter_is_a_window_on_theta():
    net = small()
    names = list(net.params)
    assert names[:2] == ["layers.0.words", "layers.0.positions"]
    assert "layers.1.attention.norm.weight" in names and "layers.2.mlp.down.bias" in names
    assert names[-2:] == ["layers.4.weight", "layers.4.bias"]
    assert all(np.shares_memory(value, net.theta) for value in net.params.values())
    assert sum(value.size for value in net.params.values()) == net.theta.size


def test_all_gradients_agree_with_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch, the referee, is not installed (extra llm)")
    from bench.twin import Twin

    net = small()
    twin = Twin(net)
    loss = twin.loss(X, Y)
    loss.backward()
    value = run(net, Y)
    assert value == pytest.approx(loss.item(), rel=1e-10)
    for name, _, gradient in net.params_and_grads():
        theirs = twin.parameter(name).grad.numpy()
        assert np.abs(theirs - gradient).max() <= 1e-10 * np.abs(net.gradient).max(), name
    for ours, theirs in zip(net.states, twin.states, strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy()[X >= 0], rtol=0, atol=1e-10)
    assert torch.__version__


def test_all_gradients_agree_with_autograd():
    import autograd
    import autograd.numpy as anp
    from test_attention import autograd_block, autograd_linear, autograd_norm

    net, x, y = small(), X[:1], Y[:1]
    names = {name: name.replace("layers.", "", 1) for name in net.params}
    values = {short: net.params[name] for name, short in names.items()}

    def loss_of(p):
        state = p["0.words"][x] + p["0.positions"][: x.shape[1]]
        for number in (1, 2):
            inside = {key[1:]: value for key, value in p.items() if key.startswith(f"{number}.")}
            state = autograd_block(inside, state, heads=2)
        h = autograd_linear(p, autograd_norm(p, state, "3"), "4")[0]
        return anp.mean(anp.log(anp.sum(anp.exp(h), -1)) - h[np.arange(len(h)), y[0]])

    loss = NextWord()
    assert loss.forward(net.forward(x), y) == pytest.approx(loss_of(values), rel=1e-12)
    net.backward(loss.backward())
    expected = autograd.grad(loss_of)(values)
    for name, short in names.items():
        assert np.abs(net.grads[name] - expected[short]).max() <= 1e-12, name
