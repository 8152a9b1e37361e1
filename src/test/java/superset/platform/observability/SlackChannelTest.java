package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;

final class SlackChannelTest {

  private static final Names NAMES = new Names("prod", "123456789012");

  private static Synthesized made;
  private static JsonNode channel;

  @BeforeAll
  static void synthesize() {
    made =
        Synthesized.of(
            stack ->
                new SlackChannel(
                    stack,
                    "slack",
                    new SlackChannel.Props(
                        new PlatformConfig.Slack("T0123ABCDEF", "C0123ABCDEF"),
                        List.of("us-east-1", "eu-west-1"),
                        Optional.of("us-east-1"),
                        NAMES)));
    channel = made.resource("aws_chatbot_slack_channel_configuration");
  }

  @Test
  void theChannelHearsEveryTopic() {
    assertThat(channel.path("slack_team_id").asText()).isEqualTo("T0123ABCDEF");
    assertThat(channel.path("slack_channel_id").asText()).isEqualTo("C0123ABCDEF");
    assertThat(Synthesized.texts(channel.path("sns_topic_arns")))
        .containsExactly(
            "arn:aws:sns:us-east-1:123456789012:superset-production-alarms",
            "arn:aws:sns:eu-west-1:123456789012:superset-production-alarms",
            "arn:aws:sns:us-east-1:123456789012:superset-production-audit");
  }

  @Test
  void whoIsInTheChannelReadsCloudWatchAndNoMore() {
    assertThat(Synthesized.texts(channel.path("guardrail_policy_arns")))
        .containsExactly("arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess");
    assertThat(made.resource("aws_iam_role_policy").path("policy").asText())
        .contains("cloudwatch:GetMetricWidgetImage")
        .doesNotContain("*\",\"", ":Put", ":Set", ":Delete");
  }

  @Test
  void theProvidersRegionIsCalledWhereItHasAnEndpoint() {
    assertThat(SlackChannel.endpointOf("eu-west-1")).isEqualTo("eu-west-1");
    assertThat(SlackChannel.endpointOf("us-east-1")).isEqualTo("us-west-2");
  }
}
