"""What errors of Terraform mean here, and what to do: one table.

`make deploy` prints it after Terraform's own words; `python -m commands.explained` writes it into
docs/operations.md. The words are those of Terraform 1.11 (internal/backend/remote-state/s3,
internal/terraform, internal/command/init.go, internal/getproviders), of version 5.100 of the AWS
provider (internal/service) and of its library aws-sdk-go-base, and AWS's own codes of errors.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from commands.environment import ROOT

PAGE = ROOT / "docs" / "operations.md"
START, END = "<!-- table: errors -->\n", "<!-- end -->\n"

#: What Terraform draws before each line of an error, at which it also breaks sentences.
_FRAME = re.compile(r"^[\s│╷╵]+", re.MULTILINE)


@dataclass(frozen=True)
class Explanation:
    """An error that people meet.

    :ivar words: what they see of it
    :ivar pattern: finds it in text of one line; a group may be used as `{found}`
    :ivar meaning: what is the matter
    :ivar remedy: what to do; `{stack}` is the stack's name
    """

    words: str
    pattern: str
    meaning: str
    remedy: str

    def found(self, text: str) -> str | None:
        """What the group matched, all of it; empty without a group, None where nothing matches."""
        matches = list(re.finditer(self.pattern, text))
        if not matches:
            return None
        groups = [match[match.lastindex] for match in matches if match.lastindex]
        return ", ".join(dict.fromkeys(groups))


TABLE = (
    Explanation(
        "Error acquiring the state lock",
        r"Error acquiring the state lock",
        "Somebody deploys this stack now, or a deploy was killed and its lock stayed; `Who` and "
        "`Created` say which.",
        "Wait; or, once you know that nobody does, `make unlock STACK={stack}`, then "
        "`make adopt STACK={stack}` (docs/runbooks/killed-deploy.md).",
    ),
    Explanation(
        "No valid credential sources found; ExpiredToken; InvalidClientTokenId",
        r"No valid credential sources found|\bExpiredToken|\bInvalidClientTokenId\b"
        r"|security token included in the request is (?:expired|invalid)",
        "There are no credentials, or they are over.",
        "Sign in again, until `aws sts get-caller-identity` shows the account. `make deploy` goes "
        "on where it stopped.",
    ),
    Explanation(
        "AWS account ID not allowed",
        r"AWS account ID not allowed: (\d+)",
        "The credentials are of the account {found}, not of the one under `account` in "
        "platform.yaml. Nothing was changed.",
        "Sign in to the other, or say which environment is meant: `SUPERSET_ENVIRONMENT`.",
    ),
    Explanation(
        'S3 bucket "…" does not exist',
        r'S3 bucket "([^"]+)" does not exist',
        "The state bucket {found} is made by bootstrap, which was not deployed yet.",
        "`make deploy` deploys it first; by hand: README.md, *Deploy to AWS*, step 3.",
    ),
    Explanation(
        "waiting for ACM Certificate … to be issued",
        r"waiting for ACM Certificate \(\S+\) to be issued",
        "AWS does not find the record that validates the certificate: the hosted zone is not "
        "delegated.",
        "Have its parent name the servers in bootstrap's output `name_servers`; `make doctor` says "
        "when DNS knows them. Then deploy again.",
    ),
    Explanation(
        "CannotPullContainerError",
        r"\bCannotPullContainerError\b",
        "The image is not in the region's repository, or has nothing for the architecture of the "
        "tasks.",
        "Push it, or copy it from another region (docs/runbooks/update-superset.md); `make doctor` "
        "says where it is missing.",
    ),
    Explanation(
        "…LimitExceeded, …QuotaExceeded",
        r"\b((?!Request|Rate)\w*(?:Limit|Quota)Exceeded\w*|TooManyLoadBalancers\w*)",
        "A quota of the account is used up in this region: {found}.",
        "`make doctor` says which, and how much is needed; ask Service Quotas for more.",
    ),
    Explanation(
        "… already exists",
        r"already exists|AlreadyExists|ResourceExistsException|AlreadyOwnedByYou"
        r"|InvalidGroup\.Duplicate",
        "It was made, but is not in the state: a deploy was killed, or a person made it.",
        "`make adopt STACK={stack}` takes over what is this stack's, then deploy again.",
    ),
    Explanation(
        "a secret with this name is already scheduled for deletion",
        r"secret with this name is already scheduled for deletion",
        "The environment was destroyed; its secrets can be recovered for 30 days, in which their "
        "names are taken.",
        "`aws secretsmanager restore-secret --secret-id NAME`, in the region, then "
        "`make adopt STACK={stack}`; or wait (docs/runbooks/remove-an-environment.md).",
    ),
    Explanation(
        "BucketNotEmpty",
        r"\bBucketNotEmpty\b",
        "A bucket that holds objects is not destroyed.",
        "`make unprotect STACK={stack} OPTIONS=--empty-buckets` empties it, every version, for "
        "good (docs/runbooks/remove-an-environment.md).",
    ),
    Explanation(
        "is not authorized to perform",
        r"is not authorized to perform: ([\w-]+:\w+)",
        "The role or user that deploys lacks {found}.",
        "Of `ci-plan` and `ci-deploy`: add it to CiPermissions.java, `make snapshots`, and deploy "
        "bootstrap as a person (docs/identity.md). Of a person: ask who administers the account.",
    ),
    Explanation(
        "doesn't match any of the checksums previously recorded",
        r"doesn't match any of the checksums previously recorded",
        "The provider that is at hand is another than this folder was set up with: another "
        "platform's, or of a changed mirror.",
        "If you trust where it comes from, remove `cdktf.out/stacks/{stack}/.terraform.lock.hcl` "
        "and deploy again.",
    ),
    Explanation(
        "Failed to query available provider packages",
        r"Failed to query available provider packages",
        "Terraform finds the AWS provider of this version neither in its registry nor in a mirror.",
        "Let the machine reach the registry, or name a mirror that has it: `SUPERSET_TF_MIRROR`; "
        "`none` looks for none (CONTRIBUTING.md, *Variables*).",
    ),
    Explanation(
        "Unsupported Terraform Core version",
        r"This configuration does not support Terraform version (\d[\w.-]*\w)",
        "Terraform {found} lacks what the stacks use.",
        "Install 1.11 or later; `make setup` says what it finds.",
    ),
)


def explain(lines: Iterable[str], stack: str) -> list[str]:
    """What an output's errors mean: two lines for each; empty where none is known.

    :param lines: what Terraform said
    """
    text = " ".join(_FRAME.sub("", "\n".join(lines)).split())
    told = []
    for one in TABLE:
        found = one.found(text)
        if found is not None:
            told.append(f"Meaning: {one.meaning.format(found=found)}")
            told.append(f"What to do: {one.remedy.format(stack=stack)}")
    return told


def table() -> str:
    """The table in Markdown, as it stands below docs/; pages that it names are links."""
    rows = [
        (
            f"`{one.words}`",
            one.meaning.format(found="…").replace(": ….", "."),
            _linked(one.remedy.format(stack="…")),
        )
        for one in TABLE
    ]
    lines = ["| Terraform says | it means | what to do |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _linked(text: str) -> str:
    text = re.sub(r"docs/((?:\w+/)?([\w-]+)\.md)", r"[\2](\1)", text)
    return re.sub(r"\b(CONTRIBUTING|README)\.md", r"[\1](../\1.md)", text)


def page() -> str:
    """The page, with the table as it is now."""
    before, _, rest = PAGE.read_text().partition(START)
    return f"{before}{START}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit()
