# Sourced by run.sh and tests/run.sh: installs the Debian packages that are missing, where we may.
# usage: need_packages PACKAGE ...

need_packages() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: the README names what Qt needs
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}\n' "$name" "${name}t64" 2>/dev/null | grep -q '^install ok' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Ask for these system packages: ${missing[*]}" >&2; return 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# The functions that see every byte of an export are compiled where there is a C compiler; all works without, slower.
need_compiler() {
    command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || need_packages gcc libc6-dev ||
        echo "Without a C compiler exports open more slowly." >&2
}

# Without a display: what importing Qt and starting it off screen needs.
QT_PACKAGES=(python3-venv libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3)
# For a window on X11.
WINDOW_PACKAGES=(
    libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libxcb-image0
    libxcb-render-util0 libxcb-randr0 libxcb-sync1 libxcb-xfixes0 libxcb-shm0 libx11-xcb1
)
