"""Is this machine ready for the workshop? Each question with what was seen, what is wanted, and what to do."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ccsat.views import View
from ccsat.wording import text

PYTHON = (3, 11)
PACKAGES = {
    "pandas": 3,
    "duckdb": 1,
    "plotly": 7,
    "jupyterlab": 4,
    "papermill": 2,
    "scikit-learn": 1,
    "statsmodels": 0,
    "pyarrow": 21,
}
MEMORY_GB, DISK_GB = 3.0, 1.0
SLOW_S = 8.0  # a fit that takes about one second on a laptop


@dataclass(frozen=True)
class Seen:
    """One question: whether it is as it should be, and the values that its words name."""

    key: str
    ok: bool
    values: dict[str, object]

    @property
    def words(self) -> str:
        return text(f"workshop.env.{self.key}.{'ok' if self.ok else 'not_ok'}", **self.values)


def check_environment(folder: str | Path = ".") -> View:
    """Versions, kernel, fonts, write access, memory, disk and a one-second fit, as a table; rows that are not right say what to do."""
    return show([ask(Path(folder)) for ask in QUESTIONS])


def show(seen: list[Seen]) -> View:
    """Answers as a table."""
    heads = tuple(text(f"workshop.env.head.{key}") for key in ("what", "state", "words"))
    rows = [
        (text(f"workshop.env.{one.key}.name"), text("workshop.env.good" if one.ok else "workshop.env.bad"), one.words)
        for one in seen
    ]
    return View(heads, tuple(rows))


def ready(folder: str | Path = ".") -> bool:
    """Whether everything that the workshop cannot do without is there; slow or without fonts still counts."""
    return all(ask(Path(folder)).ok for ask in QUESTIONS if ask not in (_fonts, _speed))


def _python(folder: Path) -> Seen:
    wanted = ".".join(map(str, PYTHON))
    return Seen(
        "python", sys.version_info[:2] >= PYTHON, {"found": ".".join(map(str, sys.version_info[:3])), "wanted": wanted}
    )


def _packages(folder: Path) -> Seen:
    wrong = []
    for name, least in PACKAGES.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} –")
            continue
        if int(found.split(".")[0]) < least:
            wrong.append(f"{name} {found} < {least}")
    return Seen("packages", not wrong, {"n": len(PACKAGES), "wrong": ", ".join(wrong)})


def _kernel(folder: Path) -> Seen:
    try:
        from jupyter_client.kernelspec import KernelSpecManager

        known = sorted(KernelSpecManager().find_kernel_specs())
    except ImportError:
        known = []
    return Seen("kernel", "python3" in known, {"known": ", ".join(known) or "–"})


def _fonts(folder: Path) -> Seen:
    """Chinese fonts where they can be looked for; systems that ship them are taken at their word."""
    if sys.platform in ("win32", "darwin"):
        return Seen("fonts", True, {})
    if not (command := shutil.which("fc-list")):
        places = (Path("/usr/share/fonts"), Path.home() / ".fonts", Path.home() / ".local/share/fonts")
        names = [path.name.lower() for place in places if place.is_dir() for path in place.rglob("*.[ot]t[cf]")]
        return Seen(
            "fonts", any(word in name for name in names for word in ("cjk", "wqy", "han", "song", "hei", "fang")), {}
        )
    import subprocess

    said = subprocess.run(
        [command, ":lang=zh", "family"], capture_output=True, text=True, timeout=30, check=False
    ).stdout
    return Seen("fonts", bool(said.strip()), {})


def _writing(folder: Path) -> Seen:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".ccsat-"):
            pass
    except OSError as error:
        return Seen("writing", False, {"reason": error.strerror or type(error).__name__})
    return Seen("writing", True, {})


def _memory(folder: Path) -> Seen:
    import psutil

    free = psutil.virtual_memory().available / 2**30
    return Seen("memory", free >= MEMORY_GB, {"free": f"{free:.1f}", "wanted": f"{MEMORY_GB:g}"})


def _disk(folder: Path) -> Seen:
    free = shutil.disk_usage(folder).free / 2**30
    return Seen("disk", free >= DISK_GB, {"free": f"{free:.1f}", "wanted": f"{DISK_GB:g}"})


def _utf8(folder: Path) -> Seen:
    name = "评价.txt"
    with tempfile.TemporaryDirectory(prefix="ccsat-") as place:
        path = Path(place) / name
        path.write_text("满意", encoding="utf-8")
        return Seen("utf8", path.read_text(encoding="utf-8") == "满意" and name in os.listdir(place), {})


def _speed(folder: Path) -> Seen:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20_000, 10))
    begun = time.perf_counter()
    HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(rows, rows[:, 0] + rng.normal(size=len(rows)) > 0)
    seconds = time.perf_counter() - begun
    return Seen("speed", seconds <= SLOW_S, {"seconds": f"{seconds:.1f}", "wanted": f"{SLOW_S:g}"})


QUESTIONS: tuple[Callable[[Path], Seen], ...] = (
    _python,
    _packages,
    _kernel,
    _fonts,
    _utf8,
    _writing,
    _memory,
    _disk,
    _speed,
)
