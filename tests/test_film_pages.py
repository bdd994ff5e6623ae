"""The film's page and its slides in a real browser, opened as files: nothing is fetched, and what is shown is so."""

import pytest
import tiny
from browsing import needs_browser, until

from engine.trace import Trace
from studio import catalog, slides
from studio.build import build
from studio.film import publish
from studio.order import Order
from studio.progress import Progress

pytestmark = needs_browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory, traces):
    """Paths of the film's page and of the slides, of the tiny film."""
    folder = tmp_path_factory.mktemp("pages")
    project = tiny.make(folder / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADREEL_TRACES", str(traces))
        patch.setenv("GRADREEL_RENDERS", str(folder / "renders"))
        patch.setattr("studio.film.all_chapters", lambda: catalog.chapters(project))
        order = Order(tuple(catalog.scenes(project)), root=project)
        built = build(order, Progress(quiet=True))
        film = publish(built, catalog.chapters(project), order)
        return film.with_name("index.html"), slides.publish(built, order, "tiny")


def words(browser, name):
    return browser.execute_script(f"return document.getElementById('{name}').textContent")


def fetched(browser):
    """What the page has asked for, and what its console complains of."""
    asked = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in asked if not name.startswith("file:")] == []
    assert [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]] == []
    return asked


def test_the_films_page_plays_and_tells_the_numbers_behind_a_moment(browser, pages, traces):
    browser.get(pages[0].as_uri())
    assert until(browser, "return document.querySelector('video').duration") == pytest.approx(143 / 15, abs=0.05)
    browser.execute_script("document.querySelector('video').currentTime = 20.5 / 15")
    until(browser, "return document.getElementById('time').textContent.includes('frame 20')")
    assert words(browser, "scene") == "Counting" and words(browser, "section") == "fast"
    step = int(words(browser, "step"))
    row = until(browser, "return document.querySelector('tbody tr')?.innerText")
    assert float(row.split()[0]) == pytest.approx(float(Trace.load(traces / "cities3").at("loss", step)), abs=1e-5)
    assert "loss" in row and "cities3" in row
    browser.execute_script("document.querySelector('video').currentTime = 0.5")
    until(browser, "return document.getElementById('said').textContent === 'It counts.'")
    browser.execute_script("[...document.querySelectorAll('nav.scenes button')].at(-1).click()")
    until(browser, "return document.getElementById('scene').textContent === 'Moving'")
    before = browser.execute_script("return document.querySelector('video').currentTime")
    browser.execute_script("document.querySelector('video').muted = true; document.querySelector('video').play()")
    until(browser, f"return document.querySelector('video').currentTime > {before + 0.3}")
    fetched(browser)


def test_slides_play_a_clip_each_and_then_wait(browser, pages):
    browser.get(pages[1].as_uri())
    clip = "document.querySelector('.slide-background.present video')"
    until(browser, f"return {clip} && {clip}.readyState > 1")
    names = []
    for number, seconds in enumerate((1.0, 2.0, 2.0, 68 / 15)):
        until(browser, f"return Reveal.getIndices().h === {number} && {clip}?.duration > 0")
        assert browser.execute_script(f"return {clip}.duration") == pytest.approx(seconds, abs=0.05)
        names.append(browser.execute_script(f"return {clip}.currentSrc.split('/').pop()"))
        until(browser, f"return {clip}.currentTime > 0.3")  # it plays of itself
        if number == 0:
            until(browser, f"return {clip}.ended")
            assert browser.execute_script("return Reveal.getIndices().h") == 0
        browser.find_element("tag name", "body").send_keys("\ue014")  # the right arrow
    assert names == ["Counting-00.mp4", "Counting-01.mp4", "Moving-00.mp4", "Moving-01.mp4"]
    assert "It counts." in browser.execute_script("return document.querySelector('aside.notes').textContent")
    assert browser.execute_script("return Reveal.isLastSlide()")
    fetched(browser)
