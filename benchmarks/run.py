"""Every benchmark in turn: `make bench`. Each prints its own table and exits with 1 where a gate is missed."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    failed = []
    for script in sorted(HERE.glob("*.py")):
        if script.name == Path(__file__).name:
            continue
        print(f"== {script.stem}", flush=True)
        if subprocess.run([sys.executable, script], cwd=HERE.parent, check=False).returncode:
            failed.append(script.stem)
    print("missed: " + ", ".join(failed) if failed else "every gate is kept", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
