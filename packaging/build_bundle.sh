#!/usr/bin/env bash
# Builds the bundle in an environment of its own, and starts it under a virtual screen with the sample export.
#
#     packaging/build_bundle.sh [FOLDER]
#
# The bundle is FOLDER/dist/auditviewer (FOLDER is build/ when it is not given). Needs python3 with venv; to try the
# result also xvfb-run and xdotool. PYTHON names another Python.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mkdir -p "${1:-$root/build}" && cd "${1:-$root/build}" && pwd)
window_seconds=30

if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root/packaging/auditviewer.desktop"
fi
if command -v appstreamcli >/dev/null; then
    appstreamcli validate --no-net "$root/packaging/org.auditviewer.AuditViewer.metainfo.xml"
fi

echo "== Building in $folder"
"${PYTHON:-python3}" -m venv --clear "$folder/venv"
"$folder/venv/bin/pip" install --quiet "$root" "pyinstaller>=6.10"
"$folder/venv/bin/pyinstaller" --noconfirm --log-level WARN \
    --distpath "$folder/dist" --workpath "$folder/work" "$root/packaging/auditviewer.spec"
program="$folder/dist/auditviewer/auditviewer"
share="$folder/dist/auditviewer/share"
install -Dm644 "$root/packaging/auditviewer.desktop" "$share/applications/auditviewer.desktop"
install -Dm644 "$root/packaging/org.auditviewer.AuditViewer.metainfo.xml" -t "$share/metainfo"
install -Dm644 "$root/resources/icons/auditviewer.svg" -t "$share/icons/hicolor/scalable/apps"
du -sh "$folder/dist/auditviewer"
if ! compgen -G "$folder/dist/auditviewer/_internal/auditviewer/core/native/_native.*" >/dev/null; then
    echo "The bundle lacks the compiled functions: is there a C compiler?" >&2
    exit 1
fi

echo "== Trying the command line"
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
export AUDITVIEWER_CONFIG_DIR="$own/config" AUDITVIEWER_CACHE_DIR="$own/cache"
"$program" --version
"$program" summary "$root/resources/sample" --json >"$own/summary.json"
events=$("$folder/venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["events"])' "$own/summary.json")
lines=$("$folder/venv/bin/python" - "$root/resources/sample" <<'COUNT'
import csv, pathlib, sys
files = pathlib.Path(sys.argv[1]).glob("*.csv")
print(sum(len(list(csv.DictReader(open(f, newline="", encoding="utf-8")))) for f in files))
COUNT
)
if [ "$events" != "$lines" ]; then
    echo "The bundle read $events events of the sample; it has $lines." >&2
    exit 1
fi
echo "$events events"

"$program" package "$root/resources/sample" --status failure -o "$own/evidence"
"$program" verify "$own/evidence"
python3 "$own/evidence/verify.py"
"$program" report "$root/resources/sample" --status failure -o "$own/report.pdf"

echo "== Trying the window"
xvfb-run -a -s "-screen 0 1280x800x24" bash -s -- "$program" "$root/resources/sample" "$window_seconds" <<'TRY'
set -euo pipefail
"$1" "$2" &
window_of=$!
trap 'kill "$window_of" 2>/dev/null || true' EXIT
wait_for_title() {
    for _ in $(seq $(($2 * 5))); do
        kill -0 "$window_of" 2>/dev/null || { echo "The program ended before “$1” showed." >&2; exit 1; }
        if found=$(xdotool search --onlyvisible --name "$1"); then
            xdotool getwindowname "$(head -n 1 <<<"$found")"
            return
        fi
        sleep 0.2
    done
    echo "No window with “$1” in its title within $2 s." >&2
    exit 1
}
title=$(wait_for_title "Audit Viewer" "$3")
echo "A window appeared: $title"
title=$(wait_for_title "^sample.*Audit Viewer" "$3")
echo "It shows the sample: $title"
TRY
