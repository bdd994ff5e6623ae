"""What the arithmetic ran on: versions, BLAS and CPU features, noted in manifests; and BLAS held to one thread."""

from __future__ import annotations

import platform
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any, cast

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

RECORDED = ("numpy", "scipy", "safetensors")


def environment() -> dict[str, Any]:
    """JSON-able facts that decide the last bits of a result: the same on every run on one machine."""
    config = cast(dict[str, Any], np.show_config(mode="dicts"))
    blas = config.get("Build Dependencies", {}).get("blas", {})
    # Which libraries are loaded depends on what else the process did; the kernels they choose do not.
    kernels = {row["architecture"] for row in threadpool_info() if "architecture" in row}
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: version(name) for name in RECORDED},
        "blas": f"{blas.get('name')} {blas.get('version')}",
        "blas_kernels": sorted(kernels),
        "blas_threads": 1,
        "cpu_features": sorted(config.get("SIMD Extensions", {}).get("found", [])),
    }


def one_blas_thread() -> AbstractContextManager[Any]:
    """Inside this context BLAS uses one thread, so that sums are added in the same order on every machine size."""
    return threadpool_limits(limits=1, user_api="blas")
