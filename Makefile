# Two commands are all a newcomer needs: `make film` and `make test`. Each sets up what it needs.
SCENE ?= ThreeCities
Q ?= l
REEL = .venv/bin/reel
PY = .venv/bin/python

.PHONY: film test render preview check bench torture clean setup lock
film: setup; $(REEL) film -q $(Q)
test: setup; $(PY) -m ruff check . && $(PY) -m mypy && $(PY) -m pytest $(if $(WORKERS),-n $(WORKERS) --dist loadfile)
render: setup; $(REEL) render $(SCENE) -q $(Q)
preview: setup; $(REEL) preview $(SCENE)
check: setup; $(REEL) check
bench: setup; $(PY) -m bench $(WHAT)
torture: setup; $(PY) tests/torture.py --seconds $(or $(SECONDS),3600)
clean: setup; $(REEL) clean --all
setup: ; @./setup.sh
lock: setup; .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements.txt
