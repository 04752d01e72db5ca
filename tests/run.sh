#!/usr/bin/env bash
# Sets up what is missing and runs everything that must pass: lint, format, types, tests. Needs no display.
# Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/system_packages.sh
need_packages "${QT_PACKAGES[@]}"
need_compiler
[ -x .venv/bin/python ] || "${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --editable '.[test]'
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
QT_QPA_PLATFORM=offscreen exec .venv/bin/python -m pytest -n auto "$@"
