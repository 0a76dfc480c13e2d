#!/bin/sh
# sh requirements/install.sh NAME: .venv holds exactly what requirements/NAME.txt locks, by hash; does nothing when it does.
set -eu
python=${PYTHON:-python3}
lock=requirements/$1.txt
stamp=.venv/installed-$1.txt

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "This needs Python 3.11 or newer as '$python'; name another by PYTHON=python3.13" >&2
    exit 1
fi
if ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 || {
        # Debian keeps a part of venv in a package of its own; the system's pip can fill a venv without it.
        rm -rf .venv
        if "$python" -m pip --version >/dev/null 2>&1; then
            "$python" -m venv --without-pip .venv
            "$python" -m pip --python .venv/bin/python install -qq --disable-pip-version-check pip
        elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
            "$python" -m venv .venv
        else
            echo "Python's venv is missing here; on Debian: apt-get install python3-venv" >&2
            exit 1
        fi
    }
fi
if ! cmp -s "$lock" "$stamp"; then
    begun=$(date +%s)
    printf 'Installing %s … ' "$lock"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$lock"
    cp "$lock" "$stamp"
    # The locks share their versions and the one for development holds the others.
    if [ "$1" = dev ]; then cp requirements/demo.txt .venv/installed-demo.txt; fi
    echo "$(($(date +%s) - begun)) s"
fi
