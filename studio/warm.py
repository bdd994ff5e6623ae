"""What a fork server loads once, so that a worker starts with it: Manim and the libraries, never the project's code.

Imported by name only (`set_forkserver_preload`).
"""

from __future__ import annotations

import av  # noqa: F401
import PIL.Image  # noqa: F401
import scipy.special  # noqa: F401
import shapely  # noqa: F401
import typst  # noqa: F401

from studio import late  # noqa: F401
