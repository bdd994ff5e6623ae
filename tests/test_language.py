"""The language experiments: what is recorded is what the model did, the same bytes every time, and it memorises."""

import math
from dataclasses import replace

import numpy as np
import pytest

from engine import experiments
from engine.datasets.prompts import load_prompts
from engine.errors import UserError
from engine.language import MEANINGS, matrices, shown_row
from engine.losses import softmax
from engine.runs.language import build
from engine.trace import Trace

NEXT = ("Lima", "Quito", "La Paz")
OWN = "text,next,topic\n" + "".join(
    f"Prompt {i} of {'a river' if i % 2 else 'the old sea'} ends in,{NEXT[i % 3]},{'water' if i % 2 else 'salt'}\n"
    for i in range(24)
)
SMALL = """
kind = "language"
seed = 1
[task]
file = "own.csv"
shown = ["Prompt 3 of a river ends in", "Prompt 4 of the old sea ends in"]
[model]
blocks = 2
heads = 2
width = 32
predict = "{predict}"
[training]
optimizer = "adamw"
learning_rate = 0.01
steps = 60
batch = {batch}
snapshot_every = 10
"""


def written(folder, predict="every word", batch=0, name="small"):
    (folder / "own.csv").write_text(OWN)
    path = folder / f"{name}.toml"
    path.write_text(SMALL.format(predict=predict, batch=batch))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Trace:
    folder = tmp_path_factory.mktemp("language")
    return experiments.run(written(folder), folder / "traces")


def test_every_array_has_its_shape_and_its_meaning(small):
    shown, layers, heads, longest, width, classes = 2, 2, 2, 8, 32, 3
    count = len(small.manifest["task"]["matrices"])
    assert count == 2 * 6 + 1
    shapes = {
        "tokens": (24, longest), "labels": (24,), "topics": (24,), "answers": (24,), "shown": (shown,),
        "loss": (), "accuracy": (), "grad_norms": (count,), "state": (24, width), "class_probs": (24, classes),
        "prompt_loss": (24,), "states": (24, layers + 1, width), "lens": (24, layers + 1, classes),
        "shown.attention": (shown, layers, heads, longest, longest), "shown.states": (shown, layers + 1, width),
        "shown.attention_grads": (shown, layers, heads, longest, longest), "shown.decides": (shown, longest),
        "shown.blame": (shown, layers + 1, longest), "shown.guess_ids": (shown, layers + 1, 8),
        "shown.similarity": (shown, layers + 1, classes), "shown.flow": (shown, count, 16, 16),
        "shown.grads": (shown, count, 16, 16), "pooled.grads": (count, 16, 16), "shown.watch": (shown, 3),
    }  # fmt: skip
    assert {name: small.spec(name).shape for name in shapes} == shapes
    assert set(small.names()) <= set(MEANINGS)
    assert small.steps("loss").tolist() == list(range(60))
    assert small.steps("shown.loss").tolist() == small.steps("states").tolist() == [0, 10, 20, 30, 40, 50, 59]


def test_the_streams_agree_with_each_other(small):
    shown = small.constant("shown").value
    answers, class_tokens = small.constant("answers").value, small.constant("class_tokens").value
    for step in (0, 20, 59):
        probs = small.at("class_probs", step).value
        loss = small.at("prompt_loss", step).value
        labels = small.constant("labels").value
        np.testing.assert_allclose(-np.log(probs[np.arange(24), labels]), loss, rtol=1e-5)
        np.testing.assert_allclose(small.at("lens", step).value[:, -1], probs, rtol=1e-5)
        np.testing.assert_allclose(small.at("shown.loss", step).value, loss[shown], rtol=1e-12)
        np.testing.assert_allclose(small.at("shown.class_probs", step).value[:, -1], probs[shown], rtol=1e-5)
        np.testing.assert_array_equal(small.at("states", step).value[:, -1], small.at("state", step).value)
        np.testing.assert_array_equal(small.at("shown.states", step).value, small.at("states", step).value[shown])
        pattern = small.at("shown.attention", step).value
        np.testing.assert_allclose(pattern.sum(-1)[:, :, :, 0], 1, rtol=1e-6)
        assert (np.triu(np.ones(pattern.shape[-2:]), 1) * pattern == 0).all()
    right = small.at("shown.guess_ids", 59).value[:, -1, 0] == answers[shown]
    assert right.all() and (class_tokens[small.constant("labels").value] == answers).all()


