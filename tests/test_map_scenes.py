"""The maps of language: what they say is so in the trace they draw, on the film's own runs and on others' prompts.

UMAP takes long to import, so a projection on two fixed directions stands in for it, except in the slow test.
"""

import csv
import shutil

import numpy as np
import pytest
from golden.subjects import projected
from scene_runs import run_scene

from engine import experiments, mapping
from engine.datasets.prompts import CITY_PROMPTS
from engine.errors import UserError
from engine.trace import Trace, TraceError
from scenes import map_story
from scenes.layout import SAFE, STAGE
from scenes.lens import ENDING, NEXT, TOPIC, Lens, lens_names
from scenes.map_of_language import MapOfLanguage, MapOfSentences
from scenes.parts.outlines import MissingGlyphError
from scenes.two_maps import TwoMaps, map_step, single_step

WORDS = ["Ljubljana", "Αθήνα", "Saint-Denis de la Réunion"]
TOPICS = ["rivers and harbours of the northern sea", "трамвай", "food"]
ENDINGS = ["in", "near the quay of"]


def recorded(path, folder):
    patch = pytest.MonkeyPatch()
    patch.setattr(mapping, "flatten", projected)
    try:
        return experiments.run(path, folder).folder
    finally:
        patch.undo()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A user's prompts: three next words, none of them a city of the film, long names in three scripts."""
    folder = tmp_path_factory.mktemp("own")
    path = folder / "own.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["text", "next", "topic"])
        for i in range(36):
            lines.writerow([f"person {i} of the {i % 3} house went {ENDINGS[i % 2]}", WORDS[i % 3], TOPICS[i // 3 % 3]])
    return recorded(path, folder)


@pytest.fixture(scope="module")
def minilm(tmp_path_factory):
    """MiniLM's real states of the film's prompts."""
    folder = tmp_path_factory.mktemp("minilm")
    path = folder / "sentences.toml"
    shutil.copy(CITY_PROMPTS, folder)
    task, lens = f'[task]\nfile = "{CITY_PROMPTS.name}"\n', '[[lens]]\nname = "minilm"\nfrom = "minilm"\n'
    path.write_text(f'kind = "language_map"\nseed = 1\n{task}{lens}')
    return recorded(path, folder)


@pytest.fixture(scope="module")
def cities(traces):
    experiments.run("cities4", traces)
    return traces / "cities4"


def said(seen):
    return " ".join(seen.captions)


# -- the map of layers ---------------------------------------------------------------------------
def test_other_peoples_prompts_make_a_map_through_the_layers(own):
    seen = run_scene(MapOfLanguage, {"language_map": own})
    assert seen.sections[:3] == ["dots", "at first", "four prompts"] and seen.sections[-1] == "ground"
    assert 20 <= seen.seconds <= 75
    assert "All 36 prompts at once" in said(seen) and "64 numbers" in said(seen)
    assert "has learnt these 36 prompts by heart" in said(seen)
    assert not any(city in said(seen) for city in ("Madrid", "Paris", "Berlin", "city", "Llama"))


def test_the_dots_end_where_the_trace_says(own):
    seen = run_scene(MapOfLanguage, {"language_map": own})
    scene, trace = seen.scene, Trace.load(own)
    points = np.asarray(trace.constant("own.points").value)
    assert scene.at.get_value() == len(points) - 1
    np.testing.assert_allclose(scene.places(), scene.lens.flat.to_scene(points[-1]), atol=1e-9)
    shown = [scene.bars.numbers[kind].value for kind in range(3)]
    np.testing.assert_array_equal(shown, np.asarray(trace.constant("own.plane.accuracy").value)[-1])
    assert scene.trust.value == np.asarray(trace.constant("own.trustworthiness").value)[-1]
    assert scene.cloud.reading.source.array == "own.points" and scene.cloud.reading.source.index == (len(points) - 1,)


def test_the_sentence_encoder_is_never_said_to_guess(minilm):
    seen = run_scene(MapOfSentences, {"language_map": minilm})
    assert 20 <= seen.seconds <= 75
    assert "MiniLM. It guesses no words." in said(seen)
    assert not any(word in said(seen) for word in ("next", "predict", "Llama", "by heart"))
    words = [m.string for top in seen.scene.mobjects for m in top.get_family() if hasattr(m, "string")]
    assert "MiniLM, a sentence encoder" in words
    assert {"the final word", "the topic", "the word before it"} <= set(words)


def test_what_is_said_of_the_runs_is_what_the_neighbours_agree_on(minilm):
    lens = Lens(Trace.load(minilm), "minilm", STAGE)
    beyond = np.asarray(lens.of("plane.beyond_chance").value)
    for run in lens.runs():
        assert (beyond[run.first : run.last + 1].argmax(1) == run.kind).all()
        assert beyond[run.best, run.kind] == beyond[run.first : run.last + 1, run.kind].max() >= 0.3


def test_the_notes_say_how_the_map_was_made(own):
    umap = Trace.load(own).manifest["task"]["rules"]["umap"]
    lens = Lens(Trace.load(own), "own", STAGE)
    note = map_story.how_made(lens)
    assert f"{umap['n_neighbors']} neighbours" in note and f"min_dist {umap['min_dist']}" in note
    assert "Distances between islands mean little" in note
    assert "the 15 nearest dots" in map_story.ground_note(lens) and "no probability" in map_story.ground_note(lens)


def test_a_lens_is_told_by_what_it_is_of(own, minilm, cities):
    with pytest.raises(TraceError, match="does not fit MapOfLanguage: it needs a map of a model's layers"):
        run_scene(MapOfLanguage, {"language_map": minilm})
    with pytest.raises(TraceError, match="does not fit MapOfSentences: it needs a map of MiniLM's layers"):
        run_scene(MapOfSentences, {"language_map": own})
    with pytest.raises(TraceError, match="holds no map of prompts"):
        run_scene(MapOfLanguage, {"language_map": cities})
    with pytest.raises(TraceError, match="does not fit TwoMaps: it needs a map over training"):
        run_scene(TwoMaps, {"language_map": minilm, "cities4": cities})


def test_a_word_that_no_font_has_is_bad_input_and_names_the_character(own, tmp_path):
    folder = shutil.copytree(own, tmp_path / "cjk")
    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    assert WORDS[0] in text
    manifest.write_text(text.replace(WORDS[0], "東京"), encoding="utf-8")
    with pytest.raises(MissingGlyphError, match="no font of the film has '東'") as caught:
        run_scene(MapOfLanguage, {"language_map": folder})
    assert caught.value.exit_code == UserError.exit_code == 2
    assert "\n" not in str(caught.value)


def test_long_words_stay_in_the_picture(own):
    seen = run_scene(MapOfLanguage, {"language_map": own})
    texts = [m for top in seen.scene.mobjects for m in top.get_family() if hasattr(m, "string")]
    assert texts
    for text in texts:
        assert text.get_left()[0] >= SAFE.left - 0.05 and text.get_right()[0] <= SAFE.right + 0.05, text.string


# -- the two maps --------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def both(own, cities):
    return run_scene(TwoMaps, {"language_map": own, "cities4": cities})


def test_two_maps_side_by_side(both):
    assert both.sections == ["untrained", "half trained", "one step", "trained", "one rule"]
    assert 20 <= both.seconds <= 75
    assert "a language model and its 36 prompts, with three next words" in said(both)
    scene = both.scene
    assert scene.heat.get_right()[0] < scene.land.get_left()[0]
    assert scene.now() == 499 and scene.at.get_value() == len(scene.lens) - 1


def test_the_result_is_the_traces(both, own):
    trace = Trace.load(own)
    guesses = np.asarray(trace.constant("training.regions.labels").value)[-1]
    right = float((guesses == np.asarray(trace.constant("labels").value)).mean())
    assert both.scene.word_right.value == pytest.approx(right)
    assert both.scene.city_right.value == 1.0
    told = "all 36 prompts" if right == 1 else "of the prompts"
    assert f"All 20 places are right, and {told}." in said(both) or told in said(both)


def test_the_steps_told_are_those_between_two_records(both):
    scene = both.scene
    between = int(np.diff(scene.steps)[scene.single])
    assert between == np.diff(scene.steps).min()
    assert ("one single step" in said(both)) == (between == 1)


def test_single_step_is_the_shortest_way():
    assert single_step(np.array([0, 12, 24, 48, 49, 54])) == 3
    assert single_step(np.array([0, 1])) == 0


def test_the_step_shown_of_europe_changes_its_map_most(cities):
    assert map_step(Trace.load(cities)) == 5


# -- prompts read out ----------------------------------------------------------------------------
def test_four_prompts_swap_their_partners(minilm):
    lens = Lens(Trace.load(minilm), "minilm", STAGE)
    before = next((run for run in lens.runs() if run.kind != NEXT), None)
    read = lens.four(before)
    assert len(set(read)) == 4
    if map_story.swapped(lens, lens.runs()):
        ends = np.asarray(lens.of("islands.member").value)[-1, NEXT][read]
        starts = np.asarray(lens.of("islands.member").value)[before.best, before.kind][read]
        assert (
            sorted(np.unique(ends, return_counts=True)[1]) == sorted(np.unique(starts, return_counts=True)[1]) == [2, 2]
        )
        assert len(set(zip(starts, ends, strict=True))) == 4


@pytest.mark.slow
def test_the_films_own_maps(tmp_path):
    """All that the film says of its own trace, on that trace."""
    experiments.run("tiny_lm", tmp_path)
    trace = Trace.load(experiments.run("language_map", tmp_path).folder)
    assert lens_names(trace, "training") == ["training"]
    tiny, sentences = Lens(trace, "tiny_lm", STAGE), Lens(trace, "minilm", STAGE)
    assert [(run.kind, run.first, run.last) for run in tiny.runs()] == [(ENDING, 0, 2), (NEXT, 3, 6)]
    assert [(run.kind, run.first, run.last) for run in sentences.runs()] == [(NEXT, 0, 0), (TOPIC, 1, 5), (NEXT, 6, 6)]
    assert map_story.parted(tiny) and map_story.swapped(tiny, tiny.runs())
    assert float(tiny.agreement(6)[NEXT]) == 1.0
    assert single_step(np.asarray(trace.constant("training.steps").value)) == 4
    seen = run_scene(MapOfLanguage, {"language_map": trace.folder})
    assert "Before the first block they lie by the word they end in, and by its place in the sentence." in seen.captions
    assert "Follow four of them. Two end in “in” and two end in “of”, and so they begin as two pairs." in seen.captions
    assert "From block 3 on they lie by the word that comes next." in seen.captions
    assert "At the end every dot lies among dots of the same colour." in seen.captions
