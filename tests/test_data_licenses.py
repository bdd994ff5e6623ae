"""Every data file is listed with its licence and is the file that was listed."""

import hashlib
import re

from studio.project import ROOT


def test_every_data_file_is_listed_with_its_hash():
    text = (ROOT / "DATA_LICENSES.md").read_text()
    listed = dict(re.findall(r"^\| `(data/[^`]+)` .*`([0-9a-f]{64})` \|$", text, re.M))
    files = [
        path
        for path in (ROOT / "data").rglob("*")
        if path.is_file()
        and path.suffix in (".json", ".geojson", ".safetensors", ".npz", ".csv", ".gz")
        and path.relative_to(ROOT / "data").parts[0] not in ("traces", "mnist", "experiments")
    ]
    assert len(files) >= 4
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        assert listed.get(name) == hashlib.sha256(path.read_bytes()).hexdigest(), name
