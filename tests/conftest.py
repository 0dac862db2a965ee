"""What tests share: the real exports, a browser, and examples that are the same on every machine and day."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same_every_time", derandomize=True, deadline=None, database=None)
settings.load_profile("same_every_time")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def skip_unless_ci(reason):
    """Skip with a message; under CI=true a skip is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI=true: a skip is a failure)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def real_data():
    """Folder of the real exports: $CCSAT_REAL_DATA, else ../shared/real-data."""
    folder = Path(os.environ.get("CCSAT_REAL_DATA") or ROOT.parent / "shared" / "real-data")
    if not folder.is_dir():
        skip_unless_ci("no real exports: set CCSAT_REAL_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def browser():
    """The system's chromium, without a network of its own."""
    program = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        skip_unless_ci("no chromium: install the package chromium, or name the program in BROWSER_PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield started
        started.close()
