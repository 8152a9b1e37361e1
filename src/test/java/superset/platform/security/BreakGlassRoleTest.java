package superset.platform.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class BreakGlassRoleTest {

  private static final Synthesized ROLE =
      Synthesized.of(
          stack ->
              new BreakGlassRole(
                  stack,
                  "break-glass",
                  new BreakGlassRole.Props(
                      List.of("arn:aws:iam::123456789012:user/on-call"),
                      List.of("eu-west-1"),
                      "superset",
                      new Names("prod", "123456789012"))));

  @Test
  void whoIsNamedTakesItWithASecondFactorForAnHour() {
    var role = ROLE.resource("aws_iam_role");

    assertThat(role.path("assume_role_policy").asText())
        .contains("\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"}")
        .contains("\"aws:PrincipalArn\":[\"arn:aws:iam::123456789012:user/on-call\"]")
        .contains("\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}");
    assertThat(role.path("max_session_duration").asInt()).isEqualTo(3600);
  }

  @Test
  void itReachesTheRegionsWithExecOnly() {
    assertThat(ROLE.resource("aws_iam_role_policy").path("policy").asText())
        .contains("arn:aws:ecs:eu-west-1:123456789012:task/superset-production/*")
        .doesNotContain("us-east-1");
  }
}
