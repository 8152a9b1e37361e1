package superset.platform.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static superset.platform.Synthesized.texts;
import static superset.platform.service.Services.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.config.Configuration;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.FullConfiguration;
import superset.platform.config.RegionConfig;

final class SupersetServicesTest {

  private static Services prod;
  private static Services full;

  @BeforeAll
  static void synthesize() throws Exception {
    prod = Services.of(Configuration.load(Path.of("regions"), "prod"), "us-east-1");
    full = Services.of(FullConfiguration.load(), "us-east-1");
  }

  private static JsonNode service(String name) {
    return prod.service(name);
  }

  private static JsonNode task(String family) {
    return prod.task(family);
  }

  private static JsonNode container(String family) {
    return prod.container(family);
  }

  private static List<String> secrets(String family) {
    List<String> secrets = new ArrayList<>();
    container(family)
        .path("secrets")
        .forEach(s -> secrets.add(s.path("name").asText() + "=" + s.path("valueFrom").asText()));
    return secrets;
  }

  @Test
  void everyServiceChangesOnlyAfterTheInitTaskHasEnded() {
    for (String name : List.of("superset-web", "superset-worker", "superset-beat")) {
      assertThat(texts(service(name).path("depends_on"))).contains("aws_ssm_parameter.gate");
    }
  }

  @Test
  void theInitTaskThatRunsIsTheNewestRevision() {
    assertThat(prod.stack().resource("aws_ssm_parameter").path("value").asText())
        .matches("\\$\\{aws_ecs_task_definition\\.services_init-task_definition_\\w+\\.arn}");
  }

  @Test
  void anOldRevisionStaysUntilNoServiceUsesIt() {
    assertThat(prod.stack().resources("aws_ecs_task_definition"))
        .allMatch(task -> task.path("lifecycle").path("create_before_destroy").asBoolean());
  }

  @Test
  void webTasksHaveTheConfiguredSizeOnFargate() {
    assertThat(task("superset-app").path("cpu").asText()).isEqualTo("1024");
    assertThat(task("superset-app").path("memory").asText()).isEqualTo("2048");
    assertThat(texts(task("superset-app").path("requires_compatibilities")))
        .containsExactly("FARGATE");
    assertThat(task("superset-app").at("/runtime_platform/cpu_architecture").asText())
        .isEqualTo("ARM64");
  }

  @Test
  void theImageIsPinnedByDigestInTheRegionsOwnRepository() {
    assertThat(container("superset-app").path("image").asText())
        .startsWith("123456789012.dkr.ecr.us-east-1.amazonaws.com/superset-production@sha256:");
  }

  @Test
  void theWebContainerIsHealthyWhileItAnswers() {
    JsonNode check = container("superset-app").path("healthCheck");

    assertThat(check.at("/command/1").asText())
        .isEqualTo("curl -f http://localhost:8088/health || exit 1");
    assertThat(check.path("interval").asInt()).isEqualTo(30);
    assertThat(check.path("timeout").asInt()).isEqualTo(5);
    assertThat(check.path("retries").asInt()).isEqualTo(3);
    assertThat(check.path("startPeriod").asInt()).isEqualTo(180);
  }

  @Test
  void workerAndBeatAreNotAskedForAWebPage() {
    for (String kind : List.of("worker", "beat")) {
      JsonNode command = container("superset-" + kind).at("/healthCheck/command");

      assertThat(command)
          .extracting(JsonNode::asText)
          .containsExactly("CMD", "python", "-m", "superset_aws.health", kind);
    }
  }

  @Test
  void logsCarryThePrefixOfTheirKind() {
    String prefix = "/logConfiguration/options/awslogs-stream-prefix";

    assertThat(container("superset-app").at(prefix).asText()).isEqualTo("superset");
    assertThat(container("superset-init").at(prefix).asText()).isEqualTo("superset-init");
  }

  @Test
  void secretsAreInjectedByKey() {
    assertThat(secrets("superset-app"))
        .containsExactly(
            "SUPERSET_PREVIOUS_SECRET_KEY=key-secret:previous::",
            "SUPERSET_SECRET_KEY=key-secret:key::");
    assertThat(secrets("superset-init")).contains("ADMIN_PASSWORD=admin-secret:password::");
  }

  @Test
  void webStandsBehindTheLoadBalancerInPrivateSubnets() {
    JsonNode web = service("superset-web");

    assertThat(web.at("/load_balancer/0/target_group_arn").asText()).isEqualTo("target-group");
    assertThat(web.at("/load_balancer/0/container_port").asInt()).isEqualTo(8088);
    assertThat(web.at("/network_configuration/assign_public_ip").asBoolean(true)).isFalse();
    assertThat(web.path("health_check_grace_period_seconds").asInt()).isEqualTo(180);
    assertThat(web.path("deployment_minimum_healthy_percent").asInt()).isEqualTo(50);
    assertThat(web.path("deployment_maximum_percent").asInt()).isEqualTo(200);
    assertThat(web.path("enable_execute_command").asBoolean()).isTrue();
  }

