"""Finds a Chromium for the browser tests; run as a program, installs one where it may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
"""Flags for Chromium: no sandbox, no screen, no traffic of its own."""

HOW_TO = (
    "The browser tests need Chromium. Debian or Ubuntu: sudo apt-get install chromium. "
    "macOS: brew install --cask chromium. Or name one: CHROMIUM=/path/to/chromium make test"
)


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome; the variable CHROMIUM goes before any other."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    apps = [str(Path("/Applications") / app) for app in MAC_APPS]
    found = (shutil.which(name) for name in (*NAMES, *apps))
    return next((path for path in found if path), None)


def install_chromium() -> None:
    """Install Debian's package; does nothing where that may not be done."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
        subprocess.run(["apt-get", *command], check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if not find_chromium():
        install_chromium()
    sys.exit(None if find_chromium() else HOW_TO)
