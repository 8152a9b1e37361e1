"""Stops a plan that would destroy, replace or rename what holds data.

What holds data is the table below. A change that is meant stands in
``regions/ENVIRONMENT/allowed-changes.yaml``, in the same pull request: stack, address, action, and
why. Deletion protection of AWS stops some of these too, but in the middle of a deploy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.guard.allowed import Allowed
from commands.plans import Change

#: Resource types that hold data, and what would be lost with one.
HOLDERS = {
    "aws_backup_vault": "the backups of the database",
    "aws_cloudwatch_log_group": "what was logged, the audit of sessions included",
    "aws_db_instance": "the metadata database: dashboards, users, queries",
    "aws_ecr_repository": "the images that are deployed, and the way back to older ones",
    "aws_elasticache_replication_group": "the queue of jobs, and what was cached",
    "aws_kms_key": "all that is encrypted with it, backups and state included",
    "aws_route53_zone": "the delegation: a new zone has other name servers",
    "aws_s3_bucket": "its objects: state, exports, logs, the trail",
    "aws_secretsmanager_secret": "credentials; its name is blocked for the recovery window",
    "aws_ssm_parameter": "what the functions recorded: where the writer is",
}

#: The name by which everything else finds it, where AWS lets it be changed in place: the replicas'
#: sources, alarms, policies and functions would look for what is not there.
NAMES = {"aws_db_instance": "identifier"}

#: What is refused, and the word for what would be.
_REFUSED = {"destroy": "destroyed", "replace": "replaced", "rename": "renamed"}


@dataclass(frozen=True)
class Loss:
    """A resource that holds data and would be gone, or not be found.

    :ivar action: ``destroy``, ``replace`` or ``rename``
    :ivar allowed: the entry that allows it
    """

    change: Change
    action: str
    allowed: Allowed | None

    def __str__(self) -> str:
        change = self.change
        because = f" because of {', '.join(change.forced_by)}" if change.forced_by else ""
        return (
            f"{change.stack}: {change.address} would be {_REFUSED[self.action]}{because}; "
            f"it holds {HOLDERS[change.type]}"
        )


@dataclass(frozen=True)
class Verdict:
    """What the guard says of the plans of some stacks.

    :ivar refused: losses that nothing allows
    :ivar allowed: losses that an entry allows
    :ivar stale: entries for one of these stacks that no plan contains
    """

    refused: list[Loss]
    allowed: list[Loss]
    stale: list[Allowed]


def judge(stacks: Iterable[str], changes: Iterable[Change], entries: list[Allowed]) -> Verdict:
    """What of the changes of these stacks is a loss, and which losses are allowed."""
    names = set(stacks)
    by_change = {(one.stack, one.address, one.action): one for one in entries}
    losses = [
        Loss(one, action, by_change.get((one.stack, one.address, action)))
        for one in changes
        if one.type in HOLDERS and (action := _action(one)) in _REFUSED
    ]
    used = {loss.allowed for loss in losses}
    return Verdict(
        [loss for loss in losses if not loss.allowed],
        [loss for loss in losses if loss.allowed],
        [one for one in entries if one.stack in names and one not in used],
    )


def _action(change: Change) -> str:
    renamed = change.action == "update" and NAMES.get(change.type) in change.differences
    return "rename" if renamed else change.action


def told(verdict: Verdict, file: str) -> str:
    """The verdict for people; empty where there is nothing to say.

    :param file: where an allowed change is written
    """
    lines = []
    for loss in verdict.refused:
        change = loss.change
        lines += [
            f"Error: {loss}.",
            f"  Nothing was applied. If it is meant, write into {file}, and have it reviewed:",
            f"    - stack: {change.stack}",
            f"      address: {change.address}",
            f"      action: {loss.action}",
            "      reason: …",
        ]
    lines += [f"Allowed: {loss}. {loss.allowed.reason}" for loss in verdict.allowed if loss.allowed]
    lines += [
        f"{one.place}: {one.action} of {one.address} is not in the plan of {one.stack}: "
        "it was done, or never was needed; remove the entry"
        for one in verdict.stale
    ]
    return "\n".join(lines)
