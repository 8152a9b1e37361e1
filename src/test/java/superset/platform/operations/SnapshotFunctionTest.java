package superset.platform.operations;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class SnapshotFunctionTest {

  private static Synthesized stack;

  @BeforeAll
  static void synthesize() {
    stack =
        Synthesized.of(
            scope ->
                new SnapshotFunction(
                    scope,
                    "snapshot",
                    new SnapshotFunction.Props(
                        "15",
                        "db.r6g.large",
                        "6.1.0",
                        new Function.Region(
                            "us-east-1",
                            "secrets-key",
                            "logs-key",
                            7,
                            new Names("prod", "123456789012")))));
  }

  @Test
  void whatIsHardToTakeBackIsANewInvocation() {
    assertThat(stack.resource("aws_lambda_invocation").path("input").asText())
        .isEqualTo("{\"superset\":\"6.1.0\",\"postgres\":\"15\",\"class\":\"db.r6g.large\"}");
  }

  @Test
  void deletesNoSnapshotButItsOwn() {
    assertThat(stack.resource("aws_iam_role_policy").path("policy").asText())
        .contains(
            "\"rds:DeleteDBSnapshot\"],\"Resource\":[\"arn:aws:rds:us-east-1:123456789012:snapshot:superset-production-before-*\"]");
  }
}
