package superset.platform.database;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig;

final class DatabaseTest {

  private static final Names NAMES = new Names("prod", "123456789012");
  private static final String SOURCE = "arn:aws:rds:us-east-1:123456789012:db:superset-production";
  private static final RegionConfig.Database SIZES = sizes(false, List.of());
  private static final RegionConfig.Database OFFLOADED = sizes(true, List.of());
  private static final RegionConfig.Database AUDITED = sizes(false, List.of("ddl", "role"));

  private static RegionConfig.Database sizes(boolean readReplica, List<String> audit) {
    return sizes(100, Optional.empty(), Optional.empty(), readReplica, audit);
  }

  private static RegionConfig.Database sizes(
      int storageGb,
      Optional<Integer> iops,
      Optional<Integer> throughput,
      boolean readReplica,
      List<String> audit) {
    return new RegionConfig.Database(
        "db.r6g.large",
        "15",
        storageGb,
        500,
        iops,
        throughput,
        true,
        readReplica,
        7,
        "03:00-04:00",
        "sun:04:30-sun:05:30",
        1600,
        audit,
        new RegionConfig.Database.Pool(5, 10, 30));
  }

  private static Synthesized primary(boolean disposable) {
    return database(Optional.empty(), disposable, SIZES);
  }

  private static Synthesized replica() {
    return database(Optional.of(SOURCE), false, SIZES);
  }

  private static Synthesized database(
      Optional<String> source, boolean disposable, RegionConfig.Database sizes) {
    return Synthesized.of(
        stack ->
            new Database(
                stack,
                "database",
                new Database.Props(
                    sizes,
                    source,
                    new WriterParameter(stack, "writer", new WriterParameter.Props(NAMES)),
                    "us-east-1",
                    List.of("subnet-1", "subnet-2"),
                    "sg-1",
                    "arn:aws:kms:us-east-1:123456789012:key/data",
                    "arn:aws:kms:us-east-1:123456789012:key/logs",
                    7,
                    source.isEmpty() ? "us-east-1" : "eu-west-1",
                    disposable,
                    List.of(),
                    NAMES)));
  }

  private static JsonNode instance(Synthesized stack) {
    return stack.resource("aws_db_instance");
  }

  @Test
  void aPrimaryHasTheConfiguredSizes() {
    JsonNode instance = instance(primary(false));

    assertThat(instance.path("identifier").asText()).isEqualTo("superset-production");
    assertThat(instance.path("engine").asText()).isEqualTo("postgres");
    assertThat(instance.path("engine_version").asText()).isEqualTo("15");
    assertThat(instance.path("instance_class").asText()).isEqualTo("db.r6g.large");
    assertThat(instance.path("allocated_storage").asInt()).isEqualTo(100);
    assertThat(instance.path("max_allocated_storage").asInt()).isEqualTo(500);
    assertThat(instance.path("storage_type").asText()).isEqualTo("gp3");
    assertThat(instance.path("multi_az").asBoolean()).isTrue();
    assertThat(instance.path("backup_retention_period").asInt()).isEqualTo(7);
    assertThat(instance.path("backup_window").asText()).isEqualTo("03:00-04:00");
  }

  @Test
  void dataIsEncryptedAndOutOfPublicReach() {
    JsonNode instance = instance(primary(false));

    assertThat(instance.path("storage_encrypted").asBoolean()).isTrue();
    assertThat(instance.path("kms_key_id").asText()).endsWith("key/data");
    assertThat(instance.path("performance_insights_kms_key_id").asText()).endsWith("key/data");
    assertThat(instance.path("publicly_accessible").asBoolean()).isFalse();
  }

  @Test
  void theFirstPasswordIsThrownAway() {
    Synthesized stack = primary(false);
    JsonNode instance = instance(stack);

    assertThat(instance.has("password")).isFalse();
    assertThat(instance.path("password_wo").asText())
        .isEqualTo("${ephemeral.aws_secretsmanager_random_password.database.random_password}");
    assertThat(
            stack
                .root()
                .at("/ephemeral/aws_secretsmanager_random_password/database")
                .isMissingNode())
        .isFalse();
  }

