"""The hook for pre-commit and the action for GitHub are formed as their readers ask, and call what there is."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from conftest import ROOT

from gcmgraph.cli import build_parser

ACTION = yaml.safe_load((ROOT / ".github/actions/validate/action.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def test_the_hook_calls_the_command():
    """The hook takes the files that the command reads, in one process, and calls a command that there is."""
    (hook,) = HOOKS
    assert (hook["id"], hook["language"], hook["require_serial"]) == ("gcmgraph-validate", "python", True)
    assert {"id", "name", "entry", "language"} <= hook.keys()
    names = ["a.ttl", "b/c.trig", "d.nt", "e.nq", "f.ttl.txt", "g.csv", "nt"]
    assert [name for name in names if re.search(hook["files"], name)] == names[:4]
    program, *words = hook["entry"].split()
    assert program == "gcmgraph"
    assert [str(path) for path in build_parser().parse_args([*words, *names]).files] == names


def test_the_action_is_formed_as_github_asks():
    """Every step has its shell, every input is told and used, and none is pasted into a script."""
    assert {"name", "description", "inputs", "outputs", "runs"} == ACTION.keys()
    assert ACTION["runs"]["using"] == "composite"
    scripts = [step for step in ACTION["runs"]["steps"] if "run" in step]
    assert all(step["shell"] == "bash" and "${{" not in step["run"] for step in scripts)
    assert all(named["description"] for part in ("inputs", "outputs") for named in ACTION[part].values())
    used = {
        match for step in scripts for value in step["env"].values() for match in re.findall(r"inputs\.([\w-]+)", value)
    }
    assert used == ACTION["inputs"].keys()


@pytest.mark.parametrize(
    ("files", "output", "status", "expected"),
    [
        ("", "", 0, []),
        ("a b.ttl\n\n-c.ttl\n$(touch x).ttl", "", 1, ["a b.ttl", "-c.ttl", "$(touch x).ttl"]),
        ("a.ttl", "r.sarif", 3, ["a.ttl"]),
    ],
    ids=["whole graph", "names of any kind", "to a file"],
)
def test_the_action_passes_on_what_it_is_given(files, output, status, expected, tmp_path):
    """The script gives each line as one file, tells the status, and keeps the report."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@"\nexit {status}\n')
    python.chmod(0o755)
    (step,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "validate")
    names = {"FAIL_ON": "info", "FILES": files, "FORMAT": "sarif", "OUTPUT": output, "PYTHON": str(python)}
    environment = {"PATH": "/usr/bin:/bin", "GITHUB_OUTPUT": str(tmp_path / "outputs"), **names}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    report = (tmp_path / output).read_text() if output else done.stdout
    assert report.splitlines() == [
        "-m",
        "gcmgraph.cli",
        "validate",
        "--format=sarif",
        "--fail-on=info",
        "--",
        *expected,
    ]
    assert (done.returncode, (tmp_path / "outputs").read_text(), done.stderr) == (status, f"status={status}\n", "")
    assert not (tmp_path / "x").exists()
