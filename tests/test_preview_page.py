"""The page in a real browser: an edit on disk changes the picture, it scrubs, breaks and mends."""

from __future__ import annotations

import base64
import io
import time

import browsing
import numpy as np
import pytest
import tiny
from PIL import Image
from previewing import Preview

pytestmark = browsing.needs_browser


class Page:
    """The page of a preview, open in the browser."""

    def __init__(self, browser, preview) -> None:
        self.browser, self.preview = browser, preview
        browser.get(preview.url)
        self.until("return preview.main.score && preview.main.info.state === 'fresh'")

    def js(self, text):
        return self.browser.execute_script(text)

    def until(self, text, seconds=60):
        return browsing.until(self.browser, text, seconds, "return preview.main.info")

    def key(self, *keys):
        for key in keys:
            self.browser.find_element("tag name", "body").send_keys(key)

    def frame(self):
        return self.js("return preview.player.frame")

    def picture(self):
        """What stands on the canvas: (rows, columns, 3)."""
        data = self.js("return document.querySelector('#main canvas').toDataURL('image/png')")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB"), dtype=int)

    def shows(self, meant, seconds=60):
        """Wait until `meant` is true of what stands on the canvas."""
        end = time.monotonic() + seconds
        while not meant(self.picture()):
            assert time.monotonic() < end, self.js("return preview.main.info")
            time.sleep(0.05)

    def rest(self):
        """Wait until today's picture of the frame stands there."""
        self.until("return !document.querySelector('#main').classList.contains('stale') && preview.main.shown !== ''")
        time.sleep(0.1)


def ink(picture):
    """(column of the middle, mean colour) of what is not black, the columns as a share of the width."""
    bright = picture.max(axis=2) > 60
    return float(np.nonzero(bright)[1].mean() / picture.shape[1]), picture[bright].mean(axis=0)


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory, traces):
    folder = tmp_path_factory.mktemp("page")
    project = tiny.make(folder / "project")
    with Preview(project, folder / "renders", traces, "Moving", "--at", "1") as preview:
        preview.listen().settled()
        yield Page(browser, preview)


def test_a_save_is_seen_and_nothing_moves(page):
    assert page.frame() == 15
    page.js("preview.player.speed = 2; preview.zoom.to(2); preview.zoom.reset()")
    page.rest()
    column, colour = ink(page.picture())
    assert 0.5 < column < 0.56 and colour[2] > colour[0]
    page.preview.edit("    colour = style.POSITIVE", '    colour = "#FF2010"', rename=True)
    page.until("return preview.main.info.generation > 1 && preview.main.isToday(15)")
    page.shows(lambda picture: ink(picture)[1][0] > ink(picture)[1][2] + 60)
    column, _ = ink(page.picture())
    page.preview.edit("shift(RIGHT)", "shift(3 * RIGHT)")
    page.until("return preview.main.info.generation > 2 && preview.main.info.state === 'fresh'")
    page.shows(lambda picture: ink(picture)[0] > column + 0.05)
    assert page.frame() == 15 and page.js("return preview.player.speed") == 2


def test_keys_step_and_jump(page):
    page.js("preview.player.speed = 1; preview.player.go(10)")
    page.key("\ue014")  # →
    assert page.frame() == 11
    page.key("\ue012", "\ue012")  # ←
    assert page.frame() == 9
    page.key("]")
    assert page.frame() == 30
    page.key("\ue010")  # end
    assert page.frame() == 97
    page.key("[", "[")
    assert page.frame() == 0
    page.key(" ")
    page.until("return preview.player.frame > 3")
    page.key(" ")
    stopped = page.frame()
    time.sleep(0.3)
    assert page.frame() == stopped


def test_scrubbing_shows_each_frame(page):
    columns = []
    for frame in (2, 10, 18, 26):
        page.js(f"preview.player.go({frame})")
        page.until(f"return preview.main.shown === 'frame/' + preview.main.score.addresses[{frame}]")
        columns.append(ink(page.picture())[0])
    assert columns == sorted(columns) and columns[3] > columns[0] + 0.05
    box = page.js(
        "const b = document.getElementById('timeline').getBoundingClientRect(); return [b.left, b.top, b.width]"
    )
    event = "new PointerEvent('{}', {{clientX: {}, clientY: {}, pointerId: 1, bubbles: true}})"
    where = (box[0] + box[2] / 2, box[1] + 80)
    page.js("document.getElementById('timeline').setPointerCapture = () => {}")
    page.js(f"document.getElementById('timeline').dispatchEvent({event.format('pointerdown', *where)})")
    assert abs(page.frame() - 48) <= 1


