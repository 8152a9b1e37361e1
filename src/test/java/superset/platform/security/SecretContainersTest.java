package superset.platform.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class SecretContainersTest {

  private static Synthesized containers(boolean disposable) {
    return Synthesized.of(
        stack ->
            new SecretContainers(
                stack,
                "secrets",
                new SecretContainers.Props(
                    List.of("sales"), "key-arn", disposable, new Names("prod", "123456789012"))));
  }

  @Test
  void terraformMakesContainersAndNoValues() {
    Synthesized stack = containers(false);

    assertThat(stack.types()).containsExactly("aws_secretsmanager_secret");
    assertThat(stack.resources("aws_secretsmanager_secret"))
        .extracting(secret -> secret.path("name").asText())
        .containsExactlyInAnyOrder(
            "superset/db-credentials",
            "superset/secret-key",
            "superset/admin",
            "superset/data-sources/sales");
  }

  @Test
  void aDestroyedSecretCanBeRecoveredUnlessTheEnvironmentIsDisposable() {
    assertThat(containers(false).resources("aws_secretsmanager_secret"))
        .allMatch(secret -> secret.path("recovery_window_in_days").asInt() == 30);
    assertThat(containers(true).resources("aws_secretsmanager_secret"))
        .allMatch(secret -> secret.path("recovery_window_in_days").asInt(-1) == 0);
  }
}
