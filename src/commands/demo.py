"""The whole platform on a local AWS: ``python -m commands.demo up|down|env``.

``up`` starts the emulator, deploys every stack of SUPERSET_ENVIRONMENT and leaves it running.
``down`` stops it and removes what ``up`` made. ``env`` prints the lines that point a shell at it.

Each clone has its own: the process id and the address are in .build/demo.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.console import Console
from commands.deploy import OUTPUT, DeployFailed, deploy
from commands.environment import (
    BUILD,
    QUIET,
    ROOT,
    emulator,
    emulator_variables,
    terraform_configuration,
    without_user_settings,
)
from commands.synthesized import Stack, stack_names

STATE = BUILD / "demo.json"
ENVIRONMENT = BUILD / "demo.env"
FOLDER = BUILD / "demo"
#: Where the state of bootstrap lies until its bucket is there.
LOCAL_STATES = ROOT
START_SECONDS = 60
#: Two regions' databases are stopped in it.
STOP_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """An emulator that listens."""

    url: str
    pid: int
    account: str

    @classmethod
    def found(cls) -> Running | None:
        """The emulator of this clone, if it is alive; its process is checked, not only its id."""
        try:
            state = json.loads(STATE.read_text())
            running = cls(state["url"], int(state["pid"]), state["account"])
        except (OSError, ValueError, KeyError):
            return None
        return running if running.is_ours() else None

    def is_ours(self) -> bool:
        """Whether the process is the emulator that this clone started."""
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            return False
        return "emulator" in words and str(STATE) in words

    def plane(self) -> dict[str, Any]:
        """What it runs."""
        with urllib.request.urlopen(f"{self.url}/_emulator/dataplane", timeout=60) as answer:
            return dict(json.load(answer))

    def stop(self) -> None:
        """Ends the process and waits for it."""
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while self.is_ours():
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                end += STOP_SECONDS
            time.sleep(0.05)


def start(account: str, console: Console) -> Running:
    """Starts the emulator in a session of its own, so that it outlives this command."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    STATE.unlink(missing_ok=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    said = FOLDER / "emulator.out"
    with said.open("w") as output:
        process = subprocess.Popen(
            [
                str(ROOT / ".venv" / "bin" / "python"),
                "-m",
                "emulator",
                "--account",
                account,
                "--log",
                str(FOLDER / "emulator.log"),
                "--ready",
                str(STATE),
                "--run",
            ],
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT / "src")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    end = time.monotonic() + START_SECONDS
    while not (running := Running.found()):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            print(said.read_text()[-4000:], file=sys.stderr)
            raise SystemExit(f"the emulator did not start: {said.relative_to(ROOT)}")
        time.sleep(0.05)
    console.say(f"the local AWS listens at {running.url} (account {account})")
    return running


def account_of(environment: str) -> str:
    """The account of an environment, from what is synthesized."""
    output = FOLDER / "synthesized"
    output.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(ROOT / "src" / "commands" / "app.sh")],
        cwd=ROOT,
        env={**os.environ, "SUPERSET_ENVIRONMENT": environment, "CDKTF_OUTDIR": str(output)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    account = Stack(stack_names(output)[0], output).account
    shutil.rmtree(output)
    if account is None:
        raise SystemExit("no stack says which account it is for")
    return account


def shell_lines(running: Running) -> str:
    """What a shell sources to work on the demo."""
    unset = " ".join(without_user_settings())
    variables = {
        **QUIET,
        **emulator_variables(running.url),
        **terraform_configuration(dict(os.environ)),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    path = ":".join(shlex.quote(str(ROOT / one)) for one in (".venv/bin", "node_modules/.bin"))
    lines.append(f'export PATH={path}:"$PATH"')
    # Version 1 of the AWS CLI does not look at the variable for RDS in us-east-1.
    lines.append('aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }')
    return "\n".join([f"unset {unset}", *lines]) + "\n"


def up() -> int:
    """``make demo``."""
    console = Console()
    running = Running.found()
    environment = os.environ.get("SUPERSET_ENVIRONMENT", "prod")
    account = account_of(environment)
    if running and running.account != account:
        print(
            f"A demo of account {running.account} is running here; {environment} is account "
            f"{account}. `make demo-down` stops it."
        )
        return 1
    if running:
        console.say(f"the demo is running already, at {running.url}: deploying what has changed")
    else:
        clean()
        running = start(account, console)
    ENVIRONMENT.write_text(shell_lines(running))
    try:
        deploy(emulator(running.url), console, FOLDER / "logs")
    except DeployFailed as failure:
        print("The local AWS is left running: `make demo` goes on, `make demo-down` stops it.")
        return failure.status
    except KeyboardInterrupt:
        print("\nInterrupted: `make demo` goes on, `make demo-down` stops it.")
        return 130
    print(explain(running, environment))
    return 0


def explain(running: Running, environment: str) -> str:
    """What to do with the demo."""
    label = "production" if environment == "prod" else environment
    cluster = f"superset-{label}"
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    aws = f".venv/bin/aws --endpoint-url {running.url}"
    plane = running.plane()
    return f"""Superset runs, on the processes that AWS would run:

  {plane["url"]}    (a certificate of the local AWS: {plane["ca"]})
  user admin; its password, from the secret superset/admin:
  {aws} secretsmanager get-secret-value --region {region} \\
      --secret-id superset/admin --query SecretString --output text

The local AWS goes on running, process {running.pid}. In a shell:

  source {ENVIRONMENT.relative_to(ROOT)}

  {aws} ecs describe-services --region {region} \\
      --cluster {cluster} --services superset-web superset-worker superset-beat
  {aws} route53 list-hosted-zones
  npx cdktf diff --skip-provider-lock {f"superset-{region}" if label == "production" else "STACK"}

Every request is in {(FOLDER / "emulator.log").relative_to(ROOT)}. `make demo-down` stops it.
"""


def clean() -> None:
    """Removes what a demo leaves: it describes an account that is gone with the emulator."""
    for path in (FOLDER, OUTPUT):
        shutil.rmtree(path, ignore_errors=True)
    for path in (STATE, ENVIRONMENT, *LOCAL_STATES.glob("terraform.superset-*.tfstate*")):
        path.unlink(missing_ok=True)


def down() -> int:
    """``make demo-down``."""
    running = Running.found()
    if running:
        running.stop()
        print(f"Stopped the local AWS, process {running.pid}.")
    elif not STATE.exists():
        print("No demo is running from this clone.")
        return 0
    else:
        print("The demo's process was gone already.")
    clean()
    return 0


def show_environment() -> int:
    """``make demo-env``."""
    running = Running.found()
    if not running:
        print("No demo is running from this clone: `make demo` starts one.", file=sys.stderr)
        return 1
    print(shell_lines(running), end="")
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("up", "down", "env"))
    action = parser.parse_args().action
    os.chdir(ROOT)
    return {"up": up, "down": down, "env": show_environment}[action]()


if __name__ == "__main__":
    sys.exit(main())
