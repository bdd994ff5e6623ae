#!/bin/sh
# Makes .venv ready: checks the system libraries, then installs exactly what requirements.txt locks. Safe to repeat:
# when nothing has changed it does nothing.
set -eu
cd "$(dirname "$0")"

stamp=.venv/.gradreel-ready
wanted=$(cat requirements.txt pyproject.toml setup.sh | sha256sum 2>/dev/null || cat requirements.txt pyproject.toml setup.sh | shasum -a 256)
if [ -x .venv/bin/reel ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# -- Python -------------------------------------------------------------------------------------
python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
fi
[ -n "$python" ] || fail "Python 3.11 or newer is needed: install it (apt-get install python3, dnf install python3, brew install python)"

# -- system libraries: pycairo and ManimPango are compiled against them ---------------------------
lacking() {
    pkg-config --exists cairo 2>/dev/null || echo libcairo2-dev
    pkg-config --exists pangocairo 2>/dev/null || echo libpango1.0-dev
    command -v pkg-config >/dev/null 2>&1 || echo pkg-config
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    "$python" -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || echo python3-dev
    command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || echo gcc
}
missing=$(lacking | tr '\n' ' ')
if [ -n "$missing" ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        sudo=""
    elif command -v apt-get >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo="sudo"
    else
        if command -v dnf >/dev/null 2>&1; then how="sudo dnf install cairo-devel pango-devel pkgconf-pkg-config python3-devel gcc"
        elif command -v brew >/dev/null 2>&1; then how="brew install cairo pango pkg-config"
        else how="sudo apt-get install $missing"; fi
        fail "system libraries are missing ($missing): run  $how  and then the same command again"
    fi
    say "installing $missing"
    $sudo apt-get update -qq
    # shellcheck disable=SC2086 (a list of packages)
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
    missing=$(lacking | tr '\n' ' ')
    [ -z "$missing" ] || fail "still missing after apt-get: $missing"
fi

# -- Python packages ------------------------------------------------------------------------------
say "installing Python packages into .venv"
rm -f "$stamp"
[ -x .venv/bin/python ] || "$python" -m venv .venv
if command -v uv >/dev/null 2>&1; then uv=uv; else
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
    uv=.venv/bin/uv
fi
$uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.txt
$uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
# Compiled here once: where Python is told to write no bytecode, every `reel` would compile a thousand modules again.
# Not by uv, which passes over what it finds installed already. Some packages carry files that are no whole programs.
.venv/bin/python -m compileall -q -j 0 .venv/lib engine scenes studio >/dev/null 2>&1 || true
echo "$wanted" >"$stamp"
say "done"