  @Test
  void aPromotedReplicaIsNotSentAThrowAwayPassword() {
    assertThat(texts(instance(replica()).at("/lifecycle/ignore_changes")))
        .containsExactly("password_wo_version");
  }

  @Test
  void aReplicaTakesEverythingButItsOwnKeyFromItsSource() {
    JsonNode instance = instance(replica());

    assertThat(instance.path("replicate_source_db").asText()).isEqualTo(SOURCE);
    assertThat(instance.path("kms_key_id").asText()).endsWith("key/data");
    for (String primaryOnly :
        List.of(
            "engine",
            "engine_version",
            "username",
            "db_name",
            "password_wo",
            "password_wo_version",
            "allocated_storage",
            "backup_retention_period",
            "backup_window")) {
      assertThat(instance.has(primaryOnly)).as(primaryOnly).isFalse();
    }
  }

  @Test
  void aReadReplicaTakesAfterThePrimaryAndHoldsNothingOfItsOwn() {
    Synthesized stack = database(Optional.empty(), false, OFFLOADED);
    JsonNode primary = stack.resource("aws_db_instance", "production");
    JsonNode replica = stack.resource("aws_db_instance", "read");

    assertThat(replica.path("identifier").asText()).isEqualTo("superset-production-read");
    assertThat(replica.path("replicate_source_db").asText()).contains("identifier");
    for (String same :
        List.of(
            "instance_class",
            "parameter_group_name",
            "vpc_security_group_ids",
            "ca_cert_identifier",
            "storage_encrypted")) {
      assertThat(replica.path(same)).as(same).isEqualTo(primary.path(same));
    }
    for (String notOfAReplica :
        List.of("engine", "username", "password_wo", "allocated_storage", "kms_key_id")) {
      assertThat(replica.has(notOfAReplica)).as(notOfAReplica).isFalse();
    }
    assertThat(replica.path("skip_final_snapshot").asBoolean()).isTrue();
    assertThat(stack.resources("aws_cloudwatch_log_group")).hasSize(4);
  }

  @Test
  void aRegionThatHasAReplicaNeedsNoOther() {
    Synthesized stack = database(Optional.of(SOURCE), false, OFFLOADED);

    assertThat(stack.resources("aws_db_instance")).hasSize(1);
    assertThat(ids(stack)).isEqualTo(ids(replica()));
  }

  @Test
  void bothRolesHaveTheSameLogicalId() {
    assertThat(ids(replica())).isEqualTo(ids(primary(false)));
  }

  private static List<String> ids(Synthesized stack) {
    List<String> ids = new ArrayList<>();
    stack.root().at("/resource/aws_db_instance").fieldNames().forEachRemaining(ids::add);
    return ids;
  }

  @Test
  void anEnvironmentWithDataKeepsAFinalSnapshotOfAUniqueName() {
    JsonNode instance = instance(primary(false));

    assertThat(instance.path("deletion_protection").asBoolean()).isTrue();
    assertThat(instance.path("skip_final_snapshot").asBoolean()).isFalse();
    assertThat(instance.path("final_snapshot_identifier").asText())
        .startsWith("superset-production-final-${")
        .contains("terraform_data.database_incarnation");
  }

  @Test
  void aReplicaIsDestroyedWithoutASnapshotSinceRdsTakesNone() {
    JsonNode instance = instance(replica());

    assertThat(instance.path("deletion_protection").asBoolean()).isTrue();
    assertThat(instance.path("skip_final_snapshot").asBoolean()).isTrue();
    assertThat(instance.has("final_snapshot_identifier")).isFalse();
  }

  @Test
  void aDisposableEnvironmentIsDestroyedWithoutATrace() {
    JsonNode instance = instance(primary(true));

    assertThat(instance.path("deletion_protection").asBoolean()).isFalse();
    assertThat(instance.path("skip_final_snapshot").asBoolean()).isTrue();
    assertThat(instance.path("delete_automated_backups").asBoolean()).isTrue();
  }

