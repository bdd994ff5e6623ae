"""A headless Chromium for tests of pages, and what to say where there is none."""

from __future__ import annotations

import os
import shutil
import time

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
selenium = None
if CHROMIUM and DRIVER:
    try:
        import selenium.webdriver as selenium
    except ImportError:
        selenium = None
LACKING = f"no {'Chromium' if not CHROMIUM else 'chromedriver' if not DRIVER else 'selenium'} is installed"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--window-size=1366,900")  # fmt: skip

needs_browser = pytest.mark.skipif(selenium is None and not os.environ.get("CI"), reason=LACKING)


def opened():
    """A browser of its own, to be quit by whoever opened it."""
    assert selenium is not None, LACKING
    from selenium.webdriver.chrome.service import Service

    options = selenium.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return selenium.Chrome(options=options, service=Service(DRIVER))


def until(browser, text, seconds=60, more="return ''"):
    """Wait until this JavaScript gives something, and return it; `more` is asked when one has waited in vain."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := browser.execute_script(text):
            return found
        time.sleep(0.03)
    raise AssertionError(f"waited in vain for {text}; {browser.execute_script(more)}")
