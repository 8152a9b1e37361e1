"""What superset-secrets does in an orderly run, one behaviour per test."""

import json
from collections.abc import Iterable
from typing import Any

import boto3
import pytest
from secrets_world import DATABASE, OTHER, WRITER, Context, Recorder, World

from superset_secrets import handler
from superset_secrets.values import KINDS
from superset_secrets.versions import number_of, version_id

CREDENTIALS = "superset/db-credentials"
KEY = "superset/secret-key"
ADMIN = "superset/admin"
CANARY = "superset/canary"


def statuses(result: dict[str, Any]) -> set[str]:
    return {secret["status"] for secret in result["secrets"].values()}


def assert_settled(
    world: World,
    number: int = 1,
    regions: Iterable[str] = (WRITER, OTHER),
    names: Iterable[str] = tuple(KINDS),
) -> None:
    """The database accepts the current password, and all regions have the same, finished."""
    assert world.password_of_database() == world.value(WRITER, CREDENTIALS)["password"]
    for name in names:
        for region in regions:
            assert world.value(region, name) == world.value(WRITER, name)
            labels = world.labels(region, name)
            assert number_of(labels["AWSCURRENT"]) == number
            assert "AWSPENDING" not in labels


def test_fills_every_empty_secret_in_the_writer_region(world: World) -> None:
    result = world.invoke(WRITER)
    assert result == {
        "secrets": {name: {"version": 1, "status": "filled"} for name in KINDS},
        "writer_parameter": "written",
        "skipped_regions": [],
    }
    assert world.value(WRITER, ADMIN)["username"] == "admin"
    assert world.value(WRITER, CANARY)["username"] == "superset-canary"
    assert world.value(WRITER, CREDENTIALS)["username"] == "superset_admin"
    assert world.value(WRITER, KEY)["previous"] == ""


def test_gives_the_database_the_stored_password_and_every_region_the_same(world: World) -> None:
    world.invoke(WRITER)
    assert_settled(world)


def test_passwords_are_legal_for_rds_and_differ(world: World) -> None:
    world.invoke(WRITER)
    passwords = [world.value(WRITER, name)["password"] for name in (CREDENTIALS, ADMIN, CANARY)]
    assert len(set(passwords)) == 3
    for password in passwords:
        assert 8 <= len(password) <= 128
        assert password.isascii() and password.isalnum()


def test_version_ids_are_legal_tokens_and_the_same_in_every_run() -> None:
    identifier = version_id(CREDENTIALS, 7)
    assert 32 <= len(identifier) <= 64
    assert identifier == version_id(CREDENTIALS, 7) != version_id(ADMIN, 7)
    assert number_of(identifier) == 7
    assert number_of("4a1d1f5e-0000-4000-8000-000000000000") is None


def test_a_second_run_keeps_everything(world: World) -> None:
    world.invoke(WRITER)
    before = {name: world.value(WRITER, name) for name in KINDS}
    result = world.invoke(WRITER)
    assert statuses(result) == {"kept"}
    assert result["writer_parameter"] == "kept"
    assert {name: world.value(WRITER, name) for name in KINDS} == before


def test_a_kept_password_is_given_to_the_database_again(world: World, recorder: Recorder) -> None:
    world.invoke(WRITER)
    boto3.client("rds", region_name=WRITER).modify_db_instance(
        DBInstanceIdentifier=DATABASE, MasterUserPassword="Terraforms-throw-away"
    )
    recorder.fresh()
    assert statuses(world.invoke(WRITER)) == {"kept"}
    assert len(recorder.of("ModifyDBInstance")) == 1
    assert recorder.of("PutSecretValue") == []
    assert_settled(world)


def test_a_raised_version_rotates_only_that_secret(world: World) -> None:
    world.invoke(WRITER)
    before = {name: world.value(WRITER, name) for name in KINDS}
    result = world.invoke(WRITER, {CREDENTIALS: 2, KEY: 1, ADMIN: 1})
    assert result["secrets"] == {
        CREDENTIALS: {"version": 2, "status": "rotated"},
        KEY: {"version": 1, "status": "kept"},
        ADMIN: {"version": 1, "status": "kept"},
    }
    assert world.value(WRITER, CREDENTIALS)["password"] != before[CREDENTIALS]["password"]
    assert world.value(WRITER, KEY) == before[KEY]
    assert world.password_of_database() == world.value(OTHER, CREDENTIALS)["password"]
    assert world.value(WRITER, CREDENTIALS, "AWSPREVIOUS") == before[CREDENTIALS]


