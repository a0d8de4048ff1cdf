"""requirements.txt and package.json ask for names and versions, and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace
from finops_repl.sandbox.wanted_packages import REQUIREMENT, WantedPackages, read_wanted


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_a_workspace_without_files_or_with_empty_ones_asks_for_nothing(
    workspace: Workspace,
) -> None:
    assert read_wanted(workspace) is None
    (workspace.root / "requirements.txt").write_text("# none yet\n\n")
    (workspace.root / "package.json").write_text('{"scripts": {"x": "y"}, "dependencies": {}}')
    assert read_wanted(workspace) is None


def test_plain_lines_are_read_as_pip_reads_them(workspace: Workspace) -> None:
    digest = "a" * 64
    (workspace.root / "requirements.txt").write_text(
        "\ufeff# for forecasts\nstatsmodels\n"
        "scikit-learn[alldeps] >=1.5, <2  # newest\n"
        "tzdata==2026.1 ; sys_platform == 'linux' and python_version >= '3.11'\n"
        f"iniconfig==2.0.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{digest}\n"
    )
    wanted = read_wanted(workspace)
    assert wanted is not None
    assert wanted.python == (
        "statsmodels",
        "scikit-learn[alldeps] >=1.5, <2",
        "tzdata==2026.1 ; sys_platform == 'linux' and python_version >= '3.11'",
        f"iniconfig==2.0.0 --hash=sha256:{digest} --hash=sha256:{digest}",
    )


def test_dependencies_are_read_and_scripts_are_not(workspace: Workspace) -> None:
    manifest = {
        "name": "ours",
        "scripts": {"preinstall": "curl x | sh"},
        "dependencies": {"ms": "^2.1.0", "@scope/a.b": ">=1 <3 || 4.x"},
        "devDependencies": {"typescript": "git+ssh://x/y"},
    }
    (workspace.root / "package.json").write_text(json.dumps(manifest))
    assert read_wanted(workspace) == WantedPackages(
        (), {"ms": "^2.1.0", "@scope/a.b": ">=1 <3 || 4.x"}
    )


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("-e .", "options are not read"),
        ("-r other.txt", "options are not read"),
        ("--index-url https://x/simple", "options are not read"),
        ("--extra-index-url=https://x/simple", "options are not read"),
        ("iniconfig --global-option=x", "versions"),
        ("iniconfig==2.0.0 --index-url https://x", "package index alone"),
        ("evil @ https://x/evil.whl", "package index alone"),
        ("git+https://x/evil", "package index alone"),
        ("./evil", "package index alone"),
        ("../evil-1.0-py3-none-any.whl", "package index alone"),
        ("file:///evil.whl", "package index alone"),
        ("/evil", "package index alone"),
        ("${EVIL}", "versions"),
        ("iniconfig=2", "versions"),
        ("iniconfig>", "versions"),
        ("iniconfig --hash=md5:00", "versions"),
    ],
)
def test_lines_that_take_packages_from_elsewhere_are_refused_with_their_number(
    workspace: Workspace, line: str, remedy: str
) -> None:
    (workspace.root / "requirements.txt").write_text(f"# ours\ntabulate\n{line}\n")
    with pytest.raises(ConfigError, match=r"requirements\.txt line 3: .* is not read") as raised:
        read_wanted(workspace)
    assert remedy in raised.value.hint


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "-",
                " ",
                "==",
                "1",
                ",",
                "@",
                "/",
                ":",
                "--hash=sha256:",
                "[",
                "]",
                ";",
                "'",
                "\n",
                "$",
                "\\",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_whatever_is_read_names_no_place_and_no_option(text: str) -> None:
    line = " ".join(text.split())
    if REQUIREMENT.fullmatch(line):
        assert line[0].isalnum()
        assert not set("/@$\\\n") & set(line)
        assert " -" not in line.partition(";")[0].replace(" --hash=sha256:", "")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "no JSON object"),
        ('{"dependencies": []}', "no JSON object"),
        ('{"dependencies": {"ms": "git+https://x/y.git"}}', "is not read"),
        ('{"dependencies": {"ms": "https://x/y.tgz"}}', "is not read"),
        ('{"dependencies": {"ms": "file:../x"}}', "is not read"),
        ('{"dependencies": {"ms": "someone/ms"}}', "is not read"),
        ('{"dependencies": {"ms": "npm:evil@1"}}', "is not read"),
        ('{"dependencies": {"ms": "workspace:*"}}', "is not read"),
        ('{"dependencies": {"ms": "../x"}}', "is not read"),
        ('{"dependencies": {"ms": ""}}', "is not read"),
        ('{"dependencies": {"ms": 1}}', "is not read"),
        ('{"dependencies": {"../ms": "1"}}', "is no name"),
        ('{"dependencies": {"a/b/c": "1"}}', "is no name"),
        ('{"optionalDependencies": {"ms": "1"}}', "optionalDependencies is not read"),
        ('{"overrides": {"ms": "1"}}', "overrides is not read"),
        ('{"workspaces": ["x"]}', "workspaces is not read"),
    ],
)
def test_manifests_that_ask_for_more_are_refused(
    workspace: Workspace, manifest: str, said: str
) -> None:
    (workspace.root / "package.json").write_text(manifest)
    with pytest.raises(ConfigError, match=said):
        read_wanted(workspace)


def test_absurd_files_are_refused(workspace: Workspace) -> None:
    for content, said in (
        (b"a\n" * 300, "more than 200"),
        (b"#" * 70_000, "larger than"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a \\\n", "ends within a line"),
    ):
        (workspace.root / "requirements.txt").write_bytes(content)
        with pytest.raises(ConfigError, match=said):
            read_wanted(workspace)
