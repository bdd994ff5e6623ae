"""The transformer's layers against central differences and against HIPS autograd, over random shapes."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.attention import MLP, Block, CausalSelfAttention, Embedding, LayerNorm, Packing, Residual

SIZES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.sampled_from([1, 2, 3]), st.integers(2, 3))
SEEDS = st.integers(0, 2**32 - 1)
QUICK = settings(max_examples=15, deadline=None)


def arrays_of(layer):
    """(name, parameter, gradient) of everything learned inside ``layer``."""
    return [(name, owner.params[key], owner.grads[key]) for name, owner, key in layer.walk("")]


def randomise(layer, rng):
    for _, value, _ in arrays_of(layer):
        value[...] = rng.normal(0, 0.7, value.shape)
    return layer


def central(function, array, nudge=2e-5):
    """∂function/∂array, one number at a time, by central differences of fourth order."""
    slope = np.empty_like(array)
    for place in np.ndindex(array.shape):
        old = array[place]
        values = []
        for factor in (-2, -1, 1, 2):
            array[place] = old + factor * nudge
            values.append(function())
        array[place] = old
        slope[place] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * nudge)
    return slope


def off(found, expected, scale):
    return np.abs(found - expected).max(initial=0.0) / scale


def check_layer(layer, x, rng):
    """Every gradient of Σ c·y against central differences: to 1e-7 of the largest."""
    c = rng.normal(size=layer.forward(x).shape)
    slopes = [("x", layer.backward(c), central(lambda: float((c * layer.forward(x)).sum()), x))]
    layer.forward(x)
    layer.backward(c)
    for name, value, gradient in arrays_of(layer):
        slopes.append((name, gradient.copy(), central(lambda: float((c * layer.forward(x)).sum()), value)))
    scale = max(np.abs(expected).max() for _, _, expected in slopes)
    for name, found, expected in slopes:
        assert off(found, expected, scale) <= 1e-7, name


def build(kind, width, heads, rng):
    layers = {
        "norm": lambda: LayerNorm(width),
        "attention": lambda: CausalSelfAttention(width, heads, rng),
        "mlp": lambda: MLP(width, 2 * width, rng),
        "residual": lambda: Residual(LayerNorm(width), MLP(width, 3, rng)),
        "block": lambda: Block(width, heads, rng),
    }
    return randomise(layers[kind](), rng)


KINDS = ("norm", "attention", "mlp", "residual", "block")


@pytest.mark.parametrize("kind", KINDS)
@given(sizes=SIZES, seed=SEEDS)
@QUICK
def test_backward_is_the_slope_of_forward(kind, sizes, seed):
    batch, length, heads, size = sizes
    rng = np.random.default_rng(seed)
    layer = build(kind, heads * size, heads, rng)
    check_layer(layer, rng.normal(size=(batch, length, heads * size)), rng)


@given(seed=SEEDS, lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4))
@QUICK
def test_packed_sentences_give_what_each_gives_alone(seed, lengths):
    rng = np.random.default_rng(seed)
    layer = build("block", 6, 2, rng)
    packing = Packing.of(np.array(lengths))
    x, c = rng.normal(size=(2, sum(lengths), 6))
    alone, slope, gradients = [], [], {}
    for end in packing.last:
        rows = slice(end - lengths[len(alone)] + 1, end + 1)
        alone.append(layer.forward(x[None, rows])[0])
        slope.append(layer.backward(c[None, rows])[0])
        for name, _, gradient in arrays_of(layer):
            gradients[name] = gradients.get(name, 0) + gradient
    layer.attention.packing = packing
    np.testing.assert_allclose(layer.forward(x), np.concatenate(alone), rtol=0, atol=1e-13)
    np.testing.assert_allclose(layer.backward(c), np.concatenate(slope), rtol=0, atol=1e-12)
    for name, _, gradient in arrays_of(layer):
        np.testing.assert_allclose(gradient, gradients[name], rtol=0, atol=1e-12)


def test_packing_says_where_every_word_stands():
    packing = Packing.of(np.array([2, 1, 3]))
    assert packing.rows.tolist() == [0, 0, 1, 2, 2, 2]
    assert packing.places.tolist() == [0, 1, 0, 0, 1, 2]
    assert packing.last.tolist() == [1, 2, 5] and packing.longest == 3
    packed = np.arange(12.0).reshape(6, 2)
    padded = packing.pad(packed)
    assert padded.shape == (3, 3, 2) and padded[1, 1:].sum() == 0
    np.testing.assert_array_equal(packing.pack(padded), packed)


@given(seed=SEEDS)
@QUICK
def test_no_word_looks_ahead(seed):
    rng = np.random.default_rng(seed)
    layer = build("block", 6, 2, rng)
    x = rng.normal(size=(2, 4, 6))
    before = layer.forward(x)
    changed = x.copy()
    changed[:, 2:] += rng.normal(size=(2, 2, 6))
    after = layer.forward(changed)
    np.testing.assert_array_equal(before[:, :2], after[:, :2])
    assert (before[:, 2] != after[:, 2]).any()
    pattern = layer.attention.pattern
    assert (np.triu(np.ones((4, 4)), 1) * pattern == 0).all()
    np.testing.assert_allclose(pattern.sum(-1), 1, rtol=1e-14)


def test_embedding_adds_a_words_vector_to_its_places():
    rng = np.random.default_rng(3)
    layer = Embedding(rng.normal(size=(5, 3)), rng.normal(size=(4, 3)))
    x = np.array([[1, 1, 4], [0, 1, 2]])
    c = rng.normal(size=(2, 3, 3))
    check = float((c * layer.forward(x)).sum())
    assert check == pytest.approx((c * (layer.params["words"][x] + layer.params["positions"][:3])).sum(), rel=1e-14)
    layer.backward(c)
    for key, value in layer.params.items():
        slope = central(lambda: float((c * layer.forward(x)).sum()), value)
        assert off(layer.grads[key], slope, np.abs(slope).max()) <= 1e-7
    assert (layer.grads["words"][3] == 0).all() and (layer.grads["positions"][3] == 0).all()


def autograd_norm(p, x, prefix):
    centred = x - anp.mean(x, -1, keepdims=True)
    n = centred / anp.sqrt(anp.mean(centred**2, -1, keepdims=True) + 1e-5)
    return n * p[prefix + ".weight"] + p[prefix + ".bias"]


def autograd_linear(p, x, prefix):
    return anp.dot(x, p[prefix + ".weight"].T) + p[prefix + ".bias"]


def autograd_attention(p, x, prefix, heads):
    batch, length, width = x.shape

    def split(name):
        y = autograd_linear(p, x, f"{prefix}.{name}")
        return anp.transpose(anp.reshape(y, (batch, length, heads, width // heads)), (0, 2, 1, 3))

    q, k, v = split("query"), split("key"), split("value")
    s = anp.matmul(q, anp.transpose(k, (0, 1, 3, 2))) / anp.sqrt(width // heads)
    s = s + np.triu(np.full((length, length), -1e30), 1)
    e = anp.exp(s - anp.max(s, -1, keepdims=True))
    z = anp.matmul(e / anp.sum(e, -1, keepdims=True), v)
    return autograd_linear(p, anp.reshape(anp.transpose(z, (0, 2, 1, 3)), (batch, length, width)), f"{prefix}.out")


def autograd_block(p, x, heads):
    x = x + autograd_attention(p, autograd_norm(p, x, ".attention.norm"), ".attention", heads)
    hidden = autograd_linear(p, autograd_norm(p, x, ".mlp.norm"), ".mlp.up")
    return x + autograd_linear(p, hidden / (1 + anp.exp(-hidden)), ".mlp.down")


@given(sizes=SIZES, seed=SEEDS)
@QUICK
def test_a_whole_block_agrees_with_autograd(sizes, seed):
    batch, length, heads, size = sizes
    rng = np.random.default_rng(seed)
    layer = build("block", heads * size, heads, rng)
    x, c = rng.normal(size=(2, batch, length, heads * size))
    values = {name: value for name, value, _ in arrays_of(layer)}

    def scalar(values, x):
        return anp.sum(c * autograd_block(values, x, heads))

    np.testing.assert_allclose(float((c * layer.forward(x)).sum()), scalar(values, x), rtol=1e-12, atol=1e-12)
    by_values, by_x = autograd.grad(scalar, 0)(values, x), autograd.grad(scalar, 1)(values, x)
    dx = layer.backward(c)
    scale = max(np.abs(slope).max() for slope in [*by_values.values(), by_x])
    assert off(dx, by_x, scale) <= 1e-12
    for name, _, gradient in arrays_of(layer):
        assert off(gradient, by_values[name], scale) <= 1e-12, name
