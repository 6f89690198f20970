#!/bin/sh
# Makes everything ready on a fresh machine: Qt's system libraries (Debian and its relatives) and the Python environment.
set -eu

python=${PYTHON:-python3}
venv=${VENV:-.venv}
libraries="libegl1 libgl1 libglib2.0-0 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 \
libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libdbus-1-3 libpulse0"

if command -v dpkg-query >/dev/null 2>&1; then
    missing=""
    for library in $libraries; do
        # Debian's newer releases mark some of these names with t64
        if ! dpkg-query -W -f='${Status}' "$library" 2>/dev/null | grep -q "install ok installed" &&
            ! dpkg-query -W -f='${Status}' "${library}t64" 2>/dev/null | grep -q "install ok installed"; then
            missing="$missing $library"
        fi
    done
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ]; then
            echo "Installing the system libraries that Qt needs:$missing"
            apt-get update -qq
            # shellcheck disable=SC2086
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
        else
            echo "Qt needs system libraries that are not here. Run this once, then try again:"
            echo "    sudo apt-get install$missing"
            exit 1
        fi
    fi
fi

"$python" - <<'PYTHON' || exit 1
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(f"Underhood needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}. "
             "Name another one with: make PYTHON=/path/to/python3.11")
PYTHON

if [ ! -x "$venv/bin/python" ]; then
    "$python" -m venv "$venv" || {
        echo "The environment could not be made. On Debian: sudo apt-get install python3-venv"
        exit 1
    }
fi
"$venv/bin/python" -m pip install --quiet --upgrade "pip>=25.1"
"$venv/bin/python" -m pip install --quiet --editable . --group dev
