"""``python -m commands.checkov``: judges the snapshots and prints the summary.

Ends with 1 if there is a finding that is not excepted, or an exception without a finding."""

from __future__ import annotations

import sys

from commands import checkov, snapshots


def main() -> int:
    """The command."""
    stacks = snapshots.committed()
    passed, found = checkov.scan(stacks)
    verdict = checkov.judge(passed, found, checkov.exemptions())
    excepted = sum(map(len, verdict.excepted.values()))
    print(f"Checkov: {len(stacks)} stacks, {passed} checks passed, {excepted} findings excepted")
    for one, findings in verdict.excepted.items():
        print(f"  {one.check:12} {len(findings):3}  {findings[0].title if findings else ''}")
        print(f"  {'':16}  {' '.join(one.reason.split())}")
    for finding in verdict.findings:
        print(f"FINDING {finding.check} {finding.resource}: {finding.title}")
    for text in verdict.unused:
        print(f"UNUSED EXCEPTION {text}")
    return 1 if verdict.findings or verdict.unused else 0


if __name__ == "__main__":
    sys.exit(main())
