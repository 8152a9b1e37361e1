package superset.platform.service;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hashicorp.cdktf.providers.aws.ssm_parameter.SsmParameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Configuration;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig;

final class SupersetServicesTest {

  private static Synthesized prod;

  @BeforeAll
  static void synthesize() throws Exception {
    EnvironmentConfig environment = Configuration.load(Path.of("regions"), "prod");
    prod = services(environment, environment.region("us-east-1"));
  }

  private static Synthesized services(EnvironmentConfig environment, RegionConfig region) {
    Names names = new Names("prod", "123456789012");
    return Synthesized.of(
        stack ->
            new SupersetServices(
                stack,
                "services",
                new SupersetServices.Props(
                    environment.platform(),
                    region,
                    new SupersetServices.Placement(
                        new Cluster(
                            stack, "cluster", new Cluster.Props("vpc-1", "logs-key", 7, names)),
                        List.of("subnet-1", "subnet-2"),
                        "sg-web",
                        "sg-worker"),
                    new SupersetServices.Backends(
                        "db.internal",
                        5432,
                        "superset",
                        "/superset/writer",
                        "writer-arn",
                        Optional.of(
                            new SupersetServices.Redis(
                                "redis.internal",
                                6379,
                                "superset",
                                "user",
                                "group",
                                List.of("group-arn", "user-arn")))),
                    new SupersetServices.Secrets(
                        "db-secret", "key-secret", "admin-secret", "secrets-key", "logs-key"),
                    "target-group",
                    List.of(),
                    task ->
                        SsmParameter.Builder.create(stack, "gate")
                            .name("gate")
                            .type("String")
                            .value(task.arn())
                            .build(),
                    names)));
  }

  private static JsonNode service(String name) {
    return prod.resources("aws_ecs_service").stream()
        .filter(service -> service.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode task(String family) {
    return prod.resources("aws_ecs_task_definition").stream()
        .filter(task -> task.path("family").asText().equals(family))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode container(String family) {
    try {
      JsonNode containers =
          new ObjectMapper().readTree(task(family).path("container_definitions").asText());
      assertThat(containers).hasSize(1);
      return containers.get(0);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static String variable(String family, String name) {
    for (JsonNode variable : container(family).path("environment")) {
      if (variable.path("name").asText().equals(name)) {
        return variable.path("value").asText();
      }
    }
    throw new AssertionError(family + " has no variable " + name);
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
    assertThat(prod.resource("aws_ssm_parameter").path("value").asText())
        .matches("\\$\\{aws_ecs_task_definition\\.services_init-task_definition_\\w+\\.arn}");
  }

  @Test
  void anOldRevisionStaysUntilNoServiceUsesIt() {
    assertThat(prod.resources("aws_ecs_task_definition"))
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
  void everyTaskIsToldWhereItRunsAndWhereRedisIs() {
    assertThat(variable("superset-app", "SUPERSET_ENV")).isEqualTo("production");
    assertThat(variable("superset-worker", "REDIS_HOST")).isEqualTo("redis.internal");
    assertThat(variable("superset-worker", "REDIS_PORT")).isEqualTo("6379");
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
  void webScalesOnCpuAndMemory() {
    JsonNode range =
        prod.resources("aws_appautoscaling_target").stream()
            .filter(target -> target.path("resource_id").asText().contains("web_service"))
            .findFirst()
            .orElseThrow();
    assertThat(range.path("min_capacity").asInt()).isEqualTo(3);
    assertThat(range.path("max_capacity").asInt()).isEqualTo(10);

    List<String> targets = new ArrayList<>();
    for (JsonNode policy : prod.resources("aws_appautoscaling_policy")) {
      JsonNode tracking = policy.path("target_tracking_scaling_policy_configuration");
      assertThat(tracking.path("scale_in_cooldown").asInt()).isEqualTo(300);
      assertThat(tracking.path("scale_out_cooldown").asInt()).isEqualTo(60);
      targets.add(policy.path("name").asText() + " " + tracking.path("target_value").asInt());
    }
    assertThat(targets).contains("cpu 70", "memory 80");
  }

  @Test
  void nobodyButTheAccountsTasksMayAssumeTheRoles() {
    assertThat(prod.resources("aws_iam_role"))
        .hasSize(8)
        .allSatisfy(
            role ->
                assertThat(role.path("assume_role_policy").asText())
                    .contains("\"aws:SourceAccount\":\"123456789012\"")
                    .contains("arn:aws:ecs:us-east-1:123456789012:*"));
  }

  @Test
  void onlyInitsExecutionRoleReadsTheAdministratorsPassword() {
    assertThat(prod.resources("aws_iam_role_policy"))
        .filteredOn(policy -> policy.path("policy").asText().contains("admin-secret"))
        .singleElement()
        .satisfies(policy -> assertThat(policy.path("role").asText()).contains("init"));
  }
}
