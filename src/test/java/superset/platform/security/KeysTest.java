package superset.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class KeysTest {

  private static final Names NAMES = new Names("prod", "123456789012");

  private static Keys.Props props(Keys.Purpose... purposes) {
    return new Keys.Props(List.of(purposes), "us-east-1", Optional.empty(), NAMES);
  }

  @Test
  void everyPurposeHasAKeyOfItsOwnThatRotates() {
    Synthesized stack =
        Synthesized.of(
            s -> new Keys(s, "keys", props(Keys.Purpose.DATABASE, Keys.Purpose.SECRETS)));

    assertThat(stack.resources("aws_kms_key"))
        .hasSize(2)
        .allMatch(key -> key.path("enable_key_rotation").asBoolean());
    assertThat(stack.resources("aws_kms_alias"))
        .extracting(alias -> alias.path("name").asText())
        .containsExactly("alias/superset-production-database", "alias/superset-production-secrets");
  }

  @Test
  void onlyTheLogsKeyIsUsedByAService() {
    Synthesized stack =
        Synthesized.of(s -> new Keys(s, "keys", props(Keys.Purpose.DATABASE, Keys.Purpose.LOGS)));

    assertThat(policy(stack, "database")).doesNotContain("\"Service\":");
    assertThat(policy(stack, "logs"))
        .contains("logs.us-east-1.amazonaws.com")
        .contains("arn:aws:logs:us-east-1:123456789012:*");
  }

  @Test
  void fargateUsesTheKeyOfTheTasksForTheirOwnClusterOnly() {
    Synthesized stack = Synthesized.of(s -> new Keys(s, "keys", props(Keys.Purpose.TASKS)));

    assertThat(policy(stack, "tasks").split("fargate.amazonaws.com", -1)).hasSize(3);
    assertThat(
            policy(stack, "tasks")
                .split("\"kms:EncryptionContext:aws:ecs:clusterName\":\"superset-production\"", -1))
        .hasSize(3);
    assertThat(policy(stack, "tasks")).contains("\"kms:GrantOperations\":[\"Decrypt\"]");
  }

  @Test
  void eventBridgeUsesTheKeyOfTheAlarmsForTheirTopicOnly() {
    Synthesized stack =
        Synthesized.of(s -> new Keys(s, "keys", props(Keys.Purpose.ALARMS, Keys.Purpose.AUDIT)));

    assertThat(policy(stack, "alarms"))
        .contains(
            "\"Service\":\"events.amazonaws.com\"},\"Action\":[\"kms:Decrypt\","
                + "\"kms:GenerateDataKey\"],\"Resource\":[\"*\"],\"Condition\":{\"StringEquals\":"
                + "{\"kms:EncryptionContext:aws:sns:topicArn\":"
                + "\"arn:aws:sns:us-east-1:123456789012:superset-production-alarms\"}}");
    assertThat(policy(stack, "audit")).doesNotContain("events.amazonaws.com");
  }

  private static String policy(Synthesized stack, String purpose) {
    JsonNode key = stack.resource("aws_kms_key", purpose);
    return key.path("policy").asText();
  }

  @Test
  void askingForAKeyThatWasNotMadeFails() {
    Synthesized.of(
        s -> {
          Keys keys = new Keys(s, "keys", props(Keys.Purpose.LOGS));
          assertThatThrownBy(() -> keys.arn(Keys.Purpose.CACHE))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("CACHE");
        });
  }
}