def test_words_can_be_read_back(small):
    task = small.manifest["task"]
    tokens, lengths = small.constant("tokens").value, small.constant("lengths").value
    for i in (0, 11, 23):
        assert [task["words"][str(t)] for t in tokens[i, : lengths[i]]] == task["tokens"][i]
        assert " ".join(task["tokens"][i]) == task["texts"][i]
        assert task["words"][str(small.constant("answers").value[i])] == NEXT[i % 3]
    assert task["shown"] == ["Prompt 3 of a river ends in", "Prompt 4 of the old sea ends in"]


def test_it_learns_its_prompts_and_says_that_it_memorises(small):
    assert small.at("accuracy", 59).value == 1.0
    assert any("memorises its 24 prompts" in note for note in small.manifest["notes"])
    assert small.series("loss")[0] > 2 and small.series("prompt_loss")[-1].max() < 0.5


def test_the_same_experiment_gives_the_same_bytes(small, tmp_path):
    again = experiments.run(written(tmp_path), tmp_path / "traces")
    assert again.manifest["streams"] == small.manifest["streams"]


@pytest.mark.parametrize("kind", ["language", "prompts"])
def test_an_interrupted_run_ends_with_the_same_bytes(kind, tmp_path, monkeypatch):
    """Interrupted after some whole chunks; "prompts" also has to know what went into its maps before."""
    module, door = experiments.KINDS[kind]

    def prepare(table):
        recipe = door(table)
        if kind == "prompts":
            monkeypatch.setattr("engine.mapping.flatten", lambda slices, spec: np.stack([s[:, :2] for s in slices]))
        return replace(recipe, chunk_bytes=200_000 if kind == "language" else 1_000_000)

    monkeypatch.setitem(experiments.KINDS, kind, (module, prepare))
    path = written(tmp_path) if kind == "language" else tmp_path / "own.csv"
    (tmp_path / "own.csv").write_text(OWN)

    def stop(done, total):
        if done >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiments.run(path, tmp_path / "cut", stop)
    assert list((tmp_path / "cut").glob(".*.part/journal.json")), "nothing was kept: the test cannot fail"
    resumed = experiments.run(path, tmp_path / "cut")
    whole = experiments.run(path, tmp_path / "whole")
    assert resumed.digest == whole.digest


@pytest.mark.parametrize(("predict", "batch"), [("last word", 0), ("last word", 8), ("every word", 8)])
def test_last_words_alone_and_small_batches_are_learned_too(predict, batch, tmp_path):
    trace = experiments.run(written(tmp_path, predict, batch), tmp_path / "traces")
    assert trace.at("prompt_loss", 59).value.mean() < trace.at("prompt_loss", 0).value.mean() / 3
    np.testing.assert_allclose(trace.at("lens", 59).value[:, -1], trace.at("class_probs", 59).value, rtol=1e-5)


def test_what_decides_is_what_happens_when_a_word_is_hidden():
    prompts = load_prompts()
    net, sentences = build(prompts, 16, 2, 2, seed=0, only_last=True)
    net.theta += np.random.default_rng(1).normal(0, 0.2, net.theta.shape)
    inputs, answers = sentences.inputs[:1, :5], sentences.answers[:1]
    row = shown_row(net, inputs, answers, sentences.class_tokens)
    words = net.params["layers.0.words"]
    hidden = words[inputs[0, 3]].copy()
    words_of_mean = words.mean(0)
    words[inputs[0, 3]] = words_of_mean
    loss = -math.log(softmax(net.forward(inputs))[0, answers[0]])
    words[inputs[0, 3]] = hidden
    assert row["shown.decides"][0, 3] == pytest.approx(loss - row["shown.loss"][0], rel=1e-4)
    assert row["shown.grads"].shape[1] == len(matrices(net)) == 13


