"""environment.yml from requirements.lock, and what the optional engines need beyond it: written by `make lock`, compared by a test."""

import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.11"
LINUX = {
    "python_version": PYTHON, "python_full_version": f"{PYTHON}.9", "sys_platform": "linux", "platform_system": "Linux",
    "os_name": "posix", "platform_machine": "x86_64", "implementation_name": "cpython",
    "platform_python_implementation": "CPython", "extra": "",
}  # fmt: skip


def locked(name="requirements.lock"):
    """Every pin of a lock, with its marker."""
    lock = (ROOT / name).read_text(encoding="utf-8")
    return [Requirement(line.rstrip(" \\")) for line in lock.splitlines() if re.match(r"^[a-z0-9]", line)]


def pins():
    """`name==version` for Linux and the named Python, as pip in a conda environment reads them."""
    chosen = [pin for pin in locked() if pin.marker is None or pin.marker.evaluate(LINUX)]
    return [
        f"{pin.name}[{','.join(sorted(pin.extras))}]{pin.specifier}" if pin.extras else f"{pin.name}{pin.specifier}"
        for pin in chosen
    ]


def environment_file():
    """The text of environment.yml."""
    head = f"name: ccsat\nchannels:\n  - conda-forge\ndependencies:\n  - python={PYTHON}\n  - pip\n  - pip:\n"
    return head + "".join(f"      - {pin}\n" for pin in [*pins(), "-e ."])


def beyond(full):
    """The pins of a longer lock that requirements.lock has not."""
    known, kept = {pin.name for pin in locked()}, []
    for block in re.split(r"^(?=[a-z0-9])", full, flags=re.MULTILINE)[1:]:
        if Requirement(block.split(" \\")[0]).name not in known:
            kept.append(block)
    return "".join(kept)


if __name__ == "__main__":
    print(beyond(Path(sys.argv[1]).read_text(encoding="utf-8")) if sys.argv[1:] else environment_file(), end="")
