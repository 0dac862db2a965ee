"""What a fresh machine needs: pins with hashes, no address of anybody's machine or registry, one set of pins for all."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from environment_file import environment_file, locked
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IN_LOCK = ("test", "images", "dev")
ENGINES = ("spark", "clickhouse")
ADDRESSES = re.compile(  # bracketed letters: this file itself names no host
    r"/(?:home|root|Users)/\w|/w[o]rk/(?:main|shared)|[A-Z]:\\\\Users|p[y]pi\.org|p[y]thonhosted|n[p]mjs\.(?:org|com)|"
    r"d[e]b\.debian|--(?:extra-)?index-url|--find-links"
)


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_pin_has_hashes_and_no_address():
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert len(entries) > 100
    without = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert without == [] and "://" not in LOCK
    assert all(re.match(r"^[a-z0-9][\w.\-]*(\[\w+\])?==", entry) for entry in entries)


def test_every_dependency_is_pinned_within_its_bounds():
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *(line for extra in IN_LOCK for line in extras[extra])]
    pinned = {}
    for pin in locked():
        pinned.setdefault(plain(pin.name), []).append(next(iter(pin.specifier)).version)
    for requirement in map(Requirement, asked):
        versions = pinned.get(plain(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_environment_file_has_the_same_pins():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment_file(), "make lock"


def test_the_optional_engines_are_pinned_apart():
    """Spark and ClickHouse are no part of everybody's set-up: their lock holds what requirements.lock has not, with hashes."""
    lock = (ROOT / "requirements-engines.lock").read_text(encoding="utf-8")
    entries, extras = re.split(r"\n(?=[a-z0-9])", lock.strip()), PROJECT["project"]["optional-dependencies"]
    assert all("--hash=sha256:" in entry for entry in entries) and "://" not in lock
    pinned = {plain(pin.name): pin for pin in locked("requirements-engines.lock")}
    assert not set(pinned) & {plain(pin.name) for pin in locked()}
    for requirement in map(Requirement, [line for extra in ENGINES for line in extras[extra]]):
        assert requirement.specifier.contains(next(iter(pinned[plain(requirement.name)].specifier)).version), "make lock"


def test_build_backend_is_pinned_too():
    names = {plain(pin.name) for pin in locked()}
    assert {plain(Requirement(line).name) for line in PROJECT["build-system"]["requires"]} <= names


def tracked():
    """Text files that git would carry to another machine: tracked ones and new ones that are not ignored."""
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        return []
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    return [ROOT / name for name in listed.decode("utf-8").split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_package_host():
    found = []
    for file in tracked():
        if file == Path(__file__).resolve() or file.suffix in (".parquet", ".xlsx", ".png"):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if match := ADDRESSES.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


def test_no_source_is_ignored_by_git():
    """A name like runs/ in .gitignore would drop ccsat/runs from commits and from the wheel."""
    if not tracked():
        pytest.skip("not a git checkout")
    missing = {file for file in (ROOT / "ccsat").rglob("*.py")} - set(tracked())
    assert missing == set()


@pytest.mark.parametrize("target", ["setup", "trace", "test", "test-slow", "test-notebooks", "test-all", "bench", "lab", "clean"])
def test_make_has_its_targets(target):
    make = shutil.which("make")
    if not make:
        pytest.skip("no make on this machine")
    done = subprocess.run([make, "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_make_says_so_when_python_is_too_old(tmp_path):
    make = shutil.which("make")
    if not make:
        pytest.skip("no make on this machine")
    old = tmp_path / "old python"
    old.write_text(
        '#!/bin/sh\nexec python3 -c "import sys; sys.version_info = (3, 9, 2); sys.argv = sys.argv[1:]; exec(sys.argv[1])" "$@"\n'
    )
    old.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    done = subprocess.run([make, f"PYTHON={old}", "setup"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0 and "Python 3.11 or newer" in done.stderr and not (tmp_path / ".venv").exists()


def test_ci_runs_the_same_tests_without_a_terminal():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n") and "set -euo pipefail" in script and "</dev/null" in script
    assert "make test\n" in script and "make test-slow " in script and "make test-notebooks " in script
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)
