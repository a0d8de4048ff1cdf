"""A build gets what reaches package registries from this host, and nothing else of it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_repl.sandbox.host_settings import MARK, host_settings

SHELL_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


def variables(files: Mapping[str, bytes], *, folder: Path) -> dict[str, str]:
    """What a shell has after it sourced the settings."""
    path = folder / "env"
    path.write_bytes(files["env"])
    shell = f". {path}; exec env -0"
    run = subprocess.run(["sh", "-c", shell], env={}, check=True, capture_output=True)
    pairs = (pair.partition("=") for pair in run.stdout.decode().split("\0") if pair)
    return {name: value for name, _, value in pairs if name not in ("PWD", "_", "SHLVL")}


def only_env(env: Mapping[str, str]) -> dict[str, bytes]:
    return host_settings(env, pip_files=[], npm_files=[])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "corporate.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    return path


def test_ca_bundle_travels_with_each_variable_that_names_it(bundle: Path, tmp_path: Path) -> None:
    files = only_env({"SSL_CERT_FILE": str(bundle), "NODE_EXTRA_CA_CERTS": str(bundle)})
    assert files["ca-1.crt"].endswith(bundle.read_bytes())
    named = variables(files, folder=tmp_path)
    assert named["SSL_CERT_FILE"] == named["NODE_EXTRA_CA_CERTS"] == "/host-settings/ca-1.crt"
    assert "PIP_CERT" not in named


def test_ca_bundle_named_only_by_settings_files_travels(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(f"[global]\ncert = {bundle}\n")
    (tmp_path / "npmrc").write_text(f"cafile={bundle}\n")
    files = host_settings({}, pip_files=[tmp_path / "pip.conf"], npm_files=[tmp_path / "npmrc"])
    named = variables(files, folder=tmp_path)
    assert named["PIP_CERT"] == named["NPM_CONFIG_CAFILE"] == "/host-settings/ca-1.crt"


def test_bundle_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    files = only_env({"PIP_CERT": str(tmp_path / "gone.pem")})
    assert set(files) == {"env", "npmrc"}
    assert "PIP_CERT" not in variables(files, folder=tmp_path)


def test_proxies_are_set_in_both_spellings(tmp_path: Path) -> None:
    named = variables(only_env({"https_proxy": "http://proxy:3128"}), folder=tmp_path)
    assert named["https_proxy"] == named["HTTPS_PROXY"] == "http://proxy:3128"


def test_indexes_and_options_that_name_files_of_the_host_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\nfind-links = /opt/wheels\nclient-cert = /etc/me.pem\n"
        "extra-index-url = file:///opt/simple https://a/simple /opt/other\n  https://b/simple\n"
    )
    (tmp_path / "npmrc").write_text("cache=/var/npm\n//r/:certfile=/etc/me.pem\nprefix=/usr\n")
    files = host_settings(
        {"PIP_FIND_LINKS": "/opt/wheels", "PIP_INDEX_URL": "file:///opt/index"},
        pip_files=[tmp_path / "pip.conf"],
        npm_files=[tmp_path / "npmrc"],
    )
    named = variables(files, folder=tmp_path)
    assert named.pop("PIP_EXTRA_INDEX_URL") == "https://a/simple https://b/simple"
    assert set(named) == {"HOST_SETTINGS", "NPM_CONFIG_USERCONFIG"}
    assert files["npmrc"].decode() == f"; {MARK}\n"


def test_environment_is_stronger_than_files_and_later_files_than_earlier(tmp_path: Path) -> None:
    first, second = tmp_path / "1.conf", tmp_path / "2.conf"
    first.write_text("[global]\ntimeout = 1\nretries = 1\nindex_url = https://one/simple\n")
    second.write_text("[global]\nretries = 2\n[install]\nindex-url = https://two/simple\n")
    files = host_settings({"PIP_TIMEOUT": "9"}, pip_files=[first, second], npm_files=[])
    named = variables(files, folder=tmp_path)
    assert (named["PIP_TIMEOUT"], named["PIP_RETRIES"]) == ("9", "2")
    assert named["PIP_INDEX_URL"] == "https://two/simple"


def test_private_npm_registry_and_its_token_travel(tmp_path: Path) -> None:
    (tmp_path / "npmrc").write_text(
        "; mine\nregistry = https://npm.corp/\n//npm.corp/:_authToken=${NPM_TOKEN}\n"
    )
    env = {"NPM_TOKEN": "s3cret", "npm_config_fetch_retries": "7", "npm_config_user_agent": "x"}
    npmrc = host_settings(env, pip_files=[], npm_files=[tmp_path / "npmrc"])["npmrc"].decode()
    assert npmrc.splitlines()[1:] == [
        "registry=https://npm.corp/",
        "//npm.corp/:_authToken=s3cret",
        'fetch-retries="7"',
    ]


def test_each_file_bears_the_mark(bundle: Path) -> None:
    files = only_env({"SSL_CERT_FILE": str(bundle)})
    assert all(MARK.encode() in content for content in files.values())


@given(value=SHELL_TEXT)
@settings(max_examples=25, deadline=None)
def test_no_value_escapes_its_variable(
    value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    named = variables(only_env({"HTTP_PROXY": value}), folder=tmp_path_factory.mktemp("shell"))
    assert named["HTTP_PROXY"] == value


@given(env=st.dictionaries(st.from_regex(r"(AWS|ANTHROPIC|GH|PIPX|MY)_[A-Z]{1,9}"), SHELL_TEXT))
@settings(max_examples=50, deadline=None)
def test_other_variables_stay_on_the_host(env: dict[str, str]) -> None:
    assert only_env(env) == only_env({})
