#!/bin/sh
# Prints the path of a Chromium that runs: one that is there, else Playwright's own, else Debian's; else says how to get it.
set -u
works() { command -v "$1" >/dev/null 2>&1 && "$1" --version >/dev/null 2>&1; }
found() { command -v "$1" && exit 0; }

if [ -n "${CHROMIUM:-}" ]; then
    works "$CHROMIUM" && found "$CHROMIUM"
    echo "CHROMIUM=$CHROMIUM does not run." >&2
    exit 1
fi
for name in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    works "$name" && found "$name"
done

export PLAYWRIGHT_BROWSERS_PATH="$PWD/var/browsers" PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=20000
own='from playwright.sync_api import sync_playwright as s
with s() as p: print(p.chromium.executable_path)'
name=$(.venv/bin/python -c "$own")
if ! works "$name"; then
    echo "No Chromium here; asking Playwright for one …" >&2
    .venv/bin/python -m playwright install chromium >&2
fi
works "$name" && found "$name"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Debian's chromium …" >&2
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium >/dev/null
    works chromium && found chromium
fi
echo "The browser journeys need Chromium: install it (Debian: apt-get install chromium) or give its path as CHROMIUM=…" >&2
exit 1
