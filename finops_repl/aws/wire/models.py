"""The service models of the installed botocore, loaded one by one when a request needs them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finops_repl.aws.wire.index import ServiceIndex, load_index
from finops_repl.aws.wire.paths import PathTable

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import OperationModel, ServiceModel

__all__ = ["ServiceModels"]


class ServiceModels:
    """Models by service name, each read once and shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._services: dict[str, ServiceModel] = {}
        self._paths: dict[str, PathTable] = {}

    @cached_property
    def index(self) -> ServiceIndex:
        return load_index()

    @cached_property
    def loader(self) -> Loader:
        """botocore's own loader over its own models: nothing below `~/.aws` is read."""
        from botocore.loaders import Loader

        return Loader(
            extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
        )

    def client_loader(self) -> Loader:
        """A new loader for clients of ours, over the models that are already in memory.

        Clients rewrite what they are given (S3's take the bucket out of every path), so each gets
        its own copy of the operations.
        """
        from botocore.loaders import Loader

        shared = self.loader

        class ClientLoader(Loader):
            def load_service_model(
                self, service_name: str, type_name: str, api_version: str | None = None
            ) -> Mapping[str, Any]:
                model: Mapping[str, Any]
                if type_name != "service-2":
                    model = super().load_service_model(service_name, type_name, api_version)
                    return model
                model = shared.load_service_model(service_name, type_name, api_version)
                operations = {
                    name: {trait: copy.copy(value) for trait, value in operation.items()}
                    for name, operation in model["operations"].items()
                }
                return {**model, "operations": operations}

        return ClientLoader(
            extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
        )

    def service(self, name: str) -> ServiceModel:
        """The model of a service that the index knows."""
        with self._lock:
            if name not in self._services:
                from botocore.model import ServiceModel

                self._services[name] = ServiceModel(self._definition(name), name)
            return self._services[name]

    def operation(self, service: str, operation: str) -> OperationModel:
        """The model of one operation."""
        return self.service(service).operation_model(operation)

    def paths(self, service: str) -> PathTable:
        """The path templates of a REST service."""
        with self._lock:
            if service not in self._paths:
                self._paths[service] = PathTable(self.service(service))
            return self._paths[service]

    def _definition(self, name: str) -> dict[str, Any]:
        entry = self.index.entries[name]
        loaded = self.loader.load_service_model(name, "service-2", entry.folder)
        return dict(loaded)