def test_a_nudge_to_an_attention_share_changes_the_loss_as_recorded():
    prompts = load_prompts()
    net, sentences = build(prompts, 16, 2, 1, seed=0, only_last=True)
    inputs, answers = sentences.inputs[:1, :5], sentences.answers[:1]
    row = shown_row(net, inputs, answers, sentences.class_tokens)
    net.forward(inputs)
    attention = net.attention[0]
    state, pattern = net.states[0], attention.pattern.copy()

    def loss(change):
        changed = pattern.copy()
        changed[0, 1, 4, 2] += change
        mixed = attention._join(changed @ attention.v)
        stream = state + attention.children["out"].forward(mixed)
        scores = net.unembed(net.blocks[0].children["mlp"].forward(stream)[-1:])
        return -math.log(softmax(scores)[0, answers[0]])

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert row["shown.attention_grads"][0, 0, 1, 4, 2] == pytest.approx(slope, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("heads = 2", "heads = 3"), "model.width: 32 is not a multiple of heads = 3"),
        (("blocks = 2", "blocks = 1000000000"), "model.blocks: must be a whole number"),
        (("blocks = 2", "blocks = 2\ndepth = 3"), "model.depth: unknown key"),
        (("own.csv", "../own.csv"), "must lie beside this file"),
        (("own.csv", "other.csv"), "no such file"),
        (("ends in\",", "ends at\","), "is not one of its 24 prompts"),
        (("steps = 60", "steps = nan"), "training.steps: must be a whole number"),
        (("seed = 1", "sead = 1"), "sead: unknown key"),
    ],
)  # fmt: skip
def test_bad_experiments_are_one_line(change, expected, tmp_path):
    path = written(tmp_path)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(UserError) as refused:
        experiments.prepare(path)
    assert expected in str(refused.value) and "\n" not in str(refused.value)


def test_own_prompts_need_neither_kind_nor_training(tmp_path):
    (tmp_path / "own.csv").write_text(OWN)
    recipe = experiments.prepare(tmp_path / "own.csv")
    assert recipe.manifest["task"]["classes"] == list(NEXT)
    rows = [line.split(",") for line in OWN.splitlines()[1:]]
    own = "".join(f'[[prompt]]\ntext = "{a}"\nnext = "{b}"\ntopic = "{c}"\n' for a, b, c in rows)
    (tmp_path / "own.toml").write_text("seed = 4\n" + own)
    assert experiments.prepare(tmp_path / "own.toml").manifest["task"]["texts"] == recipe.manifest["task"]["texts"]
    (tmp_path / "own.toml").write_text("colour = 4\n" + own)
    with pytest.raises(UserError, match=r"own\.toml: colour: unknown key"):
        experiments.prepare(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text(own.replace('next = "Lima"', "next = 3", 1))
    with pytest.raises(UserError, match=r"own\.toml: prompt 1: next: a text is needed"):
        experiments.prepare(tmp_path / "own.toml")


@pytest.mark.slow
def test_own_prompts_become_a_model_and_a_map(tmp_path):
    (tmp_path / "own.csv").write_text(OWN)
    trace = experiments.run(tmp_path / "own.csv", tmp_path / "traces")
    assert trace.series("accuracy")[-1] == 1.0
    for lens, slices in (("own", 7), ("training", 9)):
        assert trace.constant(f"{lens}.points").value.shape == (slices, 24, 2)
        assert trace.constant(f"{lens}.step_over_spread").value <= 0.7
        assert len(trace.manifest["lenses"][lens]["slices"]) == slices
        shares = trace.constant(f"{lens}.regions").value
        np.testing.assert_allclose(shares.sum(-1), 1, atol=2e-3)
    assert trace.manifest["task"]["rules"]["umap"]["n_neighbors"] == 12


@pytest.mark.slow
def test_the_films_transformer_memorises_its_prompts():
    """Seventy steps of tiny_lm, unrecorded: 438 699 parameters, at least 99 % of the next cities."""
    from engine.runs import language
    from engine.train import train
    from engine.transformer import NextWord

    seen = {}
    original = language.Run

    def remember(*args):
        seen["run"] = original(*args)
        return seen["run"]

    language.Run = remember
    try:
        experiments.prepare("tiny_lm")
    finally:
        language.Run = original
    run = seen["run"]
    net, sentences = run.net, run.sentences
    assert net.theta.size == 438_699 and len(sentences.inputs) == 200
    batches = run.spec.batches(200)
    for _ in train(net, NextWord(), run.spec.make_optimizer(), sentences.inputs, sentences.following, batches, 75):
        pass
    net.only_last = True
    right = net.forward(sentences.inputs).argmax(-1) == sentences.answers
    assert right.mean() >= 0.99
