"""The set-up uses the engine it finds, installs one only as root, else says one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.setup.stub_machine import StubMachine


@pytest.fixture
def machine(tmp_path: Path) -> StubMachine:
    return StubMachine.bare(tmp_path)


def test_running_engine_is_used_as_it_is(machine: StubMachine) -> None:
    machine.become_root()
    machine.add("docker", "exit 0")
    machine.add("apt-get", "exit 0")
    done = machine.run("engine.sh")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls_of("apt-get") == []


def test_without_engine_and_not_root_one_line_says_what_to_install(machine: StubMachine) -> None:
    machine.add("docker", "exit 1")
    machine.add("apt-get", "exit 0")
    done = machine.run("engine.sh")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "sudo apt-get install docker.io" in done.stderr
    assert machine.calls_of("apt-get") == []


def test_engine_named_by_docker_host_that_is_silent_is_never_replaced(machine: StubMachine) -> None:
    machine.become_root()
    machine.add("docker", "exit 1")
    machine.add("apt-get", "exit 0")
    done = machine.run("engine.sh", DOCKER_HOST="tcp://engine:2376")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "DOCKER_HOST=tcp://engine:2376" in done.stderr
    assert machine.calls_of("apt-get") == []


def test_root_without_engine_installs_one_from_packages(machine: StubMachine) -> None:
    machine.become_root()
    machine.add("docker", f"test -e {machine.folder}/up")
    machine.add(
        "apt-get",
        f'case "$*" in *docker.io*) : >{machine.folder}/up;; esac; echo a great deal of noise',
    )
    done = machine.run("engine.sh")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Installing a Docker engine from packages ... ")
    assert len(done.stdout.splitlines()) == 1
    assert machine.calls_of("apt-get") == [
        "update",
        "install --yes --no-install-recommends docker.io iptables",
    ]


def test_failed_installation_shows_the_end_of_its_noise_and_stops(machine: StubMachine) -> None:
    machine.become_root()
    machine.add("docker", "exit 1")
    machine.add("apt-get", 'for line in $(seq 99); do echo "noise $line"; done; exit 100')
    done = machine.run("engine.sh")
    assert done.returncode == 1
    assert done.stdout == "Installing a Docker engine from packages ... failed\n"
    assert "noise 99" in done.stderr
    assert "noise 9\n" not in done.stderr


def test_old_python_is_named_before_anything_is_installed(machine: StubMachine) -> None:
    machine.become_root()
    machine.add("python3", "exit 1")
    machine.add("apt-get", "exit 0")
    for script in ("engine.sh", "venv.sh"):
        done = machine.run(script)
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "Python 3.11 or newer" in done.stderr
    assert machine.calls_of("apt-get") == []


def test_newer_python_beside_an_old_one_is_taken(machine: StubMachine) -> None:
    machine.add("python3", "exit 1")
    machine.add("python3.12", "exit 0")
    machine.add("docker", "exit 0")
    assert machine.run("engine.sh").returncode == 0
