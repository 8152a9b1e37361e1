"""What ECS refuses of a Fargate task definition (Amazon ECS Developer Guide, Task definition
parameters for Fargate)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.errors import Refusal

#: MiB of memory that go with a number of CPU units.
MEMORY = {
    256: [512, 1024, 2048],
    512: list(range(1024, 4096 + 1, 1024)),
    1024: list(range(2048, 8192 + 1, 1024)),
    2048: list(range(4096, 16384 + 1, 1024)),
    4096: list(range(8192, 30720 + 1, 1024)),
    8192: list(range(16384, 61440 + 1, 4096)),
    16384: list(range(32768, 122880 + 1, 8192)),
}

#: Seconds Fargate waits at most between SIGTERM and SIGKILL.
LONGEST_STOP = 120

#: Health check: lowest and highest value of each number.
HEALTH = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}


def _refused(text: str) -> Refusal:
    return Refusal("ClientException", text)


def task_definition(given: dict[str, Any]) -> Iterator[Refusal]:
    """Sizes, network mode, roles and containers."""
    containers = given["containerDefinitions"]
    if not any(container.get("essential", True) for container in containers):
        yield _refused("A task definition needs at least one essential container.")
    names = [container.get("name") for container in containers]
    if len(set(names)) < len(names):
        yield _refused("Container names must be unique in a task definition.")
    for container in containers:
        yield from _container(container, names)
    if "FARGATE" in given.get("requiresCompatibilities", []):
        yield from _fargate(given)


def _container(container: dict[str, Any], names: list[Any]) -> Iterator[Refusal]:
    for field, (low, high) in HEALTH.items():
        value = container.get("healthCheck", {}).get(field)
        if value is not None and not low <= value <= high:
            yield _refused(f"healthCheck.{field} must be between {low} and {high}.")
    for dependency in container.get("dependsOn", []):
        if dependency["containerName"] not in names:
            yield _refused(f"dependsOn names no container: {dependency['containerName']}.")


def _fargate(given: dict[str, Any]) -> Iterator[Refusal]:
    sizes = (str(given.get("cpu", "")), str(given.get("memory", "")))
    if not all(sizes):
        yield _refused("Fargate requires task definition to have cpu and memory.")
    if not all(size.isdigit() for size in sizes):
        return  # "1 vCPU" and "2 GB" are the same in words
    cpu, memory = (int(size) for size in sizes)
    if memory not in MEMORY.get(cpu, []):
        yield _refused(
            "No Fargate configuration exists for given values: "
            f"{cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
        )
    if given.get("networkMode") != "awsvpc":
        yield _refused("Fargate only supports network mode 'awsvpc'.")
    for container in given["containerDefinitions"]:
        if container.get("stopTimeout", 0) > LONGEST_STOP:
            yield _refused(f"stopTimeout on Fargate is at most {LONGEST_STOP} seconds.")
        driver = container.get("logConfiguration", {}).get("logDriver")
        needs_role = driver == "awslogs" or container.get("secrets")
        if needs_role and not given.get("executionRoleArn"):
            yield _refused(
                "Fargate requires task definition to have execution role ARN to support log driver "
                "awslogs and secrets."
            )
        for mapping in container.get("portMappings", []):
            if mapping.get("hostPort", mapping["containerPort"]) != mapping["containerPort"]:
                yield _refused("With network mode awsvpc hostPort must equal containerPort.")
    storage = given.get("ephemeralStorage", {}).get("sizeInGiB")
    if storage is not None and not 21 <= storage <= 200:
        yield _refused("Ephemeral storage must be between 21 and 200 GiB.")
