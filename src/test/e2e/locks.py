"""A deploy that holds the lock of its state for as long as a test wants."""

import os
import signal
import subprocess
from pathlib import Path

from workspaces import Workspace

from commands.waiting import until


def lock_key(stack: str) -> str:
    return f"{stack}.tfstate.tflock"


def is_locked(workspace: Workspace, stack: str) -> bool:
    """Whether the lock object exists."""
    environment = workspace.environment
    found = workspace.emulator.pages(
        "s3",
        environment.region_of(stack),
        "list_objects_v2",
        "Contents",
        Bucket=environment.state_bucket(stack),
        Prefix=lock_key(stack),
    )
    return bool(found)


def hold_lock(workspace: Workspace, stack: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a deploy that AWS keeps waiting while it has the lock."""
    workspace.emulator.fail(service="route53", action="delay", seconds=120)
    holder = workspace.start_apply(stack, log)
    until(
        f"{stack} is locked",
        lambda: is_locked(workspace, stack),
        hopeless=lambda: holder.poll() is not None,
        said=lambda: log.read_text()[-3000:],
    )
    return holder


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL of the whole process group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