  @Test
  void theDeployIsRefusedWhereAnotherRegionIsTheWriter() {
    JsonNode precondition = instance(primary(false)).at("/lifecycle/precondition/0");

    assertThat(precondition.path("condition").asText())
        .matches(
            "\\$\\{contains\\(\\[\"unset\", \"us-east-1\"],"
                + " jsondecode\\(coalesce\\(aws_ssm_parameter\\.\\w+\\.insecure_value,"
                + " nonsensitive\\(aws_ssm_parameter\\.\\w+\\.value\\)\\)\\)\\.region\\)}");
    assertThat(precondition.path("error_message").asText()).contains("superset-promote");
  }

  @Test
  void plainConnectionsAreRefusedByThePrimary() {
    assertThat(parameters(primary(false))).contains("rds.force_ssl=1", "max_connections=1600");
  }

  @Test
  void anAuditedDatabaseLogsTheClassesAndNoValues() {
    for (Optional<String> source : List.of(Optional.<String>empty(), Optional.of(SOURCE))) {
      Synthesized stack = database(source, false, AUDITED);

      assertThat(parameters(stack))
          .contains("pgaudit.log=ddl,role", "pgaudit.log_catalog=0", "pgaudit.log_parameter=0")
          .noneMatch(parameter -> parameter.startsWith("pgaudit.role"));
      assertThat(texts(instance(stack).path("enabled_cloudwatch_logs_exports")))
          .contains("postgresql");
    }
  }

  @Test
  void theLibraryOfTheAuditIsLoadedBesideTheOthersByAReboot() {
    Synthesized stack = database(Optional.empty(), false, AUDITED);

    assertThat(stack.resource("aws_db_parameter_group").path("parameter"))
        .filteredOn(one -> one.path("name").asText().equals("shared_preload_libraries"))
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.path("value").asText()).isEqualTo("pg_stat_statements,pgaudit");
              assertThat(one.path("apply_method").asText()).isEqualTo("pending-reboot");
            });
  }

  @Test
  void nothingIsAuditedUnlessItIsWanted() {
    assertThat(parameters(primary(false)))
        .noneMatch(parameter -> parameter.contains("pgaudit"))
        .noneMatch(parameter -> parameter.contains("shared_preload_libraries"));
  }

  private static List<String> parameters(Synthesized stack) {
    List<String> parameters = new ArrayList<>();
    stack
        .resource("aws_db_parameter_group")
        .path("parameter")
        .forEach(p -> parameters.add(p.path("name").asText() + "=" + p.path("value").asText()));
    return parameters;
  }

  @Test
  void provisionedStorageSpeedIsPassedOnWhereConfigured() {
    RegionConfig.Database fast = sizes(400, Optional.of(13000), Optional.of(600), false, List.of());

    JsonNode instance = instance(database(Optional.empty(), false, fast));

    assertThat(instance.path("iops").asInt()).isEqualTo(13000);
    assertThat(instance.path("storage_throughput").asInt()).isEqualTo(600);
    assertThat(instance(primary(false)).has("iops")).isFalse();
  }

  @Test
  void exportedLogsHaveTheirGroupBeforeTheInstanceMakesThem() {
    Synthesized stack = primary(false);

    assertThat(stack.resources("aws_cloudwatch_log_group"))
        .allSatisfy(group -> assertThat(group.path("kms_key_id").asText()).endsWith("key/logs"))
        .extracting(group -> group.path("name").asText())
        .containsExactly(
            "/aws/rds/instance/superset-production/postgresql",
            "/aws/rds/instance/superset-production/upgrade");
    assertThat(texts(instance(stack).path("depends_on")))
        .contains("aws_cloudwatch_log_group." + firstGroup(stack));
  }

  private static String firstGroup(Synthesized stack) {
    return stack.root().at("/resource/aws_cloudwatch_log_group").fieldNames().next();
  }
}
