"""Chapter 4's scenes inside a model: what they say and show is the trace's, for the film's own run and any other."""

import numpy as np
import pytest
from language_runs import LONG, llama_shaped, own_trace
from scene_runs import Seen, run_scene

from engine.trace import Trace, TraceError
from scenes.attention_learns import AttentionLearns
from scenes.language_kit import MOST_BLOCKS, MOST_WORDS, LanguageRun, top_tenth
from scenes.language_model import LanguageModel
from scenes.residual_stream import ResidualStream
from scenes.wording import percent

SCENES = [LanguageModel, AttentionLearns, ResidualStream]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return own_trace(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return llama_shaped(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="module", params=["own", "llama"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def seen(folder) -> dict[type, Seen]:
    return {scene: run_scene(scene, {"tiny_lm": folder}) for scene in SCENES}


@pytest.fixture(scope="module")
def trace(folder) -> Trace:
    return Trace.load(folder)


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_runs_on_longer_prompts_and_deeper_models(seen, scene):
    assert 20 <= seen[scene].seconds <= 75
    assert len(seen[scene].sections) >= 5


def test_what_is_left_out_is_stated(seen, trace):
    run = seen[LanguageModel].scene.run
    layers, length = trace.manifest["task"]["layers"], run.length
    assert len(run.blocks) == MOST_BLOCKS < layers and run.blocks[0] == 0 and run.blocks[-1] == layers - 1
    assert len(run.places) == MOST_WORDS < length and run.places[-1] == length - 1
    decides = trace.at("shown.decides", run.last).value[0]
    left = sorted(set(range(length)) - set(run.places))
    assert decides[left].max() <= min(decides[place] for place in run.places[:-1])
    stated = seen[LanguageModel].scene.rules.string
    assert f"of {layers}" in stated and f"the {MOST_WORDS} of {length} words" in stated and "the tenth" in stated


def test_the_strokes_are_the_tenth_of_each_matrix_that_carries_most(seen, trace):
    picture, last = seen[LanguageModel].scene.picture, int(trace.steps("shown.loss")[-1])
    flow = trace.at("shown.flow", last).value[0]
    for drawn, (ends, numbers) in zip(picture.flow, picture._shapes, strict=True):
        shown = max(drawn.pair, key=lambda one: one.opacity)
        assert [reading.source.index[-1] for reading in shown.readings] == numbers
        for reading, number in zip(shown.readings, numbers, strict=True):
            assert reading.source.step == last and "tenth" in reading.source.transform
            kept = np.asarray(reading.value)
            cells = flow[number]
            assert 0 < (kept > 0).sum() <= 26
            assert kept[kept > 0].min() > cells[kept == 0].max()
            np.testing.assert_array_equal(kept[kept > 0], cells[kept > 0])
        assert len(ends) == 256 * len(numbers)
    roles = {trace.manifest["task"]["matrices"][n]["role"] for _, numbers in picture._shapes for n in numbers}
    assert roles == {m["role"] for m in trace.manifest["task"]["matrices"]}  # every kind of weight is drawn


def test_the_guess_and_its_loss_are_recorded_ones(seen, trace):
    scene, steps = seen[LanguageModel].scene, trace.steps("shown.loss")
    last = int(steps[-1])
    assert float(scene.cost.reading) == float(trace.at("shown.loss", last).value[0])
    if scene.run.trained:  # the other trace's numbers are made up, one by one
        assert float(scene.share.reading) == pytest.approx(np.exp(-float(scene.cost.reading)), rel=1e-5)
    words = trace.manifest["task"]["words"]
    for i, (word, number) in enumerate(zip(scene.best.words, scene.best.numbers, strict=True)):
        token = int(trace.at("shown.guess_ids", last).value[0, -1, i])
        said = word.submobjects[0].string
        assert said == "(other script)" if words[str(token)] == "城市" else words[str(token)].startswith(said[:5])
        assert float(number.reading) == float(trace.at("shown.guess_probs", last).value[0, -1, i])
    told = " ".join(seen[LanguageModel].captions)
    was, now = (float(trace.at("shown.loss", int(step)).value[0]) for step in (steps[0], last))
    assert f"{was:.2f} to {now:.2f}" in told
    assert percent(float(scene.share.reading)) in told


def test_attention_is_followed_where_the_words_decide(seen, trace):
    scene = seen[AttentionLearns].scene
    run, last = scene.run, int(trace.steps("shown.loss")[-1])
    pattern = trace.at("shown.attention", last).value[0]
    assert scene.watched[0] == tuple(trace.constant("shown.watch").value[0])
    decides = trace.at("shown.decides", last).value[0]
    for (layer, head, word), made in zip(scene.watched, scene.pair, strict=True):
        shown = max(made.grid.pair, key=lambda one: one.opacity)
        assert shown.reading.source.index == (0, layer, head) and shown.reading.source.step == last
        np.testing.assert_array_equal(shown.reading.value, pattern[layer, head])
        assert word < run.length - 1 and decides[word] > 0
    words = sorted((word for _, _, word in scene.watched[1:]), key=lambda w: -decides[w])
    assert [word for _, _, word in scene.watched[1:]] == words
    layer, head, word = scene.watched[0]
    was, now = (
        float(trace.at("shown.attention", int(s)).value[0, layer, head, run.length - 1, word])
        for s in (trace.steps("shown.loss")[0], last)
    )
    assert f"from {percent(was)} to {percent(now)}" in " ".join(seen[AttentionLearns].captions)


def test_the_wall_holds_the_heads_that_are_followed(seen):
    scene = seen[AttentionLearns].scene
    for layer, head, _ in scene.watched:
        assert scene.tiles.tile(layer, head).reading.source.index == (0, layer, head)


def test_the_residual_stream_says_what_each_state_would(seen, trace):
    scene, last = seen[ResidualStream].scene, int(trace.steps("shown.loss")[-1])
    assert scene.run.stops[0] == 0 and scene.run.stops[-1] == trace.manifest["task"]["layers"]
    for state, strip, guess in zip(scene.run.stops, scene.strips, scene.says, strict=True):
        shown = max(strip.pair, key=lambda one: one.opacity)
        np.testing.assert_array_equal(shown.reading.value, trace.at("shown.states", last).value[0, state])
        found = [float(number.reading) for number in guess.numbers]
        assert found == trace.at("shown.guess_probs", last).value[0, state, : len(found)].tolist()
    similar = trace.at("shown.similarity", last).value[0]
    for c, dots in zip(scene.classes, scene.lines.dots, strict=True):
        assert dots.reading.source.array == "shown.similarity"
        tops = dots.points.reshape(len(scene.run.stops), -1, 3).mean(axis=1)[:, 1] - scene.lines.get_center()[1]
        drawn = np.array([scene.lines.level(similar[state, c]) for state in scene.run.stops])
        assert np.ptp(tops - drawn) < 1e-3


def test_nothing_claims_more_than_its_trace(seen, folder):
    told = " ".join(line for one in seen.values() for line in one.captions)
    if folder.name == "llama":
        assert "by heart" not in told and "random" not in told and "trained" not in told
        assert "another may differ" in told and "Llama-3.2-1B" in told
    else:
        assert told.count("by heart") == len(SCENES)


def test_what_the_film_says_of_its_own_run(film):
    told = {scene: " ".join(one.captions) for scene, one in film.items()}
    assert "“capital” and “France” matter most" in told[AttentionLearns]
    assert "one head finds “capital”" in told[AttentionLearns] and "The other finds “France”" in told[AttentionLearns]
    assert "turns towards Paris" in told[ResidualStream] and "Paris pulls away" in told[ResidualStream]
    assert "little loss left, and little blame" in told[LanguageModel]
    scene = film[AttentionLearns].scene
    for layer, head, word in scene.watched:
        first, last = (scene.run.at("attention", step).value[layer, head, -1] for step in (0, scene.run.last))
        row = scene.run.at("attention", scene.run.last).value[layer, head, scene.run.length - 1]
        assert int(row[: scene.run.length].argmax()) == word, (first, last)
    for seen in film.values():
        assert 20 <= seen.seconds <= 75


@pytest.fixture(scope="module")
def film():
    from scenes.stage import TRACES

    if not (TRACES / "tiny_lm" / "manifest.json").is_file():
        pytest.skip("tiny_lm is not recorded here: `reel trace tiny_lm` makes it")
    return {scene: run_scene(scene, {}) for scene in SCENES}


def test_a_character_that_no_font_has_is_named(tmp_path):
    folder = own_trace(tmp_path, LONG.replace("caravans", "caravans 城"))
    with pytest.raises(TraceError, match=r"own: .* no font of the film has '城' \(U\+57CE") as refused:
        LanguageRun(Trace.load(folder))
    assert "\n" not in str(refused.value)


def test_another_kind_of_trace_is_refused(traces):
    with pytest.raises(TraceError, match="cities3: does not fit LanguageModel: it needs a language model"):
        run_scene(LanguageModel, {"tiny_lm": traces / "cities3"})


def test_the_top_tenth_is_taken_of_each_matrix_alone():
    cells = np.stack([np.arange(256.0).reshape(16, 16), 1000 + np.arange(256.0).reshape(16, 16)])
    kept = top_tenth(cells)
    assert (kept > 0).sum(axis=(1, 2)).tolist() == [26, 26]
    np.testing.assert_array_equal(top_tenth(cells[1]), kept[1])


def test_a_tiny_random_llama_plays_the_same_scenes(tmp_path):
    from test_llama import OWN, TEXTS, save_checkpoint

    from engine.llama import record_llama

    checkpoint = save_checkpoint(tmp_path / "checkpoint")
    (tmp_path / "own.csv").write_text(OWN)
    trace = record_llama(checkpoint, tmp_path, prompts=tmp_path / "own.csv", shown=TEXTS[3:5], with_map=False)
    for scene in SCENES:
        seen = run_scene(scene, {"tiny_lm": tmp_path / "llama"})
        assert 20 <= seen.seconds <= 75
        told = " ".join(seen.captions)
        assert "by heart" not in told and trace.manifest["task"]["tokens"][3][-1] in told
