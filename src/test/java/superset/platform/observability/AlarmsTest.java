package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
                    new CertificateAlarms.Props("arn:certificate"),
                    new DatabaseAlarms.Props("database", 1000, 100, 30, burstable, redis),
                    redis
                        ? Optional.of(
                            new WorkerAlarms.Props("cluster", "superset-worker", "superset-beat"))
                        : Optional.empty(),
                    new CacheAlarms.Props(redis ? List.of("redis-001", "redis-002") : List.of()),
                    new ApplicationAlarms.Props(redis),
                    redis
                        ? Optional.of(new ScheduleAlarms.Props("default", Optional.empty()))
                        : Optional.empty(),
                    new TaskEvents.Props("arn:cluster", redis ? List.of("export") : List.of()),
                    new TreeMap<>(
                        redis
                            ? Map.of("beat", "b", "init", "i", "web", "w", "worker", "o")
                            : Map.of("init", "i", "web", "w")),
                    redis ? Optional.of(new CanaryAlarms.Props(5)) : Optional.empty(),
                    List.of("nat-1"),
                    "arn:key",
                    List.of("a@example.com", "b@example.com"),
                    "eu-west-1",
                    new Names("prod", "123456789012"))));
  }

  private static JsonNode alarm(Synthesized alarms, String name) {
    return alarms.resource("aws_cloudwatch_metric_alarm", "alarm-" + name);
  }

  private static String topic(Synthesized alarms) {
    return alarms.references("aws_sns_topic").get(0).replace(".id}", ".arn}");
  }

  private static JsonNode composite(Synthesized alarms, String name) {
    return alarms.resource("aws_cloudwatch_composite_alarm", "alarm-" + name);
  }

  private static void assertTells(JsonNode alarm, String topic) {
    assertThat(Synthesized.texts(alarm.path("alarm_actions"))).containsExactly(topic);
    assertThat(Synthesized.texts(alarm.path("ok_actions"))).containsExactly(topic);
  }

  @Test
  void whatNoCompositeCoversTellsTheTopicThatItIsRaisedAndThatItIsOver() {
    Synthesized alarms = alarms(3, true, true);

    assertThat(
            List.of(
                "certificate",
                "database-storage",
                "database-credits",
                "replica-lag",
                "nat-ports-1",
                "failed-logins",
                "failed-reports",
                "schedules",
                "web-memory"))
        .allSatisfy(name -> assertTells(alarm(alarms, name), topic(alarms)));
  }

  @Test
  void whatOneCauseRaisesTogetherIsToldByTheCompositeAlone() {
    Synthesized alarms = alarms(3, true, true);

    assertThat(alarms.resources("aws_cloudwatch_composite_alarm"))
        .hasSize(Composite.ALL.size())
        .allSatisfy(composite -> assertTells(composite, topic(alarms)));
    assertThat(
            List.of(
                "errors",
                "database-gone",
                "worker-tasks",
                "queue-age",
                "database-cpu",
                "cache-cpu-2"))
        .allSatisfy(
            name -> {
              assertThat(alarm(alarms, name).has("alarm_actions")).isFalse();
              assertThat(alarm(alarms, name).has("ok_actions")).isFalse();
            });
    assertThat(composite(alarms, "redis").path("alarm_rule").asText())
        .contains("cache-cpu-1", "cache-cpu-2", "cache-memory-1", "cache-memory-2");
  }

  @Test
  void anOutageIsTheReasonForOthersAndNothingIsAReasonForIt() {
    Synthesized alarms = alarms(3, true, false);

    assertThat(List.of("error-lines", "jobs", "slow"))
        .allSatisfy(
            name ->
                assertThat(composite(alarms, name).at("/actions_suppressor/alarm").asText())
                    .contains("aws_cloudwatch_composite_alarm.alarms_outage"));
    assertThat(composite(alarms, "outage").has("actions_suppressor")).isFalse();
  }

  @Test
  void theSuppressionOutlastsTheSlowestAlarmThatItCovers() {
    Synthesized alarms = alarms(3, true, true);
    int extension = composite(alarms, "jobs").at("/actions_suppressor/extension_period").asInt();

    assertThat(alarms.resources("aws_cloudwatch_metric_alarm"))
        .filteredOn(alarm -> !alarm.has("alarm_actions"))
        .allSatisfy(
            alarm ->
                assertThat(alarm.path("period").asInt() * alarm.path("evaluation_periods").asInt())
                    .isLessThanOrEqualTo(extension));
  }

  @Test
  void everybodyWhoIsToldHasASubscription() {
    assertThat(alarms(3, true, false).resources("aws_sns_topic_subscription"))
        .extracting(one -> one.path("endpoint").asText())
        .containsExactlyInAnyOrder("a@example.com", "b@example.com");
  }

  @Test
  void theTopicIsEncryptedAndTakesTheseAlarmsAndEventsAlone() {
    Synthesized alarms = alarms(3, true, false);

    assertThat(alarms.resource("aws_sns_topic").path("kms_master_key_id").asText())
        .isEqualTo("arn:key");
    assertThat(alarms.resource("aws_sns_topic_policy").path("policy").asText())
        .contains("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:superset-production-alarm-*")
        .contains("arn:aws:events:eu-west-1:123456789012:rule/superset-production-alarm-*")
        .contains("aws:SecureTransport");
  }

  @Test
  void anEventIsMailedInWordsThatSayWhereToRead() {
    Synthesized alarms = alarms(3, true, false);

    assertThat(alarms.resources("aws_cloudwatch_event_target"))
        .extracting(
            target -> target.path("arn").asText(),
            target -> target.at("/input_transformer/input_template").asText())
        .containsExactly(
            tuple(
                topic(alarms),
                "\"NOTIFY: The weekly export failed. docs/runbooks/alarms.md#export"
                    + " (<task> of <group>, <time>)\""),
            tuple(
                topic(alarms),
                "\"NOTIFY: A container was killed, because it or its task had no memory left."
                    + " docs/runbooks/alarms.md#out-of-memory"
                    + " (<task> of <group>, <time>)\""));
  }

  @Test
  void tooFewTasksAreFewerThanScalingKeepsWhileOneIsReplaced() {
    assertThat(alarm(alarms(3, true, false), "web-tasks").path("threshold").asInt()).isEqualTo(2);
    assertThat(alarm(alarms(6, true, false), "web-tasks").path("threshold").asInt()).isEqualTo(5);
    assertThat(alarm(alarms(1, true, false), "web-tasks").path("threshold").asInt()).isEqualTo(1);
  }

  @Test
  void aCertificateThatIsNotRenewedIsToldAMonthBefore() {
    JsonNode alarm = alarm(alarms(3, true, false), "certificate");

    assertThat(alarm.at("/dimensions/CertificateArn").asText()).isEqualTo("arn:certificate");
    assertThat(alarm.path("threshold").asInt()).isEqualTo(30);
  }

  @Test
  void twoOfThreeVisitsOfTheCanaryThatFailOrDoNotComeAreAnOutage() {
    JsonNode alarm = alarm(alarms(3, true, false), "canary");

    assertThat(alarm.path("namespace").asText()).isEqualTo("Superset/Canary");
    assertThat(alarm.path("period").asInt()).isEqualTo(300);
    assertThat(alarm.path("evaluation_periods").asInt()).isEqualTo(3);
    assertThat(alarm.path("datapoints_to_alarm").asInt()).isEqualTo(2);
    assertThat(alarm.path("comparison_operator").asText()).isEqualTo("LessThanThreshold");
    assertThat(alarm.path("threshold").asInt()).isEqualTo(1);
    assertThat(alarm.path("treat_missing_data").asText()).isEqualTo("breaching");
    assertThat(composite(alarms(3, true, false), "outage").path("alarm_rule").asText())
        .contains("alarms_canary");
    assertThat(alarm(alarms(3, true, false), "errors").has("datapoints_to_alarm")).isFalse();
  }

  @Test
  void aSingleNodeOfRedisHasNoCopyThatLags() {
    assertThat(CacheAlarms.of(new CacheAlarms.Props(List.of("redis-001"))))
        .extracting(Alarm::name)
        .containsExactly("cache-cpu-1", "cache-memory-1");
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
        .noneMatch(name -> name.matches(".*(worker|beat|cache|lag|credits|queue|report|export).*"));
    assertThat(alarms(1, false, false).resources("aws_cloudwatch_event_rule"))
        .extracting(Synthesized::name)
        .containsExactly("superset-production-alarm-out-of-memory");
    assertThat(alarms(1, false, false).resources("aws_cloudwatch_composite_alarm"))
        .extracting(Synthesized::name)
        .containsExactlyInAnyOrder(
            "superset-production-alarm-error-lines",
            "superset-production-alarm-outage",
            "superset-production-alarm-slow");
    assertThat(alarms(1, false, false).resources("aws_cloudwatch_log_metric_filter"))
        .extracting(filter -> filter.path("log_group_name").asText())
        .containsExactly("w");
  }

  @Test
  void onlyAClassThatEarnsCreditsRunsOutOfThem() {
    assertThat(alarm(alarms(3, true, true), "database-credits").path("threshold").asInt())
        .isEqualTo(20);
  }
}
