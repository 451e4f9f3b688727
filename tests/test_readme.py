"""What the README says is so: its commands run, and print what it prints."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from gcmgraph import Project, find_query, read_corpus
from gcmgraph.project import FOLDERS

README = (ROOT / "README.md").read_text()
SESSION, EXPLANATION, MENDING = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
STEPS = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", SESSION, re.MULTILINE)
TABLE = re.findall(r"^\| .*\? \| `([^`]+)` \|$", README, re.MULTILINE)
BIN = Path(sys.executable).parent


def shell(command: str, cwd: Path) -> str:
    """Run a command as a reader would, with this environment's programs first."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=cwd, env=environment, check=False)  # noqa: S602
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(("command", "output"), STEPS, ids=[command[:40] for command, _ in STEPS])
def test_the_session_prints_what_it_prints(tmp_path, command, output):
    """Each command of the session gives the output that stands below it."""
    assert shell(command, tmp_path) == output


def test_the_explanation_is_what_is_printed():
    """The explanation that is shown is what the command says in a checkout, whatever the lines are by now."""
    ((command, output),) = re.findall(r"^\$ (.*)\n((?:.*\n)*)", EXPLANATION, re.MULTILINE)
    assert re.sub(r":\d+$", "", shell(command, ROOT), flags=re.MULTILINE) == re.sub(
        r":\d+$", "", output, flags=re.MULTILINE
    )


def test_the_example_is_mended_as_it_says(tmp_path):
    """The file that is shown, mended, gives the diff and the report that are shown."""
    (tmp_path / "new.ttl").write_text(re.search(r"```turtle\n(.*?)```", README, re.DOTALL).group(1))
    ((command, output),) = re.findall(r"^\$ (.*)\n((?:.*\n)*)", MENDING, re.MULTILINE)
    assert shell(command, tmp_path) == output


def test_the_first_command_asks_a_question(tmp_path):
    """The line that sets up ends in a question that has an answer."""
    line = re.search(r"<!-- run -->\n```sh\n(.*)\n```", README).group(1)
    *_, question = line.split(" && ")
    assert shell(question.replace(".venv/bin/", ""), tmp_path).endswith("rows)\n")


def test_ci_calls_the_test_command():
    """CI reads the test command from the README, so that the two cannot differ."""
    line = re.search(r"<!-- tests -->\n```sh\n(.*)\n```", README).group(1)
    assert line.endswith(".venv/bin/pytest -q")
    assert "README.md" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("call", TABLE)
def test_the_questions_of_the_table_have_answers(embedded, corpus, project, call):
    """Each question of the table is a stored query that gives rows with the values shown."""
    name, *words = shlex.split(call)
    values = dict(word.split("=") for word in words if word != "-p")
    assert embedded.query(find_query(project, name).bind(values, corpus=corpus)).rows()


def test_there_is_something_to_run():
    """The session and the table of questions are found in the README."""
    assert len(STEPS) >= 5
    assert len(TABLE) >= 10


def test_the_python_example_runs(monkeypatch):
    """The example for Python gives what it shows."""
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert found.attempted >= 5
    assert found.failed == 0


def test_the_wheel_holds_the_whole_project(tmp_path):
    """What is installed has every file of the four folders, so that the command works without the checkout."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    inside = Project(tmp_path / "site/gcmgraph/project")
    for folder in FOLDERS:
        ours = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert ours == {p.relative_to(inside.root / folder) for p in (inside.root / folder).rglob("*") if p.is_file()}
    assert sum(1 for _ in read_corpus(inside).triples()) > 5000
    code = "import gcmgraph; print(gcmgraph.Project.find().root)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == inside.root
