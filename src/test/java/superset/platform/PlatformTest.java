package superset.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hashicorp.cdktf.App;
import com.hashicorp.cdktf.Testing;
import com.hashicorp.cdktf.TestingAppConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import superset.platform.config.Configuration;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.FullConfiguration;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.guard.IgnoredChanges;
import superset.platform.guard.PromotionChanges;
import superset.platform.stack.BootstrapStack;

/** Every stack of every environment as it is shipped. */
final class PlatformTest {

  @TempDir static Path out;

  private static final Map<String, JsonNode> STACKS = new HashMap<>();

  @BeforeAll
  static void synthesize() throws Exception {
    for (String environment : List.of("prod", "staging", "dev")) {
      STACKS.putAll(
          stacks(Configuration.load(Path.of("regions"), environment), out.resolve(environment)));
    }
  }

  private static Map<String, JsonNode> stacks(EnvironmentConfig environment, Path folder)
      throws IOException {
    App app = Testing.app(options(folder));
    Platform.addTo(app, environment, BootstrapStack.State.S3);
    app.synth();
    Map<String, JsonNode> stacks = new HashMap<>();
    try (var folders = Files.list(folder.resolve("stacks"))) {
      for (Path stack : folders.toList()) {
        stacks.put(
            stack.getFileName().toString(),
            new ObjectMapper().readTree(stack.resolve("cdk.tf.json").toFile()));
      }
    }
    return stacks;
  }

  private static TestingAppConfig options(Path folder) {
    return TestingAppConfig.builder().outdir(folder.toString()).build();
  }

  @Test
  void whereDnsIsElsewhereNoRecordAndNoCertificateIsMade() throws Exception {
    EnvironmentConfig prod = Configuration.load(Path.of("regions"), "prod");
    EnvironmentConfig elsewhere =
        new EnvironmentConfig(prod.name(), external(prod.platform()), withCertificates(prod));

    for (JsonNode stack : stacks(elsewhere, out.resolve("external")).values()) {
      List<String> types = new ArrayList<>();
      stack.path("resource").fieldNames().forEachRemaining(types::add);
      assertThat(types).noneMatch(type -> type.startsWith("aws_route53"));
      assertThat(types).noneMatch(type -> type.startsWith("aws_acm"));
      assertThat(stack.at("/data/aws_route53_zone").isMissingNode()).isTrue();
    }
  }

  @Test
  void everythingThatCanBeConfiguredOfSupersetBecomesPartOfTheRegion() throws Exception {
    Map<String, JsonNode> full = stacks(FullConfiguration.load(), out.resolve("full"));
    JsonNode region = full.get("superset-us-east-1");

    assertThat(names(region, "aws_secretsmanager_secret"))
        .containsExactlyInAnyOrder(
            "superset/db-credentials",
            "superset/secret-key",
            "superset/admin",
            "superset/sign-in",
            "superset/email",
            "superset/data-sources/sales",
            "superset/data-sources/shop",
            "superset/data-sources/events",
            "superset/data-sources/ads",
            "superset/data-sources/warehouse",
            "superset/data-sources/clicks");
    assertThat(names(region, "aws_ecs_service"))
        .containsExactlyInAnyOrder(
            "superset-web", "superset-worker", "superset-beat", "superset-websocket");
    assertThat(region.at("/resource/aws_ec2_transit_gateway_vpc_attachment")).hasSize(1);
    assertThat(region.at("/resource/aws_lb_target_group")).hasSize(2);
    assertThat(names(full.get("superset-eu-west-1"), "aws_ecs_service"))
        .containsExactly("superset-web");
  }

  @Test
  void everyRoleHasTheBoundaryThatIsConfigured() throws Exception {
    Map<String, JsonNode> bounded = stacks(FullConfiguration.load(), out.resolve("bounded"));

    for (String stack : List.of("superset-bootstrap", "superset-us-east-1", "superset-eu-west-1")) {
      assertThat(bounded.get(stack).at("/resource/aws_iam_role"))
          .as(stack)
          .isNotEmpty()
          .allSatisfy(
              role ->
                  assertThat(role.path("permissions_boundary").asText())
                      .isEqualTo("arn:aws:iam::123456789012:policy/boundary"));
    }
    assertThat(STACKS.get("superset-us-east-1").at("/resource/aws_iam_role"))
        .noneMatch(role -> role.has("permissions_boundary"));
  }

