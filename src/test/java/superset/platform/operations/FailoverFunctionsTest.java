package superset.platform.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class FailoverFunctionsTest {

  private static final Names NAMES = new Names("prod", "123456789012");
  private static final String CLUSTER =
      "arn:aws:ecs:eu-west-1:123456789012:cluster/superset-production";
  private static final String FAMILY =
      "arn:aws:ecs:eu-west-1:123456789012:task-definition/superset-init";
  private static final String WRITER = "arn:aws:ssm:%s:123456789012:parameter/superset/writer";
  private static final String RECORD =
      "arn:aws:ssm:eu-west-1:123456789012:parameter/superset/promote";
  private static final String DATABASE = "arn:aws:rds:%s:123456789012:db:superset-production";

  private static Synthesized stack;

  @BeforeAll
  static void synthesize() {
    stack =
        Synthesized.of(
            scope ->
                new FailoverFunctions(
                    scope,
                    "failover",
                    new FailoverFunctions.Props(
                        new Function.Region("eu-west-1", "secrets-key", "logs-key", 7, NAMES),
                        List.of("eu-west-1", "us-east-1"),
                        "analytics.example.com",
                        7,
                        "03:00-04:00",
                        Map.of("us-east-1", "rule-us-east-1"),
                        90,
                        List.of("superset-web", "superset-beat"),
                        task())));
  }

  private static InitTask task() {
    return new InitTask(
        FAMILY + ":7",
        FAMILY + ":*",
        List.of("execution-role", "task-role"),
        "/superset/init",
        "log-arn",
        "superset-init",
        CLUSTER,
        List.of("subnet-1"),
        "sg-worker",
        "eu-west-1",
        NAMES);
  }

  @Test
  void promotesNoOtherRegionsDatabase() throws Exception {
    assertThat(texts(statement("promote", "Promote").path("Resource")))
        .containsExactly(DATABASE.formatted("eu-west-1"));
  }

  @Test
  void tellsEveryRegionWhereTheWriterIsAndRecordsInItsOwn() throws Exception {
    assertThat(texts(statement("promote", "TellWriter").path("Resource")))
        .containsExactly(WRITER.formatted("eu-west-1"), WRITER.formatted("us-east-1"));
    assertThat(texts(statement("promote", "RecordSteps").path("Resource"))).containsExactly(RECORD);
  }

  @Test
  void changesNoRulesButItsFences() throws Exception {
    for (String function : List.of("promote", "admit")) {
      JsonNode fence = statement(function, "Fence");
      assertThat(texts(fence.path("Action"))).containsExactly("elasticloadbalancing:ModifyRule");
      assertThat(texts(fence.path("Resource"))).containsExactly("rule-us-east-1");
    }
  }

  @Test
  void deploysNoOtherServicesAnew() throws Exception {
    assertThat(texts(statement("promote", "DeployAnew").path("Resource")))
        .containsExactly(
            "arn:aws:ecs:eu-west-1:123456789012:service/superset-production/superset-web",
            "arn:aws:ecs:eu-west-1:123456789012:service/superset-production/superset-beat");
  }

  @Test
  void admittingOnlyReadsAndLowersFences() throws Exception {
    TreeSet<String> actions = new TreeSet<>();
    for (JsonNode statement : policy("admit").path("Statement")) {
      actions.addAll(texts(statement.path("Action")));
    }
    assertThat(actions)
        .containsExactly(
            "elasticloadbalancing:ModifyRule",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "rds:DescribeDBInstances",
            "ssm:GetParameter");
    assertThat(texts(statement("admit", "SeeRole").path("Resource")))
        .containsExactly(DATABASE.formatted("us-east-1"));
  }

  @Test
  void noStatementIsForEverythingButWhereAwsKnowsNoResources() throws Exception {
    TreeSet<String> open = new TreeSet<>();
    for (String function : List.of("promote", "admit")) {
      for (JsonNode statement : policy(function).path("Statement")) {
        if (texts(statement.path("Resource")).contains("*")) {
          open.addAll(texts(statement.path("Action")));
        }
      }
    }
    assertThat(open).containsExactly("cloudwatch:GetMetricStatistics", "ecs:ListTasks");
  }

  @Test
  void isToldWhatAPromotionWouldResetAndHowLongToWait() {
    JsonNode told = function("superset-promote").at("/environment/variables");

    assertThat(told.path("SUPERSET_BACKUP_DAYS").asText()).isEqualTo("7");
    assertThat(told.path("SUPERSET_BACKUP_WINDOW").asText()).isEqualTo("03:00-04:00");
    assertThat(told.path("FENCE_WAIT_SECONDS").asText()).isEqualTo("90");
    assertThat(told.path("SUPERSET_FENCES").asText())
        .isEqualTo("{\"us-east-1\":\"rule-us-east-1\"}");
  }

  @Test
  void terraformInvokesNeitherAndLeavesWhatIsRecordedAlone() {
    assertThat(stack.resources("aws_lambda_invocation")).isEmpty();
    assertThat(texts(stack.resource("aws_ssm_parameter").at("/lifecycle/ignore_changes")))
        .contains("insecure_value");
  }

  private static JsonNode function(String name) {
    return stack.resources("aws_lambda_function").stream()
        .filter(function -> function.path("function_name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode policy(String function) throws Exception {
    String role = function("superset-" + function).path("role").asText();
    String name = role.replace("${", "").replace(".arn}", "");
    for (JsonNode policy : stack.resources("aws_iam_role_policy")) {
      if (policy.path("role").asText().equals("${" + name + ".id}")) {
        return new ObjectMapper().readTree(policy.path("policy").asText());
      }
    }
    throw new AssertionError("no policy of " + name);
  }

  private static JsonNode statement(String function, String sid) throws Exception {
    for (JsonNode statement : policy(function).path("Statement")) {
      if (statement.path("Sid").asText().equals(sid)) {
        return statement;
      }
    }
    throw new AssertionError("no statement " + sid);
  }
}
