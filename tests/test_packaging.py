"""What is shipped, and what the repository may say: one version, no hosts, no paths of one machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import version
from pathlib import Path

import pytest

import microtorch

ROOT = Path(__file__).resolve().parent.parent
LESSONS = {path.name for path in (ROOT / "lessons").glob("*.ipynb")}
EXERCISES = {path.name for path in (ROOT / "exercises").glob("*.*")}


def build(target: str, folder: Path) -> Path:
    """Build with hatchling itself: no network, no second environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    # Warnings are errors in these tests, not in the build backend.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build("wheel", tmp_path_factory.mktemp("wheel")))


@pytest.fixture(scope="session")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return HeaderParser().parsestr(wheel.read(name).decode("utf-8"))


def content(wheel: zipfile.ZipFile, kind: str) -> set[str]:
    folder = f"microtorch/_content/{kind}/"
    return {name.removeprefix(folder) for name in wheel.namelist() if name.startswith(folder)}


# ---------------------------------------------------------------- the wheel


def test_the_wheel_brings_every_lesson_and_exercise(wheel: zipfile.ZipFile) -> None:
    assert content(wheel, "lessons") == LESSONS
    assert content(wheel, "exercises") == EXERCISES
    assert "00-start-here.ipynb" in LESSONS


def test_the_wheel_does_not_bring_the_authors_sources(wheel: zipfile.ZipFile) -> None:
    assert not [name for name in wheel.namelist() if "authoring/" in name or "solution" in name]


def test_the_wheel_holds_the_package_and_nothing_beside_it(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    named = f"microtorch-{microtorch.__version__}"
    assert {name.split("/")[0] for name in names} == {
        "microtorch",
        f"{named}.data",
        f"{named}.dist-info",
    }
    # What goes to the environment's own folder: one setting for nbconvert.
    assert [name for name in names if name.startswith(f"{named}.data/")] == [
        f"{named}.data/data/etc/jupyter/jupyter_nbconvert_config.json"
    ]
    files = [path for path in (ROOT / "microtorch").rglob("*") if path.is_file()]
    ours = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert ours <= set(names)
    assert "microtorch/py.typed" in ours
    assert not [name for name in names if "__pycache__" in name or "checkpoint" in name]


def test_the_wheel_says_what_a_package_index_needs_to_know(metadata: Message) -> None:
    assert metadata["Version"] == microtorch.__version__
    assert metadata["License-Expression"] == "MIT AND CC-BY-4.0"
    assert metadata.get_all("License-File") == ["LICENSE", "LICENSE-lessons"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert "microtorch lab" in str(metadata.get_payload())


def test_the_source_distribution_holds_what_building_and_testing_need(tmp_path: Path) -> None:
    built = build("sdist", tmp_path)
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"README.md", "LICENSE", "LICENSE-lessons", "pyproject.toml", "requirements.lock"}
    wanted |= {"CHANGELOG.md", "CITATION.cff", ".ci/run", "tests/test_packaging.py"}
    wanted |= {f"lessons/{name}" for name in LESSONS} | {f"exercises/{name}" for name in EXERCISES}
    assert wanted <= names
    assert not [name for name in names if ".venv" in name or "uv.lock" in name]


# ---------------------------------------------------------------- one truth


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    assert version("microtorch") == microtorch.__version__
    literal = f'"{microtorch.__version__}"'
    where = [path for path in (ROOT / "microtorch").rglob("*.py") if literal in path.read_text()]
    assert where == [ROOT / "microtorch" / "__init__.py"]


def test_the_changelog_and_the_citation_know_the_version() -> None:
    assert f"## {microtorch.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {microtorch.__version__}\n" in citation


def locked() -> dict[str, str]:
    """Each requirement of requirements.lock: its name, and its text with the hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {re.split(r"[=\[ ]", line)[0].lower(): line for line in lines}


def names_of(requirements: list[object]) -> set[str]:
    found = (
        re.match(r"[A-Za-z0-9_.-]+", entry) for entry in requirements if isinstance(entry, str)
    )
    return {match.group().lower() for match in found if match}


def test_every_dependency_is_locked_with_hashes_and_without_an_address() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = locked()
    needed = names_of(settings["project"]["dependencies"])
    needed |= names_of(settings["dependency-groups"]["test"])
    assert needed <= lines.keys()
    assert [
        line for line in lines.values() if "==" not in line or "--hash=sha256:" not in line
    ] == []
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text


# ---------------------------------------------------------------- what no file may say

# Written in pieces, so that this file passes its own test.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "npmjs" + ".com"]
HOSTS += ["anaconda" + ".org", "anaconda" + ".com", "conda" + "-forge.org", "yarnpkg" + ".com"]
MACHINE = re.compile(rf"{re.escape(str(ROOT))}\b|(?<![\w.:/])/(?:home|Users|root)/\w+")


def our_files() -> list[Path]:
    """Files that are, or could be, in the repository: tracked, or neither tracked nor ignored."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        hidden = re.compile(r"(^|/)(\.(?!ci/|gitignore)|__pycache__/|dist/|uv\.lock$)")
        names = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file()]
        return [ROOT / name for name in names if not hidden.search(name)]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    files = our_files()
    assert ROOT / "pyproject.toml" in files
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace")
        words = [host for host in HOSTS if host in text]
        words += [match.group() for match in MACHINE.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {word}" for word in words]
    assert found == []


def test_that_test_knows_what_it_looks_for() -> None:
    assert MACHINE.search("File /" + "home/ada/lesson.ipynb")
    assert MACHINE.search(f"see {ROOT}/README.md")
    assert not MACHINE.search("https://example.org/home/page")
    assert not MACHINE.search("(home|Users|root)")
