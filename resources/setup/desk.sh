#!/bin/sh
# What the tests of the real program need beside it: an X server without a screen, software GL, a window manager, keys
# and a mouse, films, and a browser.
set -eu

missing=""
for package in xvfb openbox xdotool ffmpeg libgl1-mesa-dri chromium; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "The tests of the real program need packages that are not here. Run this once, then try again:"
    echo "    sudo apt-get install$missing"
    exit 1
fi
echo "Installing what the tests of the real program need:$missing"
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
