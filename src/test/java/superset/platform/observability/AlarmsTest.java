package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

/** When they are raised is tried in {@code src/test/observability/test_alarms.py}. */
final class AlarmsTest {

  private static Synthesized alarms(int leastTasks, boolean redis, boolean burstable) {
    return Synthesized.of(
        stack ->
            new Alarms(
                stack,
                "alarms",
                new Alarms.Props(
                    new WebAlarms.Props("cluster", "superset-web", leastTasks, "group", "app/1"),
                    new LoadBalancerAlarms.Props("app/1"),
                    new DatabaseAlarms.Props("database", 1000, 100, 30, burstable, redis),
                    redis
                        ? Optional.of(
                            new WorkerAlarms.Props("cluster", "superset-worker", "superset-beat"))
                        : Optional.empty(),
                    new CacheAlarms.Props(redis ? List.of("redis-001", "redis-002") : List.of()),
                    List.of("nat-1"),
                    "arn:key",
                    List.of("a@example.com", "b@example.com"),
                    "eu-west-1",
                    new Names("prod", "123456789012"))));
  }

  private static JsonNode alarm(Synthesized alarms, String name) {
    return alarms.resource("aws_cloudwatch_metric_alarm", "alarm-" + name);
  }

  @Test
  void everyAlarmTellsTheTopicThatItIsRaisedAndThatItIsOver() {
    Synthesized alarms = alarms(3, true, true);
    String topic = alarms.references("aws_sns_topic").get(0).replace(".id}", ".arn}");

    assertThat(alarms.resources("aws_cloudwatch_metric_alarm"))
        .hasSizeGreaterThan(15)
        .allSatisfy(
            alarm -> {
              assertThat(Synthesized.texts(alarm.path("alarm_actions"))).containsExactly(topic);
              assertThat(Synthesized.texts(alarm.path("ok_actions"))).containsExactly(topic);
            });
  }

  @Test
  void everybodyWhoIsToldHasASubscription() {
    assertThat(alarms(3, true, false).resources("aws_sns_topic_subscription"))
        .extracting(one -> one.path("endpoint").asText())
        .containsExactlyInAnyOrder("a@example.com", "b@example.com");
  }

  @Test
  void theTopicIsEncryptedAndTakesTheseAlarmsAlone() {
    Synthesized alarms = alarms(3, true, false);

    assertThat(alarms.resource("aws_sns_topic").path("kms_master_key_id").asText())
        .isEqualTo("arn:key");
    assertThat(alarms.resource("aws_sns_topic_policy").path("policy").asText())
        .contains("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:superset-production-alarm-*")
        .contains("aws:SecureTransport");
  }

  @Test
  void tooFewTasksAreFewerThanScalingKeepsWhileOneIsReplaced() {
    assertThat(alarm(alarms(3, true, false), "web-tasks").path("threshold").asInt()).isEqualTo(2);
    assertThat(alarm(alarms(6, true, false), "web-tasks").path("threshold").asInt()).isEqualTo(5);
    assertThat(alarm(alarms(1, true, false), "web-tasks").path("threshold").asInt()).isEqualTo(1);
  }

  @Test
  void percentilesAreNoPlainStatistic() {
    JsonNode alarm = alarm(alarms(3, true, false), "response-time-p95");

    assertThat(alarm.path("extended_statistic").asText()).isEqualTo("p95");
    assertThat(alarm.has("statistic")).isFalse();
  }

  @Test
  void theDescriptionSaysHowUrgentItIsAndWhereToRead() {
    assertThat(alarm(alarms(3, true, false), "worker-tasks").path("alarm_description").asText())
        .startsWith("PAGE: No worker runs")
        .endsWith("docs/runbooks/alarms.md#worker-tasks");
  }

  @Test
  void whatDoesNotRunIsNotWatched() {
    assertThat(alarms(1, false, false).resources("aws_cloudwatch_metric_alarm"))
        .extracting(Synthesized::name)
        .noneMatch(name -> name.matches(".*(worker|beat|cache|lag|credits).*"));
  }

  @Test
  void onlyAClassThatEarnsCreditsRunsOutOfThem() {
    assertThat(alarm(alarms(3, true, true), "database-credits").path("threshold").asInt())
        .isEqualTo(20);
  }
}
