package superset.platform.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hashicorp.cdktf.providers.aws.ssm_parameter.SsmParameter;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class InitFunctionTest {

  private static final String CLUSTER =
      "arn:aws:ecs:us-east-1:123456789012:cluster/superset-production";
  private static final String FAMILY =
      "arn:aws:ecs:us-east-1:123456789012:task-definition/superset-init";

  private static Synthesized stack;

  @BeforeAll
  static void synthesize() {
    stack =
        Synthesized.of(
            scope -> {
              SsmParameter secrets =
                  SsmParameter.Builder.create(scope, "secrets")
                      .name("secrets")
                      .type("String")
                      .build();
              new InitFunction(
                  scope,
                  "init",
                  new InitFunction.Props(
                      new InitTask(
                          FAMILY + ":7",
                          FAMILY + ":*",
                          List.of("execution-role", "task-role"),
                          "/superset/init",
                          "log-arn",
                          "superset-init",
                          CLUSTER,
                          List.of("subnet-1", "subnet-2"),
                          "sg-worker",
                          "us-east-1",
                          new Names("prod", "123456789012")),
                      new Function.Region(
                          "us-east-1",
                          "secrets-key",
                          "logs-key",
                          7,
                          new Names("prod", "123456789012")),
                      List.of(secrets)));
            });
  }

  private static JsonNode statement(String sid) throws JsonProcessingException {
    String policy = stack.resource("aws_iam_role_policy").path("policy").asText();
    for (JsonNode statement : new ObjectMapper().readTree(policy).path("Statement")) {
      if (statement.path("Sid").asText().equals(sid)) {
        return statement;
      }
    }
    throw new AssertionError("no statement " + sid);
  }

  @Test
  void aNewRevisionIsANewInvocation() {
    assertThat(stack.resource("aws_lambda_invocation").path("input").asText())
        .isEqualTo("{\"task_definition\":\"" + FAMILY + ":7\"}");
  }

  @Test
  void theTaskStartsAfterWhatItNeeds() {
    assertThat(texts(stack.resource("aws_lambda_invocation").path("depends_on")))
        .contains("aws_ssm_parameter.secrets")
        .anyMatch(address -> address.startsWith("aws_iam_role_policy."));
  }

  @Test
  void runsNothingButTheInitTaskAndOnlyInItsCluster() throws Exception {
    JsonNode run = statement("RunInit");
    assertThat(texts(run.path("Resource"))).containsExactly(FAMILY + ":*");
    assertThat(run.path("Condition").path("ArnEquals").path("ecs:cluster").asText())
        .isEqualTo(CLUSTER);
  }

  @Test
  void passesNoOtherRolesAndOnlyToTasks() throws Exception {
    JsonNode pass = statement("GiveRoles");
    assertThat(texts(pass.path("Resource"))).containsExactly("execution-role", "task-role");
    assertThat(pass.path("Condition").path("StringEquals").path("iam:PassedToService").asText())
        .isEqualTo("ecs-tasks.amazonaws.com");
  }

  @Test
  void isToldWhereTheTaskRuns() {
    JsonNode variables =
        stack.resource("aws_lambda_function").path("environment").path("variables");
    assertThat(variables.path("SUPERSET_CLUSTER").asText()).isEqualTo(CLUSTER);
    assertThat(variables.path("SUPERSET_SUBNETS").asText()).isEqualTo("subnet-1,subnet-2");
    assertThat(variables.path("SUPERSET_SECURITY_GROUP").asText()).isEqualTo("sg-worker");
  }
}