  @Test
  void withoutExecARegionHasNoWayToAShell() throws Exception {
    Path regions = out.resolve("without-exec-regions");
    try (var files = Files.walk(Path.of("regions"))) {
      for (Path file : files.toList()) {
        Files.copy(file, regions.resolve(Path.of("regions").relativize(file)));
      }
    }
    Path ireland = regions.resolve("prod/eu-west-1.yaml");
    Files.writeString(ireland, Files.readString(ireland) + "exec: false\n");

    Map<String, JsonNode> stacks =
        stacks(Configuration.load(regions, "prod"), out.resolve("without-exec"));

    assertThat(STACKS.get("superset-eu-west-1").toString()).contains("ssmmessages:", "amazon/ssm");
    JsonNode region = stacks.get("superset-eu-west-1");
    assertThat(region.toString()).doesNotContain("ssmmessages", "amazon/ssm");
    assertThat(region.at("/resource/aws_ecs_service"))
        .isNotEmpty()
        .noneMatch(service -> service.path("enable_execute_command").asBoolean());
    assertThat(region.at("/output/exec_command/value").asText()).isEmpty();
    JsonNode policies = stacks.get("superset-bootstrap").at("/resource/aws_iam_role_policy");
    assertThat(policies)
        .filteredOn(policy -> policy.path("name").asText().equals("shell"))
        .singleElement()
        .satisfies(
            policy ->
                assertThat(policy.path("policy").asText())
                    .contains("us-east-1")
                    .doesNotContain("eu-west-1"));
  }

  @Test
  void aCanarySignsInWithASecretThatInitKnows() {
    JsonNode region = STACKS.get("superset-us-east-1");

    assertThat(names(region, "aws_secretsmanager_secret")).contains("superset/canary");
    assertThat(region.at("/resource/aws_lambda_invocation").toString()).contains("superset/canary");
    for (JsonNode task : region.at("/resource/aws_ecs_task_definition")) {
      boolean init = task.path("family").asText().equals("superset-init");
      for (String name : List.of("CANARY_USERNAME", "CANARY_PASSWORD", "CANARY_VERSION")) {
        assertThat(task.path("container_definitions").asText().contains(name))
            .as(name)
            .isEqualTo(init);
      }
    }
    assertThat(region.at("/resource/aws_iam_role_policy"))
        .filteredOn(one -> one.path("policy").asText().contains("secret.secrets_canary"))
        .as("the execution role of init, and the function's")
        .hasSize(2);
    assertThat(region.at("/resource/aws_cloudwatch_metric_alarm"))
        .filteredOn(alarm -> alarm.path("alarm_name").asText().endsWith("-alarm-canary"))
        .singleElement()
        .satisfies(alarm -> assertThat(alarm.path("period").asInt()).isEqualTo(300));
    assertThat(STACKS.get("superset-dev-us-east-1").toString().toLowerCase(Locale.ROOT))
        .doesNotContain("canary");
  }

  @Test
  void whereAProviderSignsPeopleInTheCanaryHasNoSecret() throws Exception {
    JsonNode region =
        stacks(FullConfiguration.load(), out.resolve("canary-full")).get("superset-us-east-1");

    assertThat(attributes(region, "aws_lambda_function", "function_name"))
        .contains("superset-canary");
    assertThat(region.toString()).doesNotContain("superset/canary", "CANARY_");
  }

