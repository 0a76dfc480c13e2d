"""Writes the locks beside this file from pyproject.toml with uv, or with --check tells which are stale, without uv."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXTRAS = {"dev": ["embedded", "dev"], "demo": ["embedded"], "production": []}  # the widest first: the others follow it
MARK = "# made from: "


def asked(extras: list[str]) -> str:
    """A digest of what pyproject.toml asks for; a lock carries the one that it was made from."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    wanted = [
        project["requires-python"],
        project["dependencies"],
        [project["optional-dependencies"][e] for e in extras],
    ]
    return MARK + hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:32]


def lock(name: str, extras: list[str], options: list[str]) -> None:
    """One lock stands for every platform and every Python that we support, with the versions of the widest lock."""
    file = HERE / f"{name}.txt"
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
    command += ["--no-emit-index-url", "--quiet", "pyproject.toml", "-o", str(file.relative_to(HERE.parent)), *options]
    command += [part for extra in extras for part in ("--extra", extra)]
    if name != "dev":
        command += ["--constraint", "requirements/dev.txt"]
    subprocess.run(command, cwd=HERE.parent, check=True)
    file.write_text(f"{asked(extras)}\n{file.read_text()}")


def main() -> None:
    """Exit with the names of the stale locks, or make them all."""
    if "--check" in sys.argv:
        files = {name: HERE / f"{name}.txt" for name in EXTRAS}
        stale = [name for name, file in files.items() if file.read_text().partition("\n")[0] != asked(EXTRAS[name])]
        sys.exit(f"Stale, run `make lock`: requirements/{', '.join(stale)}.txt" if stale else 0)
    try:
        for name, extras in EXTRAS.items():
            lock(name, extras, sys.argv[1:])
    except FileNotFoundError:
        sys.exit("Locking needs uv: `pip install uv`.")


if __name__ == "__main__":
    main()
