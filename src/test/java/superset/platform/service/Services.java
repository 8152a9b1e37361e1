package superset.platform.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hashicorp.cdktf.providers.aws.ssm_parameter.SsmParameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import superset.platform.Synthesized;
import superset.platform.config.DataSource;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;

/** The services of a region, synthesized with everything around them named by words. */
record Services(Synthesized stack) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  static Services of(EnvironmentConfig environment, String region) {
    Names names = new Names("prod", "123456789012");
    RegionConfig config = environment.region(region);
    PlatformConfig platform = environment.platform();
    boolean websocket = platform.superset().websocket() && config.hasCache();
    return new Services(
        Synthesized.of(
            stack ->
                new SupersetServices(
                    stack,
                    "services",
                    new SupersetServices.Props(
                        platform,
                        config,
                        environment.peersOf(region).stream().map(RegionConfig::region).toList(),
                        new SupersetServices.Placement(
                            new Cluster(
                                stack,
                                "cluster",
                                new Cluster.Props("vpc-1", "logs-key", "tasks-key", 7, names)),
                            List.of("subnet-1", "subnet-2"),
                            "sg-web",
                            "sg-worker"),
                        new SupersetServices.Backends(
                            "db.internal",
                            Optional.of("replica.internal")
                                .filter(unused -> config.database().readReplica()),
                            5432,
                            "superset",
                            "/superset/writer",
                            "writer-arn",
                            config.cache().map(unused -> redis()),
                            Optional.of(
                                new Exports(
                                    List.of(
                                        new Exports.Place("exports-here", "us-east-1"),
                                        new Exports.Place("exports-there", "eu-west-1")),
                                    "superset-production-backups"))),
                        secrets(platform, config),
                        new SupersetServices.WebTarget("target-group", "app/b/1/targetgroup/w/2"),
                        websocket
                            ? Optional.of(
                                new SupersetServices.Websocket("sg-websocket", "websocket-targets"))
                            : Optional.empty(),
                        List.of(),
                        task ->
                            SsmParameter.Builder.create(stack, "gate")
                                .name("gate")
                                .type("String")
                                .value(task.arn())
                                .build(),
                        names))));
  }

  private static SupersetServices.Redis redis() {
    return new SupersetServices.Redis(
        "redis.internal", 6379, "superset", "user", "group", List.of("group-arn", "user-arn"));
  }

  private static SupersetServices.Secrets secrets(PlatformConfig platform, RegionConfig region) {
    Map<String, String> sources = new LinkedHashMap<>();
    region.dataSources().stream()
        .filter(DataSource::hasSecret)
        .forEach(source -> sources.put(source.name(), source.name() + "-secret"));
    return new SupersetServices.Secrets(
        "db-secret",
        "key-secret",
        "admin-secret",
        platform.canarySignsIn() ? Optional.of("canary-secret") : Optional.empty(),
        platform.signIn().oidc().map(unused -> "sign-in-secret"),
        platform.superset().email().map(unused -> "email-secret"),
        sources,
        "secrets-key",
        "logs-key");
  }

  JsonNode cluster() {
    return one("aws_ecs_cluster", "name", "superset-production");
  }

  JsonNode service(String name) {
    return one("aws_ecs_service", "name", name);
  }

  JsonNode task(String family) {
    return one("aws_ecs_task_definition", "family", family);
  }

  JsonNode container(String family) {
    return containers(family).get(0);
  }

  /** That of Superset first. */
  JsonNode containers(String family) {
    return json(task(family).path("container_definitions").asText());
  }

  /** Name to value of the variables that are set in the clear. */
  Map<String, String> variables(String family) {
    Map<String, String> variables = new LinkedHashMap<>();
    container(family)
        .path("environment")
        .forEach(one -> variables.put(one.path("name").asText(), one.path("value").asText()));
    return variables;
  }

  /** What a task of a kind may do while it runs, by the statement's id. */
  Map<String, JsonNode> may(String kind) {
    Map<String, JsonNode> statements = new LinkedHashMap<>();
    stack.resources("aws_iam_role_policy").stream()
        .filter(policy -> policy.path("name").asText().equals("run"))
        .filter(policy -> policy.path("role").asText().contains("services_" + kind + "-task_"))
        .flatMap(policy -> list(json(policy.path("policy").asText()).path("Statement")))
        .forEach(statement -> statements.put(statement.path("Sid").asText(), statement));
    assertThat(statements).as("what " + kind + " may do").isNotEmpty();
    return statements;
  }

  static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static Stream<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private JsonNode one(String type, String key, String value) {
    return stack.resources(type).stream()
        .filter(resource -> resource.path(key).asText().equals(value))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + type + " " + value));
  }
}