  @Test
  void webRunsOnDemandAndOneWorkerAlwaysDoes() {
    assertThat(strategy("superset-web")).containsExactly("FARGATE base 0 weight 1");
    assertThat(strategy("superset-worker"))
        .containsExactly("FARGATE base 1 weight 0", "FARGATE_SPOT base 0 weight 1");
  }

  private static List<String> strategy(String service) {
    List<String> strategy = new ArrayList<>();
    service(service)
        .path("capacity_provider_strategy")
        .forEach(
            item ->
                strategy.add(
                    "%s base %s weight %s"
                        .formatted(
                            item.path("capacity_provider").asText(),
                            item.path("base").asInt(),
                            item.path("weight").asInt())));
    return strategy;
  }

  @Test
  void thereIsNeverASecondBeat() {
    JsonNode beat = service("superset-beat");

    assertThat(beat.path("desired_count").asInt()).isEqualTo(1);
    assertThat(beat.path("deployment_minimum_healthy_percent").asInt(-1)).isZero();
    assertThat(beat.path("deployment_maximum_percent").asInt()).isEqualTo(100);
    assertThat(beat.has("lifecycle") && beat.path("lifecycle").has("ignore_changes")).isFalse();
  }

  @Test
  void servicesScaleOnWhatTheyAreShortOf() {
    JsonNode range =
        prod.stack().resources("aws_appautoscaling_target").stream()
            .filter(target -> target.path("resource_id").asText().contains("web_service"))
            .findFirst()
            .orElseThrow();
    assertThat(range.path("min_capacity").asInt()).isEqualTo(3);
    assertThat(range.path("max_capacity").asInt()).isEqualTo(10);

    List<String> targets = new ArrayList<>();
    for (JsonNode policy : prod.stack().resources("aws_appautoscaling_policy")) {
      JsonNode tracking = policy.path("target_tracking_scaling_policy_configuration");
      assertThat(tracking.path("scale_in_cooldown").asInt()).isEqualTo(300);
      assertThat(tracking.path("scale_out_cooldown").asInt()).isEqualTo(60);
      targets.add(policy.path("name").asText() + " " + tracking.path("target_value").asInt());
    }
    assertThat(targets)
        .containsExactlyInAnyOrder("cpu 70", "memory 80", "requests 2400", "cpu 70", "backlog 10");
  }

  @Test
  void webCountsTheRequestsOfItsOwnTargets() {
    JsonNode requests = specification("requests", "predefined_metric_specification");

    assertThat(requests.path("predefined_metric_type").asText())
        .isEqualTo("ALBRequestCountPerTarget");
    assertThat(requests.path("resource_label").asText()).isEqualTo("app/b/1/targetgroup/w/2");
  }

  @Test
  void workersScaleOnWhatWaitsForEachOfThem() {
    JsonNode metrics = specification("backlog", "customized_metric_specification").path("metrics");

    assertThat(metrics.get(0).at("/metric_stat/metric/metric_name").asText())
        .isEqualTo("QueueDepth");
    assertThat(metrics.get(0).at("/metric_stat/metric/dimensions")).isEmpty();
    assertThat(metrics.get(1).at("/metric_stat/metric/metric_name").asText())
        .isEqualTo("RunningTaskCount");
    assertThat(metrics.get(1).at("/metric_stat/metric/dimensions/1/value").asText())
        .contains("worker_service");
    assertThat(metrics.get(2).path("expression").asText()).isEqualTo("waiting / running");
    assertThat(metrics)
        .extracting(one -> one.path("return_data").asBoolean())
        .containsExactly(false, false, true);
  }

  @Test
  void hoursChangeTheBoundsAndTerraformDoesNotChangeThemBack() {
    assertThat(full.stack().resources("aws_appautoscaling_scheduled_action"))
        .extracting(
            action -> action.path("schedule").asText(),
            action -> action.path("timezone").asText(),
            action -> action.at("/scalable_target_action/min_capacity").asText(),
            action -> action.at("/scalable_target_action/max_capacity").asText())
        .containsExactlyInAnyOrder(
            tuple("cron(30 7 ? * MON,TUE,WED,THU,FRI *)", "Europe/Paris", "5", "6"),
            tuple("cron(0 19 ? * MON,TUE,WED,THU,FRI *)", "Europe/Paris", "3", "10"),
            tuple("cron(0 9 ? * MON,SAT,SUN *)", "Europe/Paris", "1", "1"),
            tuple("cron(0 17 ? * MON,SAT,SUN *)", "Europe/Paris", "1", "2"));
    assertThat(full.stack().resources("aws_appautoscaling_target"))
        .allSatisfy(
            range ->
                assertThat(range.at("/lifecycle/ignore_changes"))
                    .extracting(JsonNode::asText)
                    .containsExactly("max_capacity", "min_capacity"));
    assertThat(prod.stack().resources("aws_appautoscaling_target"))
        .noneMatch(range -> range.has("lifecycle"));
  }