def test_a_rotated_secret_key_keeps_the_old_one_as_previous(world: World) -> None:
    keys = []
    for version in (1, 2, 3):
        world.invoke(WRITER, version)
        keys.append(world.value(WRITER, KEY))
    assert keys[1]["previous"] == keys[0]["key"]
    assert keys[2]["previous"] == keys[1]["key"]
    assert len({key["key"] for key in keys}) == 3


@pytest.mark.parametrize("region", [WRITER, OTHER])
def test_a_lowered_version_is_refused(world: World, region: str) -> None:
    world.invoke(WRITER, 3)
    world.invoke(OTHER, 3)
    with pytest.raises(RuntimeError, match=r"version 3 of .* but 2 is configured"):
        world.invoke(region, 2)
    assert_settled(world, 3)


def test_a_region_that_is_not_deployed_yet_is_left_out(world: World) -> None:
    secrets = boto3.client("secretsmanager", region_name=OTHER)
    for name in KINDS:
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    result = world.invoke(WRITER)
    assert result["skipped_regions"] == []
    assert_settled(world, regions=(WRITER,))


def test_a_secret_in_its_recovery_window_is_left_out_elsewhere_and_refused_here(
    world: World,
) -> None:
    world.invoke(WRITER)
    boto3.client("secretsmanager", region_name=OTHER).delete_secret(SecretId=ADMIN)
    assert statuses(world.invoke(WRITER)) == {"kept"}
    boto3.client("secretsmanager", region_name=WRITER).delete_secret(SecretId=ADMIN)
    with pytest.raises(RuntimeError, match="superset/admin in us-east-1 is scheduled for deletion"):
        world.invoke(WRITER)


def test_another_region_copies_what_the_writer_has(world: World, recorder: Recorder) -> None:
    recorder.refused = {OTHER}
    assert world.invoke(WRITER)["skipped_regions"] == [OTHER]
    recorder.refused = set()
    world.create_replica()
    result = world.invoke(OTHER)
    assert statuses(result) == {"filled"}
    assert result["writer_parameter"] == "written"
    assert_settled(world)
    assert world.labels(OTHER, ADMIN) == world.labels(WRITER, ADMIN)
    assert world.writer_parameter(OTHER) == world.writer_parameter(WRITER)
    assert world.writer_parameter(OTHER)["region"] == WRITER
    assert world.writer_parameter(OTHER)["port"] == 5432


def test_a_filled_region_needs_no_other_region(world: World, recorder: Recorder) -> None:
    world.invoke(WRITER)
    world.invoke(OTHER)
    recorder.fresh()
    recorder.refused = {WRITER}
    result = world.invoke(OTHER)
    assert statuses(result) == {"kept"}
    assert result["skipped_regions"] == []
    assert {call.region for call in recorder.calls} == {OTHER}
    assert recorder.of("ModifyDBInstance") == []


def test_the_writer_goes_on_while_another_region_is_dead(world: World, recorder: Recorder) -> None:
    world.invoke(WRITER)
    recorder.refused = {OTHER}
    recorder.fresh()
    result = world.invoke(WRITER, 2)
    assert statuses(result) == {"rotated"}
    assert result["skipped_regions"] == [OTHER]
    assert len([call for call in recorder.calls if call.region == OTHER]) == 1
    assert_settled(world, 2, regions=(WRITER,))


def test_a_region_that_missed_a_rotation_gets_it_when_it_is_back(
    world: World, recorder: Recorder
) -> None:
    world.invoke(WRITER)
    world.invoke(OTHER)
    recorder.refused = {OTHER}
    world.invoke(WRITER, 2)
    recorder.refused = set()
    assert statuses(world.invoke(OTHER, 2)) == {"rotated"}
    assert_settled(world, 2)


def test_the_writer_heals_a_region_that_missed_a_rotation(world: World, recorder: Recorder) -> None:
    world.invoke(WRITER)
    recorder.refused = {OTHER}
    world.invoke(WRITER, 2)
    recorder.refused = set()
    assert statuses(world.invoke(WRITER, 2)) == {"healed"}
    assert_settled(world, 2)


def test_a_version_raised_elsewhere_first_says_to_deploy_the_writer(world: World) -> None:
    world.invoke(WRITER)
    world.invoke(OTHER)
    with pytest.raises(RuntimeError, match="deploy us-east-1 first"):
        world.invoke(OTHER, 2)
    assert_settled(world, 1)


def test_a_new_region_with_the_writer_dead_says_why(world: World, recorder: Recorder) -> None:
    recorder.refused = {WRITER}
    with pytest.raises(RuntimeError, match="us-east-1 does not answer"):
        world.invoke(OTHER)


