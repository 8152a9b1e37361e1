"""What is read out of cdktf's and Terraform's output."""

from commands.progress import Progress, clock, seconds

STACK = "superset-us-east-1"
APPLY = """\
superset-us-east-1  Terraform will perform the following actions:
                    Plan: 3 to add, 1 to change, 0 to destroy.
superset-us-east-1  aws_db_instance.database_instance_1A2B (database/instance): Creating...
                    aws_lb.balancer_3C4D (balancer/balancer): Creating...
superset-us-east-1  aws_kms_key.keys_logs_5E6F (keys/logs): Modifying... [id=1234]
                    aws_kms_key.keys_logs_5E6F (keys/logs): Modifications complete after 0s
superset-us-east-1  aws_lb.balancer_3C4D (balancer/balancer): Still creating... [1m0s elapsed]
                    aws_lb.balancer_3C4D (balancer/balancer): Creation complete after 1m1s
"""


def read(text: str, stack: str = STACK) -> Progress:
    progress = Progress(stack)
    for second, line in enumerate(text.splitlines()):
        progress.read(line, float(second))
    return progress


def test_a_stack_that_is_planned_says_so() -> None:
    assert read("superset-us-east-1  aws_vpc.x: Refreshing state... [id=1]").line(1) == "planning"


def test_the_line_says_how_far_it_is_and_what_it_waits_for() -> None:
    assert read(APPLY).line(92) == "2 of 4, waiting for aws_db_instance database/instance (1:30)"


def test_colours_do_not_matter() -> None:
    plan = "\x1b[1mPlan:\x1b[0m 1 to add, 0 to change, 0 to destroy."
    assert read(f"\x1b[0m\x1b[1m{STACK}\x1b[0m  {plan}").planned == 1


def test_the_slowest_resources_come_first() -> None:
    assert read(APPLY).slowest(1) == [("aws_lb balancer/balancer", 61)]


def test_the_counts_are_terraforms_own() -> None:
    progress = read(APPLY + f"{STACK}  Apply complete! Resources: 3 added, 1 changed, 2 destroyed.")
    assert progress.applied
    assert (progress.added, progress.changed, progress.destroyed) == (3, 1, 2)


def test_imported_resources_count_as_added() -> None:
    progress = read("Apply complete! Resources: 2 imported, 1 added, 0 changed, 0 destroyed.", "x")
    assert progress.added == 3


def test_no_change_is_not_a_failure() -> None:
    progress = read(
        f"{STACK}  No changes. Your infrastructure matches the configuration.\n"
        f"{STACK}  Apply complete! Resources: 0 added, 0 changed, 0 destroyed."
    )
    assert progress.applied
    assert progress.added == 0


def test_an_error_is_kept_to_its_end() -> None:
    progress = read(
        APPLY
        + f"{STACK}  ╷\n"
        + "                    │ Error: creating RDS DB Instance: already exists\n"
        + "                    │\n"
        + "                    │   with aws_db_instance.database_instance_1A2B,\n"
        + f"{STACK}  aws_lb.other (b/other): Creation complete after 2s [id=1]\n"
    )
    assert progress.errors == [
        "│ Error: creating RDS DB Instance: already exists",
        "│",
        "│   with aws_db_instance.database_instance_1A2B,",
    ]
    assert not progress.applied


def test_durations() -> None:
    assert [seconds(text) for text in ("0s", "59s", "2m40s", "1h0m5s")] == [0, 59, 160, 3605]
    assert clock(3725) == "62:05"