  @Test
  void everyRegionsAlarmsAndTheAccountsChangesAreToldInSlack() throws Exception {
    JsonNode global = stacks(FullConfiguration.load(), out.resolve("slack")).get("superset-global");

    assertThat(global.at("/resource/aws_chatbot_slack_channel_configuration"))
        .singleElement()
        .satisfies(
            channel ->
                assertThat(Synthesized.texts(channel.path("sns_topic_arns")))
                    .containsExactlyInAnyOrder(
                        "arn:aws:sns:us-east-1:123456789012:superset-production-alarms",
                        "arn:aws:sns:eu-west-1:123456789012:superset-production-alarms",
                        "arn:aws:sns:us-east-1:123456789012:superset-production-audit"));
    assertThat(global.at("/resource/aws_iam_role"))
        .singleElement()
        .satisfies(
            role ->
                assertThat(role.path("permissions_boundary").asText())
                    .isEqualTo("arn:aws:iam::123456789012:policy/boundary"));
    assertThat(STACKS.get("superset-global").toString()).doesNotContain("chatbot");
  }

  private static PlatformConfig external(PlatformConfig p) {
    return new PlatformConfig(
        p.account(),
        p.owner(),
        p.costCenter(),
        p.disposable(),
        p.domain(),
        new PlatformConfig.HostedZone(
            p.hostedZone().name(), PlatformConfig.HostedZone.Mode.EXTERNAL),
        p.writer(),
        p.stateRegion(),
        p.timeZone(),
        p.schedule(),
        p.budget(),
        p.superset(),
        p.signIn(),
        p.access(),
        p.admin(),
        p.secrets(),
        p.replicas(),
        p.alerts(),
        p.objectives(),
        p.tracing(),
        p.canary(),
        p.backups(),
        p.audit(),
        p.ci(),
        p.identity());
  }

  private static List<RegionConfig> withCertificates(EnvironmentConfig environment) {
    return environment.regions().stream()
        .map(
            r ->
                new RegionConfig(
                    r.region(),
                    r.cidr(),
                    r.zones(),
                    Optional.of("arn:aws:acm:" + r.region() + ":123456789012:certificate/given"),
                    r.network(),
                    r.web(),
                    r.worker(),
                    r.beat(),
                    r.init(),
                    r.database(),
                    r.cache(),
                    r.edge(),
                    r.waf(),
                    r.timeouts(),
                    r.logs(),
                    r.exec(),
                    r.dataSources()))
        .toList();
  }

  @Test
  void stacksHaveTheNamesThatOtherToolsLookFor() {
    assertThat(STACKS.keySet())
        .containsExactlyInAnyOrder(
            "superset-bootstrap",
            "superset-us-east-1",
            "superset-eu-west-1",
            "superset-global",
            "superset-staging-bootstrap",
            "superset-staging-us-east-1",
            "superset-staging-global",
            "superset-dev-bootstrap",
            "superset-dev-us-east-1",
            "superset-dev-global");
  }

  @Test
  void everyStateIsLockedAndLiesInItsRegion() {
    STACKS.forEach(
        (name, stack) -> {
          JsonNode backend = stack.at("/terraform/backend/s3");
          assertThat(backend.path("use_lockfile").asBoolean()).as(name).isTrue();
          assertThat(backend.path("encrypt").asBoolean()).as(name).isTrue();
          assertThat(backend.path("key").asText()).isEqualTo(name + ".tfstate");
          assertThat(backend.path("bucket").asText())
              .endsWith("-" + backend.path("region").asText());
        });
    assertThat(STACKS.get("superset-eu-west-1").at("/terraform/backend/s3/region").asText())
        .isEqualTo("eu-west-1");
  }

  @Test
  void statesOfNoRegionAreCopiedIntoTheBucketOfAnother() {
    JsonNode copies =
        STACKS.get("superset-bootstrap").at("/resource/aws_s3_bucket_replication_configuration");
    assertThat(copies).hasSize(1);
    JsonNode rules = copies.elements().next().path("rule");
    assertThat(rules.findValuesAsText("id"))
        .containsExactly("superset-bootstrap.tfstate", "superset-global.tfstate");
    assertThat(rules.toString()).contains("aws_s3_bucket.eu-west-1-state");
    for (String alone : List.of("superset-staging-bootstrap", "superset-dev-bootstrap")) {
      assertThat(
              STACKS
                  .get(alone)
                  .at("/resource/aws_s3_bucket_replication_configuration")
                  .isMissingNode())
          .as(alone)
          .isTrue();
    }
  }