def test_a_new_region_before_the_writer_says_to_deploy_it(world: World) -> None:
    with pytest.raises(RuntimeError, match="us-east-1 has no database address .* deploy it first"):
        world.invoke(OTHER)


def test_a_replica_never_gets_a_password(world: World, recorder: Recorder) -> None:
    world.create_replica()
    recorder.fresh()
    with pytest.raises(RuntimeError, match="superset-production is a replica"):
        world.invoke(OTHER, configured_writer=OTHER)
    assert recorder.of("ModifyDBInstance") == []
    assert recorder.of("PutSecretValue") == []


def test_the_parameter_and_not_the_yaml_says_who_writes(world: World) -> None:
    world.invoke(WRITER)
    world.invoke(OTHER)
    world.create_database(OTHER)
    for region in (WRITER, OTHER):
        world.set_writer_parameter(region, OTHER)
    result = world.invoke(OTHER, 2)
    assert statuses(result) == {"rotated"}
    assert result["writer_parameter"] == "kept"
    new = world.value(OTHER, CREDENTIALS)
    assert world.password_of_database(OTHER) == new["password"]
    assert world.value(WRITER, CREDENTIALS) == new
    assert world.writer_parameter(OTHER)["region"] == OTHER


def test_a_writer_that_was_replaced_while_away_pushes_nothing(
    world: World, recorder: Recorder
) -> None:
    world.invoke(WRITER)
    world.invoke(OTHER)
    world.set_writer_parameter(OTHER, OTHER)
    recorder.fresh()
    with pytest.raises(RuntimeError, match="says that the writer is eu-west-1, not us-east-1"):
        world.invoke(WRITER, 2)
    assert recorder.of("PutSecretValue") == []


def test_the_new_writer_pushes_to_a_region_that_still_names_itself(world: World) -> None:
    world.invoke(WRITER)
    world.invoke(OTHER)
    world.create_database(OTHER)
    world.set_writer_parameter(OTHER, OTHER)
    assert statuses(world.invoke(OTHER, 2)) == {"rotated"}
    assert world.value(WRITER, KEY) == world.value(OTHER, KEY)


def test_a_writer_region_built_anew_gets_its_secrets_back(world: World) -> None:
    world.invoke(WRITER)
    before = world.value(OTHER, KEY)
    secrets = boto3.client("secretsmanager", region_name=WRITER)
    for name in KINDS:
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        secrets.create_secret(Name=name)
    assert statuses(world.invoke(WRITER)) == {"healed"}
    assert world.value(WRITER, KEY) == before
    assert_settled(world)


def test_a_region_with_another_value_under_the_same_version_is_overwritten(world: World) -> None:
    world.invoke(WRITER)
    secrets = boto3.client("secretsmanager", region_name=OTHER)
    secrets.delete_secret(SecretId=ADMIN, ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name=ADMIN)
    secrets.put_secret_value(
        SecretId=ADMIN,
        ClientRequestToken=version_id(ADMIN, 1),
        SecretString=json.dumps({"username": "admin", "password": "of-an-older-life"}),
    )
    assert world.invoke(WRITER)["secrets"][ADMIN]["status"] == "healed"
    assert_settled(world)
    assert statuses(world.invoke(WRITER)) == {"kept"}


def test_a_value_put_by_hand_is_taken_over_and_enforced(world: World) -> None:
    by_hand = {"username": "superset_admin", "password": "by-hand-by-hand"}
    world.put_by_hand(WRITER, CREDENTIALS, by_hand)
    assert world.invoke(WRITER)["secrets"][CREDENTIALS]["status"] == "healed"
    assert world.value(OTHER, CREDENTIALS) == by_hand
    assert_settled(world)
    changed = {**by_hand, "password": "by-hand-once-more"}
    world.put_by_hand(WRITER, CREDENTIALS, changed)
    assert world.invoke(WRITER)["secrets"][CREDENTIALS]["status"] == "healed"
    assert world.value(OTHER, CREDENTIALS) == changed
    assert_settled(world)


def test_a_malformed_value_is_refused_without_repeating_it(world: World) -> None:
    world.put_by_hand(WRITER, CREDENTIALS, {"secret": "hunter2"})
    with pytest.raises(RuntimeError, match="not a JSON object of strings") as error:
        world.invoke(WRITER)
    assert "hunter2" not in str(error.value)


def test_a_database_with_another_master_user_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_by_hand(WRITER, CREDENTIALS, {"username": "someone", "password": "x" * 20})
    with pytest.raises(RuntimeError, match="is superset_admin, not someone"):
        world.invoke(WRITER)


