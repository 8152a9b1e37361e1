"""Deploys the stacks of SUPERSET_ENVIRONMENT in order: ``python -m commands.deploy``.

The order is bootstrap, the writer's region, the other regions, global. Each is one run of the real
``cdktf deploy``, on whatever account the credentials reach. Running it again after any failure
goes on where it stopped.

- Bootstrap makes the bucket that its own state moves into. On the very first run it is applied with
  a local state, which ``--migrate-state`` then moves; the local file goes once the bucket has it.
- The other regions begin when the writer's database and secrets exist: until then a replica has
  nothing to copy from. What is left of the writer's region goes on beside them.
- ``--bake MINUTES``: one region after another, and after each its alarms are watched for that time
  (commands.bake); one that is raised ends the deploy, and the other regions stay as they are.
- A plan that loses data stops the stack before anything is applied (commands.guard).
- The output of cdktf and Terraform is in .build/logs/STACK.log; errors that people meet often are
  explained (commands.explained).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commands.bake import AlarmRaised, Bake
from commands.console import Console, table
from commands.environment import BUILD, GUARDED, ROOT, tools
from commands.explained import explain
from commands.progress import Progress, clean, clock
from commands.synthesized import Stack, stack_names

OUTPUT = ROOT / "cdktf.out"
LOGS = BUILD / "logs"
RESULT = BUILD / "deploy.json"
PARALLELISM = 30
#: Seconds between progress lines where nothing can be overwritten.
QUIET_SECONDS = 20
ERROR_LINES = 60
#: What a replica region needs of the writer's: its database, and secrets with values.
NEEDED_OF_WRITER = ("aws_db_instance.", "aws_lambda_invocation.")


class DeployFailed(Exception):
    """A step ended with an error, which was shown already."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


@dataclass
class Step:
    """One run of ``cdktf deploy`` for one stack."""

    stack: str
    progress: Progress
    #: Everything that cdktf and Terraform said.
    log: Path
    seconds: float = 0
    status: int | None = None
    outputs: dict[str, Any] = field(default_factory=dict)

    def needed_is_there(self, needed: Sequence[str]) -> bool:
        """Whether every resource that others wait for is finished."""
        return all(any(a.startswith(prefix) for a in self.progress.finished) for prefix in needed)


@dataclass(frozen=True)
class Order:
    """The stacks of an environment, in the order of a first deploy."""

    bootstrap: str
    writer: str
    regions: tuple[str, ...]
    world: str

    @property
    def names(self) -> list[str]:
        """All of them, in that order."""
        return [self.bootstrap, self.writer, *self.regions, self.world]

    @classmethod
    def of(cls, output: Path) -> Order:
        """Reads it from what was synthesized."""
        names = stack_names(output)
        bootstrap = next(name for name in names if name.endswith("-bootstrap"))
        world = next(name for name in names if name.endswith("-global"))
        regions = [name for name in names if name not in (bootstrap, world)]
        writer = next(name for name in regions if owns_primary(Stack(name, output)))
        return cls(bootstrap, writer, tuple(name for name in regions if name != writer), world)


def owns_primary(stack: Stack) -> bool:
    """Whether the stack's database is the primary, not a replica."""
    return any(
        not database.attributes.get("replicate_source_db")
        for database in stack.of("aws_db_instance")
    )