  private JsonNode specification(String policy, String kind) {
    return prod.stack().resources("aws_appautoscaling_policy").stream()
        .filter(one -> one.path("name").asText().equals(policy))
        .map(one -> one.path("target_tracking_scaling_policy_configuration").path(kind))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void nobodyButTheAccountsTasksMayAssumeTheRoles() {
    assertThat(prod.stack().resources("aws_iam_role"))
        .hasSize(8)
        .allSatisfy(
            role ->
                assertThat(role.path("assume_role_policy").asText())
                    .contains("\"aws:SourceAccount\":\"123456789012\"")
                    .contains("arn:aws:ecs:us-east-1:123456789012:*"));
  }

  @Test
  void onlyInitsExecutionRoleReadsTheAdministratorsPassword() {
    assertThat(prod.stack().resources("aws_iam_role_policy"))
        .filteredOn(policy -> policy.path("policy").asText().contains("admin-secret"))
        .singleElement()
        .satisfies(policy -> assertThat(policy.path("role").asText()).contains("init"));
  }

  @Test
  void everyRoleReadsExactlyTheSecretsThatItsTaskNeeds() {
    List<String> sources =
        List.of(
            "ads-secret",
            "clicks-secret",
            "events-secret",
            "sales-secret",
            "shop-secret",
            "warehouse-secret");

    assertThat(readable("web"))
        .containsExactlyInAnyOrderElementsOf(with(sources, "sign-in-secret"));
    assertThat(readable("worker"))
        .containsExactlyInAnyOrderElementsOf(with(sources, "email-secret"));
    assertThat(readable("init")).containsExactlyInAnyOrderElementsOf(with(sources));
    assertThat(readable("beat")).containsExactly("db-secret");
    assertThat(full.may("websocket")).doesNotContainKey("ReadSecrets");
  }

  private static List<String> readable(String kind) {
    return texts(full.may(kind).get("ReadSecrets").path("Resource"));
  }

  private static List<String> with(List<String> sources, String... more) {
    List<String> all = new ArrayList<>(sources);
    all.add("db-secret");
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void websocketTasksOnlyLogInToRedis() {
    Map<String, JsonNode> may = full.may("websocket");

    assertThat(may.keySet()).allMatch(sid -> sid.equals("RedisLogin") || sid.startsWith("Exec"));
    assertThat(texts(may.get("RedisLogin").path("Resource")))
        .containsExactly("group-arn", "user-arn");
  }

  @Test
  void websocketTasksStandBehindTheLoadBalancerOnAPortOfTheirOwn() {
    JsonNode service = full.service("superset-websocket");
    JsonNode container = full.container("superset-websocket");

    assertThat(service.at("/load_balancer/0/target_group_arn").asText())
        .isEqualTo("websocket-targets");
    assertThat(service.at("/load_balancer/0/container_port").asInt()).isEqualTo(8080);
    assertThat(texts(service.at("/network_configuration/security_groups")))
        .containsExactly("sg-websocket");
    assertThat(service.path("desired_count").asInt()).isEqualTo(2);
    assertThat(texts(container.path("command"))).containsExactly("websocket");
    assertThat(container.at("/portMappings/0/containerPort").asInt()).isEqualTo(8080);
    assertThat(container.at("/healthCheck/command/1").asText())
        .isEqualTo("curl -f http://localhost:8080/health || exit 1");
    assertThat(full.stack().resources("aws_cloudwatch_log_group"))
        .extracting(log -> log.path("name").asText())
        .contains("/superset/websocket");
  }

  @Test
  void thereIsNoWebsocketServiceUnlessItIsWantedAndThereIsRedis() throws Exception {
    Services withoutRedis = Services.of(FullConfiguration.load(), "eu-west-1");

    for (Services services : List.of(prod, withoutRedis)) {
      assertThat(services.stack().root().toString()).doesNotContainIgnoringCase("websocket");
    }
  }

  @Test
  void whereTracesAreMadeTheCollectorIsBesideWebAndWorker() {
    for (String family : List.of("superset-app", "superset-worker")) {
      JsonNode collector = full.containers(family).get(1);

      assertThat(full.containers(family)).as(family).hasSize(2);
      assertThat(collector.path("name").asText()).isEqualTo("collector");
      assertThat(collector.path("image").asText())
          .isEqualTo(
              "123456789012.dkr.ecr.us-east-1.amazonaws.com/superset-production@"
                  + Collector.DIGEST);
      assertThat(collector.path("essential").asBoolean()).isFalse();
      assertThat(collector.path("memory").asInt()).isEqualTo(256);
      assertThat(collector.path("readonlyRootFilesystem").asBoolean()).isTrue();
      JsonNode configuration = json(collector.at("/environment/0/value").asText());
      assertThat(configuration.at("/receivers/otlp/protocols/http/endpoint").asText())
          .isEqualTo("localhost:4318");
      assertThat(configuration.at("/exporters/awsxray/region").asText()).isEqualTo("us-east-1");
      assertThat(full.variables(family))
          .containsEntry("TRACING", "{\"sample\":0.05,\"collector\":\"http://localhost:4318\"}");
    }
    for (String kind : List.of("web", "worker")) {
      assertThat(texts(full.may(kind).get("SendTraces").path("Action")))
          .containsExactly("xray:PutTraceSegments");
    }
    for (String family : List.of("superset-beat", "superset-init", "superset-websocket")) {
      assertThat(full.containers(family)).as(family).hasSize(1);
    }
    for (String kind : List.of("beat", "init")) {
      assertThat(full.may(kind)).as(kind).doesNotContainKey("SendTraces");
    }
  }

  @Test
  void withoutTracingThereIsNothingOfIt() {
    assertThat(prod.stack().root().toString())
        .doesNotContain("xray", "collector", "4318", "TRACING");
  }

  @Test
  void theEmulatorsCollectorStandsForTheImageThatIsDeployed() throws Exception {
    assertThat(Files.readString(Path.of("src/emulator/dataplane/collector/Dockerfile")))
        .contains("v0.48.0@" + Collector.DIGEST);
  }

  @Test
  void noContainerWritesIntoItsRootFileSystem() {
    for (String family :
        List.of(
            "superset-app",
            "superset-worker",
            "superset-beat",
            "superset-init",
            "superset-websocket")) {
      JsonNode container = full.container(family);

      assertThat(container.path("readonlyRootFilesystem").asBoolean()).as(family).isTrue();
      assertThat(container.at("/linuxParameters/initProcessEnabled").asBoolean()).isTrue();
      assertThat(mounts(container))
          .containsExactly(
              "/tmp", "/app/superset_home", "/var/lib/amazon/ssm", "/var/log/amazon/ssm");
      assertThat(full.task(family).path("volume"))
          .extracting(volume -> volume.path("name").asText())
          .containsExactlyElementsOf(all(container.path("mountPoints"), "sourceVolume"));
    }
  }

  @Test
  void whatTasksWriteIsEncryptedWithAKeyOfThePlatform() {
    assertThat(
            prod.cluster()
                .at("/configuration/managed_storage_configuration")
                .path("fargate_ephemeral_storage_kms_key_id")
                .asText())
        .isEqualTo("tasks-key");
  }

  @Test
  void withoutExecItsAgentHasNoFolders() throws Exception {
    EnvironmentConfig prod = Configuration.load(Path.of("regions"), "prod");
    RegionConfig region = withoutExec(prod.region("us-east-1"));
    Services services =
        Services.of(
            new EnvironmentConfig(prod.name(), prod.platform(), List.of(region)), "us-east-1");

    assertThat(mounts(services.container("superset-app")))
        .containsExactly("/tmp", "/app/superset_home");
    assertThat(services.task("superset-app").path("volume")).hasSize(2);
  }

  /** A volume takes the owner and the mode of the image's folder only where it is a VOLUME. */
  @Test
  void theImageDeclaresEveryVolume() throws Exception {
    String dockerfile = Files.readString(Path.of("src/main/superset/Dockerfile"));
    String line =
        dockerfile.lines().filter(one -> one.startsWith("VOLUME ")).findFirst().orElseThrow();

    assertThat(texts(Services.json(line.substring("VOLUME ".length()))))
        .containsExactlyElementsOf(mounts(full.container("superset-app")));
  }

  private static List<String> mounts(JsonNode container) {
    return all(container.path("mountPoints"), "containerPath");
  }

  private static List<String> all(JsonNode array, String key) {
    List<String> texts = new ArrayList<>();
    array.forEach(one -> texts.add(one.path(key).asText()));
    return texts;
  }

  private static RegionConfig withoutExec(RegionConfig r) {
    return new RegionConfig(
        r.region(),
        r.cidr(),
        r.zones(),
        r.certificateArn(),
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
        false,
        r.dataSources());
  }
}
