"""How environments get deployed: each scenario returns what it noted on the way."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from released import FIRST, extract, place
from workspaces import Workspace

from commands.waiting import until

KILL_SECONDS = 400


def deploy_with_cdktf(workspace: Workspace) -> dict[str, Any]:
    """What `make deploy` runs, on an empty account."""
    output = workspace.command("deploy", timeout=2400).ok().output
    return {"output": output, "requests": workspace.emulator.next_request()}


def deploy_with_terraform(workspace: Workspace) -> dict[str, Any]:
    """The synthesized JSON with Terraform alone, without the CDKTF command line."""
    outputs = [bootstrap_with_terraform(workspace)]
    for stack in workspace.environment.stacks[1:]:
        workspace.initialize(stack)
        outputs.append(workspace.apply(stack).ok().output)
    return {"output": "\n".join(outputs)}


def bootstrap_with_terraform(workspace: Workspace) -> str:
    """The bootstrap stack: first with its state on disk, then moved into its own bucket."""
    stack = workspace.environment.stack("bootstrap")
    workspace.synthesize(variables={"SUPERSET_BOOTSTRAP_STATE": "local"})
    workspace.initialize(stack)
    output = workspace.apply(stack).ok().output
    workspace.synthesize()
    workspace.initialize(stack, "-migrate-state", "-force-copy")
    return output


def upgrade(workspace: Workspace) -> dict[str, Any]:
    """The first release's JSON with Terraform alone, then today's over it."""
    environment, secrets = workspace.environment, ("db-credentials", "secret-key", "admin")
    release = extract(FIRST, workspace.root / "release")
    stacks = [environment.stack("bootstrap"), environment.stack(environment.writer)]
    for stack in stacks:
        place(release, stack, workspace)
    # Bootstrap makes the bucket of its state: the first time the state is on disk.
    on_disk = workspace.folder(stacks[0]) / "disk_override.tf.json"
    on_disk.write_text('{"terraform": {"backend": {"local": {}}}}')
    workspace.initialize(stacks[0])
    workspace.apply(stacks[0]).ok()
    on_disk.unlink()
    workspace.initialize(stacks[0], "-migrate-state", "-force-copy")
    workspace.initialize(stacks[1])
    workspace.apply(stacks[1]).ok()

    client = workspace.emulator.client("secretsmanager", environment.writer)
    names = [f"superset/{name}" for name in secrets]
    kept = {name: client.get_secret_value(SecretId=name)["VersionId"] for name in names}
    workspace.synthesize()
    with ThreadPoolExecutor() as beside:
        planned = dict(zip(stacks, beside.map(partial(_over, workspace), stacks), strict=True))
        again = beside.map(lambda stack: workspace.plan(stack).changes(), stacks)
        return {"planned": planned, "again": dict(zip(stacks, again, strict=True)), "secrets": kept}


def _over(workspace: Workspace, stack: str) -> dict[str, list[str]]:
    """Applies what is synthesized now over what is there; returns what that changed."""
    workspace.initialize(stack)
    plan = workspace.plan(stack)
    workspace.terraform(stack, "apply", "-input=false", "-no-color", str(plan.file)).ok()
    return plan.changes()


def killed_deploys(workspace: Workspace) -> dict[str, Any]:
    """A first deploy of a region that is killed again and again, and taken up each time."""
    environment, emulator = workspace.environment, workspace.emulator
    bootstrap_with_terraform(workspace)
    stack = environment.stack(environment.writer)
    workspace.initialize(stack)
    kills = []
    for name, operations in KILLS.items():
        since = emulator.next_request()
        if name == "password":
            # The secret is stored, the database is never told, and then Terraform dies.
            emulator.fail(service="rds", operation="ModifyDBInstance", action="disconnect")
        kills.append({"name": name, **_kill(workspace, stack, since, operations, len(kills))})
        emulator.clear_faults()
        kills[-1]["locked"] = workspace.try_plan(stack).output
        workspace.command("unlock", stack, "--yes", stack).ok()
        kills[-1]["adopted"] = workspace.command("adopt", stack).ok().output
    finished = workspace.apply(stack)
    final = environment.stack("global")
    if finished.code == 0:
        workspace.initialize(final)
        workspace.apply(final).ok()
    return {"kills": kills, "finished": finished.code, "output": finished.output}


#: What a kill waits for: Terraform dies after these requests, the last of them just answered. The
#: database and the load balancer take minutes, and the state knows neither until they are done.
KILLS = {
    "network": ("CreateNatGateway",),
    "database": ("CreateDBInstance", "CreateLoadBalancer"),
    "password": ("ModifyDBInstance",),
    "service": ("CreateService",),
}


def _kill(
    workspace: Workspace, stack: str, since: int, operations: tuple[str, ...], number: int
) -> dict[str, Any]:
    """Apply, and SIGKILL the whole process group once the requests were answered."""
    log = Path(workspace.root / f"killed-{number}.log")
    process = workspace.start_apply(stack, log)
    try:
        until(
            f"{', '.join(operations)} were answered",
            lambda: all(_answered(workspace, since, operation) for operation in operations),
            KILL_SECONDS,
            hopeless=lambda: process.poll() is not None,
            said=lambda: log.read_text()[-3000:],
        )
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    print(f"killed at {', '.join(operations)}")
    return {"code": process.returncode, "log": log.read_text()}


def _answered(workspace: Workspace, since: int, operation: str) -> bool:
    return bool(workspace.emulator.requests(since, operation=operation))