  @Test
  void copiesGoIntoWhatTheOtherRegionsStackMakes() {
    for (String stack : List.of("superset-us-east-1", "superset-eu-west-1")) {
      JsonNode vaults = STACKS.get(stack).at("/resource/aws_backup_vault");
      assertThat(vaults.elements().next().path("name").asText()).isEqualTo("superset-production");
    }
    assertThat(STACKS.get("superset-us-east-1").at("/resource/aws_backup_plan").toString())
        .contains("arn:aws:backup:eu-west-1:123456789012:backup-vault:superset-production");
    assertThat(init("superset-us-east-1"))
        .contains("superset-production-exports-123456789012-us-east-1")
        .contains("superset-production-exports-123456789012-eu-west-1");
    assertThat(STACKS.get("superset-eu-west-1").at("/resource/aws_s3_bucket").toString())
        .contains("superset-production-exports-123456789012-eu-west-1");
  }

  @Test
  void withOneRegionNothingIsCopiedAndOfADisposableEnvironmentNothingIsKept() {
    JsonNode plans = STACKS.get("superset-staging-us-east-1").at("/resource/aws_backup_plan");
    assertThat(plans.elements().next().at("/rule/0").has("copy_action")).isFalse();
    JsonNode dev = STACKS.get("superset-dev-us-east-1").path("resource");
    assertThat(dev.has("aws_backup_vault")).isFalse();
    assertThat(attributes(STACKS.get("superset-dev-us-east-1"), "aws_scheduler_schedule", "name"))
        .doesNotContain("superset-export");
    assertThat(dev.toString())
        .doesNotContain("superset-snapshot", "superset-dev-exports", "EXPORTS");
  }

  private static String init(String stack) {
    for (JsonNode task : STACKS.get(stack).at("/resource/aws_ecs_task_definition")) {
      if (task.path("family").asText().equals("superset-init")) {
        return task.path("container_definitions").asText();
      }
    }
    throw new AssertionError("no init task in " + stack);
  }

  @Test
  void terraformAndProviderArePinnedWhateverTheBindingsSay() {
    STACKS.forEach(
        (name, stack) -> {
          assertThat(stack.at("/terraform/required_providers/aws/version").asText())
              .as(name)
              .isEqualTo("5.100.0");
          assertThat(stack.at("/terraform/required_version").asText()).isEqualTo(">= 1.11.0");
        });
  }

  @Test
  void everyProviderRefusesAnotherAccountAndTagsWhatItMakes() {
    STACKS.forEach(
        (name, stack) ->
            stack
                .at("/provider/aws")
                .forEach(
                    provider -> {
                      assertThat(texts(provider.path("allowed_account_ids"))).as(name).hasSize(1);
                      Set<String> tags = new TreeSet<>();
                      provider.at("/default_tags/0/tags").fieldNames().forEachRemaining(tags::add);
                      assertThat(tags)
                          .containsExactly(
                              "cost-center",
                              "environment",
                              "managed-by",
                              "owner",
                              "region",
                              "service");
                    }));
  }

  @Test
  void aRegionConfiguresNoOtherRegionAndReadsNoOtherState() {
    STACKS.forEach(
        (name, stack) -> {
          if (name.matches(".*-\\d")) {
            assertThat(stack.at("/provider/aws")).as(name).hasSize(1);
            assertThat(stack.at("/data/terraform_remote_state").isMissingNode()).isTrue();
          }
        });
  }

  @Test
  void theGlobalStackReadsEveryRegionsStateWithDefaults() {
    JsonNode states = STACKS.get("superset-global").at("/data/terraform_remote_state");

    assertThat(states).hasSize(2);
    states.forEach(
        state -> assertThat(state.path("defaults").has("private_route_table_ids")).isTrue());
  }

