"""What there is to say of a Docker engine and of its image: for people, and field by field."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.findings import Detail, Finding
from finops_repl.sandbox.docker_connect import engine_errors
from finops_repl.sandbox.engine_choice import EngineChoice
from finops_repl.sandbox.image import REPOSITORY
from finops_repl.sandbox.limits import MB

if TYPE_CHECKING:
    import docker

__all__ = ["engine_finding", "image_finding"]

OPEN_DOOR = "secure it with TLS, or reach it by ssh://USER@HOST"
UNVERIFIED = "let its certificate be verified: DOCKER_TLS_VERIFY=1, or a context with its ca.pem"


def engine_finding(client: docker.DockerClient, choice: EngineChoice) -> Finding:
    """The engine that answers, how it was chosen, and what limits depend on.

    A way to it that others could take as well comes with a remedy.
    """
    with engine_errors():
        version: dict[str, Any] = client.version()
        info: dict[str, Any] = client.info()
    product = _product(version)
    rootless = any("name=rootless" in option for option in info.get("SecurityOptions") or ())
    details: dict[str, Detail] = {
        "product": product,
        "version": str(version["Version"]),
        "host": choice.host,
        "named_by": choice.named_by,
        "remote": choice.is_remote,
        "tls": choice.tls is not None,
        "api": client.api.api_version,
        "operating_system": str(info.get("OperatingSystem", "")),
        "architecture": str(info.get("Architecture", "")),
        "cgroup_version": str(info.get("CgroupVersion") or "1"),
        "cgroup_driver": str(info.get("CgroupDriver", "")),
        "storage_driver": str(info.get("Driver", "")),
        "rootless": rootless,
        "cpus": int(info.get("NCPU", 0)),
        "memory_mb": int(info.get("MemTotal", 0)) // MB,
    }
    said = [
        f"API {details['api']}",
        f"cgroup v{details['cgroup_version']} by {details['cgroup_driver']}",
        str(details["storage_driver"]),
        "rootless" if rootless else "",
        "behind a network" if choice.is_remote else "",
        str(details["operating_system"]),
    ]
    found = f"{product} {version['Version']} at {choice}\n{' · '.join(filter(None, said))}"
    if _is_open_to_others(choice):
        return Finding(f"{found}\nwhoever reaches that port is root over there", OPEN_DOOR, details)
    if choice.tls is not None and not choice.tls.verify:
        return Finding(f"{found}\nanyone may pass for it", UNVERIFIED, details)
    return Finding(found, details=details)


def image_finding(client: docker.DockerClient, tag: str) -> Finding:
    """The image that scripts run in: its age and size, and how many earlier ones lie beside it.

    Raises `SandboxUnavailable` where it is not built.
    """
    import docker.errors

    with engine_errors():
        try:
            image: dict[str, Any] = client.api.inspect_image(tag)  # type: ignore[no-untyped-call]  # no stub
        except docker.errors.ImageNotFound as error:
            raise SandboxUnavailable(
                f"there is no sandbox image {tag}",
                hint="build it once: finops-repl sandbox build (a first chat does it too)",
            ) from error
        alike = client.api.images(name=REPOSITORY)
    earlier = sum(tag not in (other.get("RepoTags") or ()) for other in alike)
    created = datetime.fromisoformat(str(image["Created"])[:19]).replace(tzinfo=UTC)
    size_mb = int(image["Size"]) // MB
    found = f"{tag}, built {_ago(datetime.now(UTC) - created)}, {size_mb} MB"
    if earlier:
        found += f"; {earlier} of other versions (docker image ls {REPOSITORY})"
    return Finding(
        found,
        details={
            "tag": tag,
            "created": created.isoformat(),
            "size_mb": size_mb,
            "other_versions": earlier,
        },
    )


def _product(version: dict[str, Any]) -> str:
    """Docker, or what else speaks its API."""
    names = [str(component.get("Name", "")) for component in version.get("Components") or ()]
    return "Podman" if any(name.startswith("Podman") for name in names) else "Docker"


def _is_open_to_others(choice: EngineChoice) -> bool:
    if choice.scheme != "tcp" or choice.tls is not None:
        return False
    host = urlsplit(choice.host).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds()) // 3600
    if hours < 1:
        return "within the hour"
    count, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
    return f"{count} {unit}{'' if count == 1 else 's'} ago"
