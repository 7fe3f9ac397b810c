"""Finds a Chromium for the browser tests; run as a program, installs one where it may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"
"""Chromium without windows: a page costs it about a quarter less processor time."""

NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt_get("update", "-qq")
        if not apt_get("install", "-y", "-qq", SHELL):  # older releases do not have it
            apt_get("install", "-y", "-qq", "chromium")


def apt_get(*arguments: str) -> bool:
    silent = subprocess.DEVNULL
    done = subprocess.run(["apt-get", *arguments], check=False, stdout=silent, stderr=silent)
    return done.returncode == 0


if __name__ == "__main__":
    if not os.environ.get("CHROMIUM") and not shutil.which(SHELL):
        install_chromium()
    sys.exit(None if find_chromium() else HOW_TO)
