package superset.platform.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;
import superset.platform.observability.ChangeAlarms;

/** Which events raise which alarm is tried in {@code src/test/security/test_audit.py}. */
class AuditTest {

  private static final Names NAMES = new Names("prod", "123456789012");
  private static final String TRAIL =
      "arn:aws:cloudtrail:us-east-1:123456789012:trail/superset-production-trail";

  @Test
  void theTrailIsOfEveryRegionValidatedAndEncrypted() {
    JsonNode trail = trail().resource("aws_cloudtrail");

    assertThat(trail.path("is_multi_region_trail").asBoolean()).isTrue();
    assertThat(trail.path("include_global_service_events").asBoolean()).isTrue();
    assertThat(trail.path("enable_log_file_validation").asBoolean()).isTrue();
    assertThat(trail.path("kms_key_id").asText()).isEqualTo("arn:key");
    assertThat(trail.path("s3_bucket_name").asText()).isEqualTo("files");
  }

  @Test
  void itsLogGroupIsEncryptedAndWrittenByItAlone() {
    Synthesized trail = trail();

    assertThat(trail.resource("aws_cloudwatch_log_group").path("kms_key_id").asText())
        .isEqualTo("arn:key");
    assertThat(trail.resource("aws_iam_role").path("assume_role_policy").asText())
        .contains("\"aws:SourceArn\":\"" + TRAIL + "\"");
  }

  @Test
  void itsBucketTakesTheFilesOfThisTrailAlone() {
    PolicyDocument policy = new PolicyDocument();
    Trail.statements("files", "us-east-1", NAMES).forEach(policy::add);

    assertThat(policy.json().split("\"aws:SourceArn\":\"" + TRAIL, -1)).hasSize(3);
    assertThat(policy.json()).contains("arn:aws:s3:::files/AWSLogs/123456789012/*");
  }

  @Test
  void everyAlarmReadsItsOwnFilterAndGoesToTheTopic() {
    Synthesized alarms = alarms(Optional.empty());
    List<String> filters =
        alarms.resources("aws_cloudwatch_log_metric_filter").stream()
            .map(filter -> filter.at("/metric_transformation/name").asText())
            .toList();

    assertThat(filters).hasSize(6).doesNotHaveDuplicates();
    assertThat(alarms.resources("aws_cloudwatch_metric_alarm"))
        .allSatisfy(
            alarm -> {
              assertThat(alarm.path("alarm_actions").get(0).asText())
                  .startsWith("${aws_sns_topic.");
              assertThat(alarm.path("treat_missing_data").asText()).isEqualTo("notBreaching");
            })
        .extracting(alarm -> alarm.path("metric_name").asText())
        .containsExactlyInAnyOrderElementsOf(filters);
  }

  @Test
  void patternsAreAsShortAsCloudWatchWantsThem() {
    assertThat(
            alarms(Optional.of("superset-production-ci-deploy"))
                .resources("aws_cloudwatch_log_metric_filter"))
        .allSatisfy(
            filter -> assertThat(filter.path("pattern").asText()).hasSizeLessThanOrEqualTo(1024));
  }

  @Test
  void theTopicIsEncryptedTakesTheAlarmsAloneAndTellsEverybody() {
    Synthesized alarms = alarms(Optional.empty());

    assertThat(alarms.resource("aws_sns_topic").path("kms_master_key_id").asText())
        .isEqualTo("arn:key");
    assertThat(alarms.resource("aws_sns_topic_policy").path("policy").asText())
        .contains("arn:aws:cloudwatch:us-east-1:123456789012:alarm:superset-production-audit-*")
        .contains("\"aws:SecureTransport\":\"false\"");
    assertThat(alarms.resources("aws_sns_topic_subscription"))
        .extracting(mail -> mail.path("endpoint").asText())
        .containsExactlyInAnyOrder("a@example.com", "b@example.com");
  }

  private static Synthesized trail() {
    return Synthesized.of(
        stack ->
            new Trail(stack, "trail", new Trail.Props("files", "arn:key", "us-east-1", NAMES)));
  }

  private static Synthesized alarms(Optional<String> deployRole) {
    return Synthesized.of(
        stack ->
            new ChangeAlarms(
                stack,
                "audit",
                new ChangeAlarms.Props(
                    "trail",
                    "the-trail",
                    "arn:key",
                    List.of("a@example.com", "b@example.com"),
                    deployRole,
                    "us-east-1",
                    NAMES)));
  }
}
