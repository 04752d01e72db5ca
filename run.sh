#!/usr/bin/env bash
# Sets up what is missing (system packages on Debian, a virtual environment in .venv) and opens the program:
# on the files given, or on the sample export.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
. packaging/system_packages.sh
need_packages "${QT_PACKAGES[@]}" "${WINDOW_PACKAGES[@]}"
need_compiler
[ -x .venv/bin/python ] || "${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --editable .
if [ $# -eq 0 ]; then
    set -- --sample
fi
cd "$OLDPWD"
exec "$here/.venv/bin/auditviewer" "$@"