  @Test
  void aRegionHasTheOutputsThatOtherToolsLookFor() {
    Set<String> outputs = new TreeSet<>();
    STACKS.get("superset-us-east-1").path("output").fieldNames().forEachRemaining(outputs::add);

    assertThat(outputs)
        .contains(
            "url",
            "region_url",
            "alb_dns_name",
            "alb_zone_id",
            "vpc_id",
            "private_route_table_ids",
            "cluster_name",
            "web_service_name",
            "worker_service_name",
            "beat_service_name",
            "database_endpoint",
            "database_arn",
            "redis_endpoint",
            "secret_arns",
            "dashboard_url",
            "exec_command");
  }

  @Test
  void onlyTheTableOfIgnoredChangesIsIgnored() throws Exception {
    Set<String> found = new TreeSet<>();
    Stream.concat(
            STACKS.values().stream(),
            stacks(FullConfiguration.load(), out.resolve("ignored")).values().stream())
        .forEach(
            stack ->
                stack
                    .path("resource")
                    .fields()
                    .forEachRemaining(
                        type ->
                            type.getValue()
                                .forEach(
                                    resource ->
                                        texts(resource.at("/lifecycle/ignore_changes"))
                                            .forEach(
                                                attribute ->
                                                    found.add(type.getKey() + "." + attribute)))));
    Set<String> table = new TreeSet<>();
    for (IgnoredChanges row : IgnoredChanges.values()) {
      assertThat(row.reason()).isNotBlank();
      row.attributes().forEach(attribute -> table.add(row.type() + "." + attribute));
    }

    assertThat(found).isEqualTo(table);
  }

  @Test
  void whatAPromotionMovesIsThereWhereThereAreRegionsToMoveBetween() {
    for (String region : List.of("us-east-1", "eu-west-1")) {
      JsonNode stack = STACKS.get("superset-" + region);
      assertThat(attributes(stack, "aws_lambda_function", "function_name"))
          .containsExactlyInAnyOrder(
              "superset-canary",
              "superset-secrets",
              "superset-init",
              "superset-snapshot",
              "superset-promote",
              "superset-admit");
      assertThat(stack.at("/resource/aws_lb_listener_rule").toString())
          .contains("/fence/us-east-1", "/fence/eu-west-1");
    }
    JsonNode alone = STACKS.get("superset-dev-us-east-1");
    assertThat(attributes(alone, "aws_lambda_function", "function_name"))
        .containsExactlyInAnyOrder("superset-secrets", "superset-init");
    assertThat(alone.toString()).doesNotContain("/fence/", "/superset/promote");
  }

  @Test
  void afterAPromotionAPlanReplacesNothing() throws Exception {
    EnvironmentConfig promoted = withWriter("eu-west-1");
    JsonNode before = STACKS.get("superset-eu-west-1").path("resource");
    JsonNode after =
        stacks(promoted, out.resolve("promoted")).get("superset-eu-west-1").path("resource");

    Map<String, JsonNode> old = resources(before);
    Map<String, JsonNode> now = resources(after);
    Set<String> changed = new TreeSet<>();
    now.forEach(
        (address, resource) -> {
          if (!resource.equals(old.get(address))) {
            changed.add(address.replaceAll("_[0-9A-F]{8}$", ""));
          }
        });
    // The incarnation, which names the final snapshot, is new.
    assertThat(changed)
        .containsExactlyInAnyOrder(
            "aws_db_instance.database_instance",
            "aws_lambda_function.secrets-function",
            "terraform_data.database_incarnation");
    assertThat(now.keySet()).containsAll(old.keySet());
    assertThat(difference(before, after, "aws_db_instance"))
        .isEqualTo(new TreeSet<>(PromotionChanges.OF_DATABASE.keySet()));
  }

