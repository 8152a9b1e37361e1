package superset.platform.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class CanaryFunctionTest {

  private static Synthesized canary(Optional<String> secretArn) {
    return Synthesized.of(
        scope ->
            new CanaryFunction(
                scope,
                "canary",
                new CanaryFunction.Props(
                    5,
                    "https://us-east-1.analytics.example.com",
                    secretArn,
                    new Function.Region(
                        "us-east-1",
                        "secrets-key",
                        "logs-key",
                        7,
                        new Names("prod", "123456789012")))));
  }

  @Test
  void eachVisitIsToldWhenItWasToBeginAndIsNotTriedAgainLater() {
    JsonNode schedule = canary(Optional.empty()).resource("aws_scheduler_schedule");

    assertThat(schedule.path("schedule_expression").asText()).isEqualTo("rate(5 minutes)");
    assertThat(schedule.at("/target/input").asText())
        .isEqualTo("{\"at\":\"<aws.scheduler.scheduled-time>\"}");
    assertThat(schedule.at("/target/retry_policy/maximum_retry_attempts").asInt(-1)).isZero();
  }

  @Test
  void visitsTheRegionAndReadsNoCredentialButItsOwn() {
    Synthesized stack = canary(Optional.of("canary-secret"));
    JsonNode variables = stack.resource("aws_lambda_function").at("/environment/variables");

    assertThat(variables.path("SUPERSET_URL").asText())
        .isEqualTo("https://us-east-1.analytics.example.com");
    assertThat(variables.path("SUPERSET_CANARY_SECRET").asText()).isEqualTo("canary-secret");
    assertThat(policies(stack))
        .contains("\"secretsmanager:GetSecretValue\"],\"Resource\":[\"canary-secret\"]")
        .contains("\"kms:Decrypt\"],\"Resource\":[\"secrets-key\"]");
  }

  @Test
  void withoutACredentialItMayReadNothing() {
    Synthesized stack = canary(Optional.empty());

    assertThat(stack.resource("aws_lambda_function").at("/environment/variables")).hasSize(1);
    assertThat(policies(stack)).doesNotContain("secretsmanager", "kms");
  }

  private static String policies(Synthesized stack) {
    return stack.resources("aws_iam_role_policy").toString().replace("\\\"", "\"");
  }
}
