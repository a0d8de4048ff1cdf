"""The wheel alone is enough: installed elsewhere, it carries the image's inputs and examples."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from finops_repl.sandbox.image import image_tag

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.mark.timeout(600)
def test_a_wheel_installed_elsewhere_runs_a_workflow(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path), "."],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("finops_repl-*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def installed(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(environment / "bin" / program), *arguments],
            cwd=outside,
            env=env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    done = installed("pip", "install", "--quiet", str(wheel))
    assert done.returncode == 0, done.stderr
    where = installed("python", "-c", "import finops_repl; print(finops_repl.__file__)")
    assert str(environment) in where.stdout
    built = installed("finops-repl", "sandbox", "build", "--json")
    assert json.loads(built.stdout) == {"image": image_tag()}, built.stderr
    ran = installed(
        "finops-repl",
        "run-workflow",
        "monthly-cost-report",
        "--json",
        "--account",
        "simulated:as_of=2026-10-20,rows=20000",
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["reason"] == "exit"
    assert "Amazon Elastic Compute Cloud" in report["stdout"]
    files = list((Path(os.environ["XDG_DATA_HOME"]) / "finops-repl/workspace/data").iterdir())
    assert [file.name for file in files] == ["monthly_cost_report_2026-09.csv"]
