"""What a fork server loads once, so that a worker starts with it: Manim and the libraries, never the project's code.

Imported by name only (`set_forkserver_preload`). Manim reads manim.cfg from the home and working folders while it is
imported, so both are empty folders meanwhile.
"""

from __future__ import annotations

import os
import tempfile
import threading

with tempfile.TemporaryDirectory(prefix="gradreel-home-") as _empty:
    _home, _cwd = os.environ.get("HOME"), os.getcwd()  # noqa: PTH109 (chdir needs no Path)
    os.environ["HOME"] = _empty
    os.chdir(_empty)
    try:
        import av  # noqa: F401
        import manim  # noqa: F401
        import PIL.Image  # noqa: F401
        import scipy.special  # noqa: F401
        import shapely  # noqa: F401
        import tqdm
        import typst  # noqa: F401
    finally:
        os.chdir(_cwd)
        if _home is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = _home

# Manim's progress bars would make a lock for several processes, which a killed worker leaves behind for good.
tqdm.tqdm.set_lock(threading.RLock())