  /** Production after the writer was changed in its YAML. */
  private static EnvironmentConfig withWriter(String region) throws Exception {
    Path regions = Files.createDirectories(out.resolve("regions").resolve("prod"));
    Files.copy(Path.of("regions", "schema.json"), regions.resolveSibling("schema.json"));
    try (var files = Files.list(Path.of("regions", "prod"))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file).replaceAll("(?m)^writer: .*", "writer: " + region);
        Files.writeString(regions.resolve(file.getFileName()), text);
      }
    }
    return Configuration.load(regions.getParent(), "prod");
  }

  /** Arguments of the only resource of a type that differ. */
  private static Set<String> difference(JsonNode before, JsonNode after, String type) {
    JsonNode old = before.path(type).elements().next();
    JsonNode now = after.path(type).elements().next();
    Set<String> names = new TreeSet<>();
    old.fieldNames().forEachRemaining(names::add);
    now.fieldNames().forEachRemaining(names::add);
    names.removeIf(name -> old.path(name).equals(now.path(name)) || name.equals("lifecycle"));
    return names;
  }

  private static Map<String, JsonNode> resources(JsonNode types) {
    Map<String, JsonNode> found = new HashMap<>();
    types
        .fields()
        .forEachRemaining(
            type ->
                type.getValue()
                    .fields()
                    .forEachRemaining(
                        one -> found.put(type.getKey() + "." + one.getKey(), one.getValue())));
    return found;
  }

  private static List<String> attributes(JsonNode stack, String type, String attribute) {
    List<String> found = new ArrayList<>();
    stack.at("/resource/" + type).forEach(one -> found.add(one.path(attribute).asText()));
    return found;
  }

  @Test
  void withoutRedisThereIsNoWorkerAndNoBeat() {
    JsonNode dev = STACKS.get("superset-dev-us-east-1");

    assertThat(dev.at("/resource/aws_elasticache_replication_group").isMissingNode()).isTrue();
    assertThat(names(dev, "aws_ecs_service")).containsExactly("superset-web");
    assertThat(names(STACKS.get("superset-us-east-1"), "aws_ecs_service"))
        .containsExactlyInAnyOrder("superset-web", "superset-worker", "superset-beat");
  }

  private static List<String> names(JsonNode stack, String type) {
    List<String> names = new ArrayList<>();
    stack
        .path("resource")
        .path(type)
        .forEach(resource -> names.add(resource.path("name").asText()));
    return names;
  }

  @Test
  void aRollbackFailsTheDeploy() {
    STACKS
        .get("superset-us-east-1")
        .at("/resource/aws_ecs_service")
        .forEach(
            service -> {
              assertThat(service.path("wait_for_steady_state").asBoolean()).isTrue();
              assertThat(service.at("/deployment_circuit_breaker/rollback").asBoolean()).isTrue();
              assertThat(service.at("/lifecycle/postcondition/0/condition").asText())
                  .matches("\\$\\{self\\.task_definition == aws_ecs_task_definition\\..+\\.arn}");
            });
  }

  @Test
  void noContainerIsGivenASecretAsALiteral() throws IOException {
    for (JsonNode stack : STACKS.values()) {
      for (JsonNode definition : stack.at("/resource/aws_ecs_task_definition")) {
        JsonNode container =
            new ObjectMapper().readTree(definition.path("container_definitions").asText()).get(0);
        for (JsonNode variable : container.path("environment")) {
          assertThat(variable.path("name").asText()).doesNotContainPattern("PASSWORD|TOKEN|_KEY$");
        }
      }
    }
  }

  @Test
  void everyResourceNameTagIsUniqueInItsStack() {
    STACKS.forEach(
        (name, stack) ->
            stack
                .path("resource")
                .fields()
                .forEachRemaining(
                    type -> {
                      List<String> tags = new ArrayList<>();
                      type.getValue()
                          .forEach(
                              resource -> {
                                String provider = resource.path("provider").asText();
                                String tag = resource.at("/tags/Name").asText();
                                if (!tag.isEmpty()) {
                                  tags.add(provider + tag);
                                }
                              });
                      assertThat(tags).as(name + " " + type.getKey()).doesNotHaveDuplicates();
                    }));
  }
}
