"""A PostgreSQL server of the test's own, in a folder of its own, on a socket of its own."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

USER = "postgres"


def programs() -> Path | None:
    """Where initdb and pg_ctl are: on the path, else the newest of Debian's."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return folders[-1].parent if folders else None


def lacking(why: str):
    """Skip with the reason; under CI a missing server is a failure."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(why)
    pytest.skip(why)


def needs(package: str, *, extra: str) -> None:
    """Skip where a package that an extra brings is not installed, or the Java that it wants."""
    if importlib.util.find_spec(package) is None:
        lacking(f"{package} is not installed (pip install 'ccsat[{extra}]')")
    if package == "pyspark" and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        lacking("Spark needs Java 17 (apt-get install default-jre-headless)")


@contextlib.contextmanager
def postgres(tmp_path_factory):
    """The address of a fresh server, stopped and removed afterwards. PostgreSQL refuses root, so root borrows its user."""
    where = programs()
    if where is None:
        lacking("PostgreSQL is not installed (apt-get install postgresql)")
    as_user: list[str] = []
    base = Path(tmp_path_factory.mktemp("pg"))
    if os.geteuid() == 0:
        if subprocess.run(["id", USER], capture_output=True).returncode:
            lacking(f"running as root, and there is no user '{USER}' to run PostgreSQL as")
        as_user = ["runuser", "-u", USER, "--"]
        # The test's folder is root's own: the server gets one that its user can reach, with a short name for the socket.
        made = subprocess.run(
            [*as_user, "mktemp", "-d", "-t", "ccsat-pg-XXXXXX"], capture_output=True, text=True, check=True, cwd="/"
        )
        base = Path(made.stdout.strip())

    def run(*words):
        done = subprocess.run([*as_user, *map(str, words)], capture_output=True, text=True, cwd="/", timeout=120)
        assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"

    data = base / "data"
    try:
        # English order (chat, Chat, Ω), where the other engines compare bytes.
        run(where / "initdb", "-D", data, "-U", USER, "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            "--locale-provider=icu", "--icu-locale=en-US")  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories='{base}' -c fsync=off -c timezone=Asia/Shanghai -c datestyle=SQL,DMY"
        run(where / "pg_ctl", "-D", data, "-l", base / "log", "-o", options, "-w", "start")
        try:
            yield f"host={base} user={USER} dbname=postgres"
        finally:
            run(where / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(base, ignore_errors=True)


def load(address: str, table: str, frame: pd.DataFrame, types: dict[str, str]) -> None:
    """A frame as a table of the server."""
    import psycopg

    def quoted(name):
        return '"' + name.replace('"', '""') + '"'

    columns = ", ".join(f"{quoted(name)} {types[name]}" for name in frame.columns)
    with psycopg.connect(address) as connection:
        connection.execute(f"CREATE TABLE {quoted(table)} ({columns})")
        with connection.cursor().copy(f"COPY {quoted(table)} FROM STDIN") as copy:
            for row in frame.astype(object).itertuples(index=False):
                copy.write_row([None if pd.isna(value) else value for value in row])
