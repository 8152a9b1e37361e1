package superset.platform.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class SecretContainersTest {

  private static Synthesized containers(boolean disposable) {
    return containers(false, false, false, disposable);
  }

  private static Synthesized containers(
      boolean canary, boolean signIn, boolean email, boolean disposable) {
    return Synthesized.of(
        stack ->
            new SecretContainers(
                stack,
                "secrets",
                new SecretContainers.Props(
                    canary,
                    signIn,
                    email,
                    List.of("sales"),
                    "key-arn",
                    disposable,
                    new Names("prod", "123456789012"))));
  }

  private static List<String> names(Synthesized stack) {
    return stack.resources("aws_secretsmanager_secret").stream()
        .map(secret -> secret.path("name").asText())
        .toList();
  }

  @Test
  void terraformMakesContainersAndNoValues() {
    Synthesized stack = containers(false);

    assertThat(stack.types()).containsExactly("aws_secretsmanager_secret");
    assertThat(names(stack))
        .containsExactlyInAnyOrder(
            "superset/db-credentials",
            "superset/secret-key",
            "superset/admin",
            "superset/data-sources/sales");
  }

  @Test
  void canaryProviderAndMailServerHaveContainersWhereTheyAreConfigured() {
    assertThat(names(containers(true, false, false, false)))
        .contains("superset/canary")
        .doesNotContain("superset/sign-in", "superset/email");
    assertThat(names(containers(false, true, false, false)))
        .contains("superset/sign-in")
        .doesNotContain("superset/canary", "superset/email");
    assertThat(names(containers(false, false, true, false)))
        .contains("superset/email")
        .doesNotContain("superset/canary", "superset/sign-in");
  }

  @Test
  void aDestroyedSecretCanBeRecoveredUnlessTheEnvironmentIsDisposable() {
    assertThat(containers(false).resources("aws_secretsmanager_secret"))
        .allMatch(secret -> secret.path("recovery_window_in_days").asInt() == 30);
    assertThat(containers(true).resources("aws_secretsmanager_secret"))
        .allMatch(secret -> secret.path("recovery_window_in_days").asInt(-1) == 0);
  }
}