class Deployment:
    """One ``make deploy``."""

    def __init__(
        self,
        environment: Mapping[str, str],
        console: Console,
        logs: Path = LOGS,
        bake: float | None = None,
    ) -> None:
        # cdktf plans and applies in one step: this Terraform looks at the plan between them.
        self.environment = {**environment, **GUARDED}
        self.console = console
        self.logs = logs
        self.bake = bake
        self.steps: list[Step] = []
        logs.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Deploys everything."""
        self._synthesize({})
        order = Order.of(OUTPUT)
        account = Stack(order.bootstrap, OUTPUT).account
        self.console.say(f"account {account}, in order: {', '.join(order.names)}")
        self._bootstrap(order)
        if self.bake is None:
            self._regions(order)
        else:
            self._one_by_one(order, self.bake)
        self._deploy(order.world)

    # --- bootstrap ------------------------------------------------------------------------------
    def _bootstrap(self, order: Order) -> None:
        """Deploys bootstrap; the very first time its state moves into the bucket it made."""
        stack = Stack(order.bootstrap, OUTPUT)
        local = ROOT / f"terraform.{order.bootstrap}.tfstate"
        if self._has_state(stack):
            if local.exists():
                # The move was done, and what came after it was not.
                self._forget_local(local, stack)
            self._deploy(order.bootstrap)
            return
        self.console.say(f"{order.bootstrap}: no state bucket yet, so its state is local at first")
        self._synthesize({"SUPERSET_BOOTSTRAP_STATE": "local"})
        first = self._deploy(order.bootstrap)
        self._synthesize({})
        self.console.say(f"{order.bootstrap}: moving its state into {stack.backend['bucket']}")
        self.steps.remove(first)
        second = self._deploy(order.bootstrap, "--migrate-state", keep_log=True)
        # One line in the table: what was made, and both times.
        second.progress.added += first.progress.added
        second.progress.finished = {**first.progress.finished, **second.progress.finished}
        second.progress.labels = {**first.progress.labels, **second.progress.labels}
        second.seconds += first.seconds
        if not self._has_state(stack):
            self.console.say(f"{order.bootstrap}: its state did not arrive in the bucket")
            raise DeployFailed(1)
        self._forget_local(local, stack)

    def _has_state(self, stack: Stack) -> bool:
        backend = stack.backend
        client = self._client("s3", backend["region"])
        try:
            client.head_object(Bucket=backend["bucket"], Key=backend["key"])
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            self.console.say(f"cannot look at the bucket {backend['bucket']}: {error}")
            raise DeployFailed(1) from None
        except BotoCoreError as error:
            self.console.say(f"cannot reach AWS: {error}")
            raise DeployFailed(1) from None
        return True

    def _client(self, service: str, region: str) -> Any:
        return boto3.session.Session(**self._credentials()).client(
            service, region_name=region, endpoint_url=self.environment.get("AWS_ENDPOINT_URL")
        )

    def _credentials(self) -> dict[str, str]:
        """Credentials that stand in the environment itself; otherwise boto3 looks for them."""
        names = {
            "aws_access_key_id": "AWS_ACCESS_KEY_ID",
            "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
            "aws_session_token": "AWS_SESSION_TOKEN",
        }
        found = {key: self.environment.get(name, "") for key, name in names.items()}
        return {key: value for key, value in found.items() if value}

    @staticmethod
    def _forget_local(local: Path, stack: Stack) -> None:
        for path in (local, local.with_name(f"{local.name}.backup")):
            path.unlink(missing_ok=True)
        record = stack.directory / ".terraform" / "terraform.tfstate"
        if record.exists() and json.loads(record.read_text())["backend"]["type"] == "local":
            record.unlink()

    # --- regions --------------------------------------------------------------------------------
    def _regions(self, order: Order) -> None:
        """The writer's region, then the others as soon as it has what they need."""
        writer = self._step(order.writer)
        ready = threading.Event()
        others: list[threading.Thread] = []
        failures: list[BaseException] = []

        def run(step: Step) -> None:
            try:
                self._run(step, on_line=lambda: self._announce(writer, ready))
                if step is writer:
                    self._usable(step)
            except BaseException as error:
                failures.append(error)
            finally:
                if step is writer:
                    ready.set()

        first = threading.Thread(target=run, args=(writer,))
        first.start()
        ready.wait()
        if not failures:
            for name in order.regions:
                thread = threading.Thread(target=run, args=(self._step(name),))
                thread.start()
                others.append(thread)
        for thread in [first, *others]:
            thread.join()
        if failures:
            raise failures[0]

    def _one_by_one(self, order: Order, minutes: float) -> None:
        """Each region after the one before was well for a while, the writer's first."""
        for name in (order.writer, *order.regions):
            stack = Stack(name, OUTPUT)
            try:
                bake = Bake(stack, self._client("cloudwatch", stack.region))
                for alarm in sorted(bake.before):
                    self.console.say(f"{name}: raised before the deploy: {alarm}")
                self._deploy(name)
                self.console.say(f"{name}: watching its alarms for {minutes:g} minutes")
                bake.watch(minutes)
            except AlarmRaised as raised:
                self.console.say(f"{raised}. What follows is not deployed")
                raise DeployFailed(1) from None
            except (BotoCoreError, ClientError) as error:
                self.console.say(f"{name}: cannot look at its alarms: {error}")
                raise DeployFailed(1) from None

    @staticmethod
    def _announce(writer: Step, ready: threading.Event) -> None:
        if not ready.is_set() and writer.needed_is_there(NEEDED_OF_WRITER):
            ready.set()

    def _usable(self, step: Step) -> None:
        url = step.outputs.get("region_url") or step.outputs.get("url") or step.stack
        self.console.say(f"{step.stack}: the first region is usable: {url}")

    # --- one stack ------------------------------------------------------------------------------
    def _synthesize(self, more: Mapping[str, str]) -> None:
        command = ["cdktf", "synth", "--output", str(OUTPUT)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            raise DeployFailed(done.returncode)

    def _step(self, stack: str) -> Step:
        step = Step(stack, Progress(stack), self.logs / f"{stack}.log")
        self.steps.append(step)
        return step

    def _deploy(self, stack: str, *options: str, keep_log: bool = False) -> Step:
        step = self._step(stack)
        self._run(step, *options, keep_log=keep_log)
        return step

    def _run(
        self,
        step: Step,
        *options: str,
        keep_log: bool = False,
        on_line: Any = lambda: None,
    ) -> None:
        """Runs cdktf for one stack and follows what it says."""
        outputs = self.logs / f"{step.stack}.outputs.json"
        outputs.unlink(missing_ok=True)
        command = [
            "cdktf",
            "deploy",
            step.stack,
            "--auto-approve",
            "--skip-synth",
            "--no-color",
            "--output",
            str(OUTPUT),
            "--terraform-parallelism",
            str(PARALLELISM),
            "--outputs-file",
            str(outputs),
            *options,
        ]
        start = time.monotonic()
        self.console.say(f"{step.stack}: {step.progress.line(start)}")
        with (
            step.log.open("a" if keep_log else "w") as log,
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            said, before = start, step.progress.line(start)
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                log.flush()
                now = time.monotonic()
                step.progress.read(line, now)
                on_line()
                text = step.progress.line(now)
                if text != before and (sys.stdout.isatty() or now - said > QUIET_SECONDS):
                    self.console.say(f"{step.stack}: {text}", replaceable=True)
                    said, before = now, text
            step.status = process.wait()
        step.seconds = time.monotonic() - start
        if step.status or not step.progress.applied:
            self._show_failure(step)
            raise DeployFailed(step.status or 1)
        if outputs.exists():
            step.outputs = json.loads(outputs.read_text()).get(step.stack, {})
        made = step.progress
        self.console.say(
            f"{step.stack}: done in {clock(step.seconds)}: {made.added} created, "
            f"{made.changed} changed, {made.destroyed} destroyed"
        )

    def _show_failure(self, step: Step) -> None:
        lines = step.progress.errors or [
            clean(line) for line in step.log.read_text().splitlines() if line.strip()
        ]
        self.console.say(f"{step.stack}: failed after {clock(step.seconds)}")
        print("\n".join(f"    {line}" for line in lines[-ERROR_LINES:]))
        print(f"    All of it: {step.log.relative_to(ROOT)}", flush=True)
        for line in explain(lines, step.stack):
            self.console.say(f"{step.stack}: {line}")

    # --- afterwards -----------------------------------------------------------------------------
    def summary(self) -> str:
        """The table at the end and every stack's outputs."""
        rows = [
            (
                step.stack,
                step.progress.added,
                step.progress.changed,
                step.progress.destroyed,
                clock(step.seconds),
                ", ".join(f"{n} {clock(s)}" for n, s in step.progress.slowest(2)),
            )
            for step in self.steps
        ]
        text = table(("stack", "created", "changed", "destroyed", "time", "slowest"), rows)
        for step in self.steps:
            shown = [f"  {key} = {_short(value)}" for key, value in sorted(step.outputs.items())]
            if shown:
                text += f"\n\n{step.stack}\n" + "\n".join(shown)
        return text

    def record(self) -> None:
        """Keeps the figures of a deploy that changed something, for ``make bench``."""
        if not any(step.progress.added for step in self.steps):
            return
        document = {
            "environment": self.environment.get("SUPERSET_ENVIRONMENT", "prod"),
            "finished": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "emulator": "AWS_ENDPOINT_URL" in self.environment,
            "seconds": round(self.console.elapsed(), 1),
            "stacks": [
                {
                    "stack": step.stack,
                    "seconds": round(step.seconds, 1),
                    "created": step.progress.added,
                    "slowest": step.progress.slowest(4),
                }
                for step in self.steps
            ],
        }
        RESULT.write_text(json.dumps(document, indent=2) + "\n")


def _short(value: Any) -> str:
    """An output in one line."""
    return value if isinstance(value, str) else json.dumps(value)


def next_steps(deployment: Deployment) -> str:
    """What a person does next on AWS."""
    urls = {
        step.stack: step.outputs["url"]
        for step in deployment.steps
        if isinstance(step.outputs.get("url"), str)
    }
    url = next(reversed(list(urls.values())), "the url above")
    return "\n".join(
        [
            f"Open {url}; the first password is in the secret superset/admin:",
            "  aws secretsmanager get-secret-value --secret-id superset/admin "
            "--query SecretString --output text",
        ]
    )


def deploy(
    environment: Mapping[str, str],
    console: Console,
    logs: Path = LOGS,
    bake: float | None = None,
) -> Deployment:
    """Deploys and prints the table; raises DeployFailed after having shown the error."""
    deployment = Deployment(environment, console, logs, bake)
    deployment.run()
    deployment.record()
    console.say(f"everything is deployed, after {clock(console.elapsed())}")
    print(f"\n{deployment.summary()}\n", flush=True)
    return deployment


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="deploy", description=__doc__.splitlines()[0])
    parser.add_argument("--bake", type=float, metavar="MINUTES", help="between two regions")
    options = parser.parse_args()
    if options.bake is not None and options.bake < 0:
        parser.error(f"--bake is {options.bake:g}; it must be 0 or more minutes")
    os.chdir(ROOT)
    try:
        deployment = deploy(tools(), Console(), bake=options.bake)
    except DeployFailed as failure:
        return failure.status
    print(next_steps(deployment))
    return 0


if __name__ == "__main__":
    sys.exit(main())
