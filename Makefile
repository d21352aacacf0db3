# Everything a newcomer needs with only Python (3.11 or later), its pip and venv:
#   make demo    sets up .venv and starts the demo
#   make test    sets up .venv and runs the tests
# PYTHON=python3.12 chooses another interpreter.

PYTHON ?= python3

.PHONY: demo test check bench pictures clean

.venv/stamp: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("tensionwatch needs Python 3.11 or later, this is " + sys.version.split()[0] + "; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: .venv/stamp
	.venv/bin/tensionwatch demo

test: .venv/stamp
	.venv/bin/python -m pytest -q

check: .venv/stamp
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

pictures: .venv/stamp
	.venv/bin/python docs/pictures.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
