"""What a build needs of this host to reach package registries, and nothing else of it.

The CA bundles, proxies and the pip and npm settings of the host reach the first stage of the
image's build as the folder `host-settings` of its context. A setting that names a file of the
host is copied (CA bundles) or left out; so is an index that is a folder of the host.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["FOLDER", "MARK", "host_settings"]

FOLDER = "host-settings"

MARK = "only-the-first-stage-of-the-build-may-see-this"
"""Stands in each file of the folder: a search of the image for it finds whatever came through."""

CA_VARIABLES = (
    "SSL_CERT_FILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_CAFILE",
)
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PIP_INDEXES = ("index-url", "extra-index-url")
PIP_OPTIONS = (*PIP_INDEXES, "trusted-host", "proxy", "timeout", "default-timeout", "retries")
NPM_OPTION = re.compile(
    r"""registry | @[^:]+:registry | //.+:(_auth|_authToken|username|_password|always-auth)
      | proxy | https-proxy | noproxy | strict-ssl | ca | ca\[\] | fetch-[a-z-]+""",
    re.VERBOSE,
)


def host_settings(
    env: Mapping[str, str] | None = None,
    *,
    pip_files: Sequence[Path] | None = None,
    npm_files: Sequence[Path] | None = None,
) -> dict[str, bytes]:
    """The folder's files by name: `env` (for a shell to source), `npmrc` and CA bundles.

    `pip_files` and `npm_files` are the settings files of pip and npm, the strongest last.
    """
    env = os.environ if env is None else env
    pip = _pip_settings(_pip_files(env) if pip_files is None else pip_files)
    npm = _npm_settings(_npm_files(env) if npm_files is None else npm_files, env)
    cafile = npm.get("cafile", "").strip("\"'")
    named_by = {"PIP_CERT": pip.get("cert", ""), "NPM_CONFIG_CAFILE": cafile}

    files: dict[str, bytes] = {}
    variables: dict[str, str] = {}
    for variable in CA_VARIABLES:
        bundle = Path(_lookup(env, variable) or named_by.get(variable) or "/nowhere")
        if bundle.is_file():
            content = f"{MARK}\n".encode() + bundle.read_bytes()
            name = next((n for n, known in files.items() if known == content), None)
            name = name or f"ca-{len(files) + 1}.crt"
            files[name] = content
            variables[variable] = f"/{FOLDER}/{name}"
    for variable in PROXY_VARIABLES:
        if value := _lookup(env, variable):
            variables[variable] = variables[variable.lower()] = value
    for option in PIP_OPTIONS:
        variable = "PIP_" + option.upper().replace("-", "_")
        value = env.get(variable) or pip.get(option, "")
        if option in PIP_INDEXES:
            value = " ".join(url for url in value.split() if _is_remote(url))
        if value:
            variables[variable] = value
    npmrc = {key: value for key, value in npm.items() if NPM_OPTION.fullmatch(key)}
    npmrc = {
        key: value
        for key, value in npmrc.items()
        if not key.endswith("registry") or _is_remote(value.strip("\"'"))
    }
    variables["NPM_CONFIG_USERCONFIG"] = f"/{FOLDER}/npmrc"

    files["npmrc"] = _lines(f"; {MARK}", (f"{key}={value}" for key, value in npmrc.items()))
    variables["HOST_SETTINGS"] = MARK
    exports = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    files["env"] = _lines(f"# {MARK}", exports)
    return files


def _lookup(env: Mapping[str, str], variable: str) -> str:
    return env.get(variable) or env.get(variable.lower()) or ""


def _is_remote(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _lines(first: str, rest: Iterator[str]) -> bytes:
    return "".join(f"{line}\n" for line in (first, *rest)).encode()


def _pip_files(env: Mapping[str, str]) -> list[Path]:
    home = Path.home()
    files = [
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf",
        home / "Library/Application Support/pip/pip.conf",
        Path(env.get("APPDATA") or home) / "pip/pip.ini",
        Path(sys.prefix) / "pip.conf",
    ]
    if named := env.get("PIP_CONFIG_FILE"):
        files.append(Path(named))
    return files


def _npm_files(env: Mapping[str, str]) -> list[Path]:
    return [
        Path("/usr/local/etc/npmrc"),
        Path("/usr/etc/npmrc"),
        Path("/etc/npmrc"),
        Path(_lookup(env, "NPM_CONFIG_USERCONFIG") or Path.home() / ".npmrc"),
    ]


def _pip_settings(files: Sequence[Path]) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read(files, encoding="utf-8")
    sections = [parser[name] for name in ("global", "install") if parser.has_section(name)]
    return {key.replace("_", "-"): value for section in sections for key, value in section.items()}


def _npm_settings(files: Sequence[Path], env: Mapping[str, str]) -> dict[str, str]:
    """The settings as an npmrc holds them: a value may stand in quotes, as JSON."""
    settings: dict[str, str] = {}
    for file in files:
        if not file.is_file():
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            key, equals, value = line.partition("=")
            if equals and not key.lstrip().startswith((";", "#")):
                settings[key.strip()] = _expand(value.strip(), env)
    for name, value in env.items():
        if name.lower().startswith("npm_config_"):
            key = name[len("npm_config_") :].lower().replace("_", "-")
            settings[key] = json.dumps(value)
    return settings


def _expand(value: str, env: Mapping[str, str]) -> str:
    """`${NAME}` as npm reads it in its settings files."""
    return re.sub(r"\$\{(\w+)\}", lambda found: env.get(found[1], found[0]), value)