def test_two_runs_at_once_end_with_one_password(world: World, recorder: Recorder) -> None:
    """The first function still runs when a second deploy starts: the first put wins."""
    passwords = []

    def overtake(call) -> None:
        if call.operation == "PutSecretValue" and call.parameters["SecretId"] == CREDENTIALS:
            recorder.hook = None
            world.invoke(WRITER)
            passwords.append(world.password_of_database())

    recorder.hook = overtake
    world.invoke(WRITER)
    assert passwords == [world.password_of_database()]
    assert_settled(world)


def rds_answers(monkeypatch: pytest.MonkeyPatch, *instances: dict[str, Any]) -> None:
    """Let the database report these states, one per question, then the last for ever."""
    from superset_secrets.database import Database

    answers = list(instances)
    original = Database._describe

    def describe(database: Database) -> dict[str, Any]:
        change = answers.pop(0) if len(answers) > 1 else answers[0]
        return {**original(database), **change}

    monkeypatch.setattr(Database, "_describe", describe)


def test_waits_until_the_database_has_taken_the_password(
    world: World, monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    available: dict[str, Any] = {"DBInstanceStatus": "available", "PendingModifiedValues": {}}
    rds_answers(
        monkeypatch,
        available,
        available,
        {"DBInstanceStatus": "backing-up"},
        available,
        {**available, "PendingModifiedValues": {"MasterUserPassword": "****"}},
        {"DBInstanceStatus": "resetting-master-credentials"},
        available,
    )
    world.invoke(WRITER, {CREDENTIALS: 1})
    operations = [(call.operation, call.region) for call in recorder.calls]
    modified = operations.index(("ModifyDBInstance", WRITER))
    current = operations.index(("UpdateSecretVersionStage", WRITER))
    describes = operations[modified:current].count(("DescribeDBInstances", WRITER))
    assert describes == 3


def test_gives_up_before_lambda_does_and_heals_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda self: 30_500)
    with monkeypatch.context() as slow:
        rds_answers(slow, {"DBInstanceStatus": "modifying"})
        with pytest.raises(RuntimeError, match="is still modifying: run the deploy again"):
            world.invoke(WRITER)
    world.invoke(WRITER)
    assert_settled(world)


@pytest.mark.parametrize("status", ["stopped", "deleting", "failed", "incompatible-network"])
def test_a_database_that_will_not_come_is_reported_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    rds_answers(monkeypatch, {"DBInstanceStatus": status})
    with pytest.raises(RuntimeError, match=f"is {status}: it must be available"):
        world.invoke(WRITER)


def test_aws_errors_become_one_line_with_the_region(world: World) -> None:
    boto3.client("ssm", region_name=OTHER).delete_parameter(Name="/superset/writer")
    with pytest.raises(RuntimeError) as error:
        world.invoke(OTHER)
    assert str(error.value) == "eu-west-1: eu-west-1 has no parameter /superset/writer"
    assert error.value.__cause__ is None and error.value.__suppress_context__


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({}, "no versions"),
        ({"versions": {"superset/other": 1}}, "superset/other is not"),
        ({"versions": {ADMIN: 0}}, "whole number from 1 up"),
        ({"versions": {ADMIN: True}}, "whole number from 1 up"),
    ],
)
def test_a_wrong_event_is_refused(
    world: World, event: dict[str, Any], message: str, recorder: Recorder
) -> None:
    world.invoke(WRITER)
    recorder.fresh()
    with pytest.raises(RuntimeError, match=message):
        handler.handle(event, Context())
    assert recorder.calls == []


def test_missing_environment_is_named_at_once(world: World, monkeypatch) -> None:
    world.invoke(WRITER)
    monkeypatch.delenv("SUPERSET_DATABASE")
    monkeypatch.delenv("SUPERSET_REGIONS")
    with pytest.raises(RuntimeError, match="SUPERSET_REGIONS, SUPERSET_DATABASE"):
        handler.handle({"versions": {ADMIN: 1}}, Context())


def test_no_value_in_results_or_logs(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    results = [world.invoke(WRITER), world.invoke(OTHER), world.invoke(WRITER, 2)]
    logged = "".join(capsys.readouterr())
    output = json.dumps(results) + logged
    secrets = {
        value
        for name in KINDS
        for stage in ("AWSCURRENT", "AWSPREVIOUS")
        for key, value in world.value(WRITER, name, stage).items()
        if key != "username" and value
    }
    assert len(secrets) == 2 * len(KINDS)
    assert [value for value in secrets if value in output] == []
    for line in logged.splitlines():
        assert json.loads(line)["message"]