def test_broken_it_keeps_the_picture_and_says_where_and_mended_it_goes_on(page):
    page.js("preview.player.go(15)")
    page.rest()
    before = page.picture()
    page.preview.edit("Circle(color=self.colour)", "Circle(color=self.nothing)")
    page.until("return !document.querySelector('#main .mistake').hidden")
    text = page.js("return document.querySelector('#main .mistake').innerText")
    assert "AttributeError" in text and "nothing" in text and "scenes/tiny.py:" in text
    assert "disc = Circle(color=self.nothing)" in page.js("return document.querySelector('#main .here').innerText")
    assert float(page.js("return getComputedStyle(document.querySelector('#main canvas')).opacity")) < 1
    assert np.abs(page.picture() - before).mean() < 1  # the same, perhaps meanwhile at full size
    page.preview.edit("self.nothing", "self.colour")
    page.until("return document.querySelector('#main .mistake').hidden && preview.main.info.state === 'fresh'")
    assert page.frame() == 15


def test_the_last_good_version_is_a_key_away(page):
    page.js("preview.player.go(15)")
    generation = page.js("return preview.main.info.generation")
    page.preview.edit('"#FF2010"', '"#10FF20"')
    page.until(
        f"const p = preview.main; return p.info.generation > {generation} && p.info.state === 'fresh' && p.before"
    )

    def more(first, second):
        return lambda picture: ink(picture)[1][first] > 60 + ink(picture)[1][second]

    red, green = 0, 1
    page.shows(more(green, red))
    page.js("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'b', bubbles: true}))")
    page.shows(more(red, green))
    page.js("document.body.dispatchEvent(new KeyboardEvent('keyup', {key: 'b', bubbles: true}))")
    page.shows(more(green, red))


def test_a_number_says_where_it_comes_from(page):
    assert page.preview.post("open", scene="Counting") == 204
    page.until(
        "return preview.main.info && preview.main.info.scene === 'Counting' && preview.main.info.state === 'fresh'"
    )
    page.until("return preview.main.score && preview.main.score.steps.at(-1) === 30")
    page.js("const s = document.getElementById('step'); s.value = 20; s.oninput({target: s})")
    assert page.js("return preview.player.step()") == 20
    page.rest()
    view = page.browser.find_element("css selector", "#main .view")
    browsing.selenium.ActionChains(page.browser).move_to_element(view).click().perform()
    page.until("return document.querySelector('.reading')")
    text = page.js("return document.querySelector('.reading').innerText")
    assert "loss" in text and "20" in text and "cities3" in text
    assert page.js("return document.querySelectorAll('#plot canvas').length") >= 2


def test_another_run_stands_beside_it(page):
    page.browser.find_element("css selector", "#compare option[value=cities3]").click()
    page.until("return preview.other.info && preview.other.info.state === 'fresh' && preview.other.shown")
    assert "dashed" in page.js("return document.getElementById('run').innerText")
    page.js("document.querySelector('.reading')?.remove()")
    view = page.browser.find_element("css selector", "#other .view")
    browsing.selenium.ActionChains(page.browser).move_to_element(view).click().perform()
    page.until("return document.querySelector('.reading') && document.querySelector('#other .chosen')")
    page.browser.find_element("css selector", "#compare option[value='']").click()
    page.until("return document.getElementById('other').hidden")


def test_findings_are_listed_marked_and_outlined(page):
    page.preview.edit('Readout(0.0, ".4f")', 'Readout(0.0, ".4f", 12)')  # too small to read
    page.key("k")
    page.until("return document.querySelector('#findings b')?.innerText === 'small'", 120)
    page.key("n")
    page.until("return document.querySelector('#main .box.finding')")
    box = page.js("const b = document.querySelector('#main .box.finding').style; return [b.left, b.top, b.width]")
    assert 40 < float(box[0].rstrip("%")) < 55 and 45 < float(box[1].rstrip("%")) < 55
    assert page.js("return preview.player.frame === Math.ceil(preview.findings.list[0].time * 15 - 1e-6)")
    page.preview.edit('Readout(0.0, ".4f", 12)', 'Readout(0.0, ".4f")')
    page.until("return !document.querySelector('#findings b') && !document.querySelector('#findings ol.old')", 120)
    assert page.js("return document.querySelectorAll('#main .box').length") == 0


def test_the_list_of_scenes_renders_and_says_what_is_up_to_date(page):
    chip = "document.querySelector('[data-scene=Moving] .qualities button')"
    assert page.js(f"return {chip}.className") == "missing"
    page.key("s")
    page.until("return document.activeElement.dataset.scene === 'Counting'")
    page.browser.switch_to.active_element.send_keys("\ue015", "l")  # ↓, then a quality
    page.until("return document.querySelector('[data-scene=Moving] .order.done')", 120)
    page.until(f"return {chip}.className === 'fresh'", 120)
    page.browser.switch_to.active_element.send_keys("\ue00c")  # escape
    page.preview.edit("rotate(1.0)", "rotate(1.1)")
    page.until(f"return {chip}.className === 'stale'", 120)
    assert "out of date" in page.js(f"return {chip}.title")


def test_the_page_logs_no_error(page):
    logged = [entry for entry in page.browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert [entry for entry in logged if "404" not in entry["message"]] == []
    asked = page.js("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert asked and all(name.startswith(page.preview.url.split("/", 3)[0] + "//127.0.0.1") for name in asked)
