package superset.platform.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

class DnsTest {

  private static final Names NAMES = new Names("prod", "123456789012");

  @Test
  void makesTheZoneOnlyWhereToldTo() {
    Synthesized created = zone(true, false);
    Synthesized lookedUp = zone(false, false);

    assertThat(created.resource("aws_route53_zone").path("name").asText()).isEqualTo("example.com");
    assertThat(created.data("aws_route53_zone")).isEmpty();
    assertThat(lookedUp.types()).isEmpty();
    assertThat(lookedUp.data("aws_route53_zone"))
        .singleElement()
        .matches(zone -> zone.path("name").asText().equals("example.com"))
        .matches(zone -> !zone.path("private_zone").asBoolean(true));
  }

  @Test
  void deletesAZoneWithRecordsOnlyWhereTheEnvironmentIsDisposable() {
    assertThat(zone(true, false).resource("aws_route53_zone").path("force_destroy").asBoolean(true))
        .isFalse();
    assertThat(zone(true, true).resource("aws_route53_zone").path("force_destroy").asBoolean())
        .isTrue();
  }

  @Test
  void answersForARegionWhateverItsHealth() {
    JsonNode record =
        Synthesized.of(
                stack ->
                    new RegionRecord(
                        stack,
                        "record",
                        new RegionRecord.Props(
                            "Z1", "us-east-1.analytics.example.com", "alb.example", "ZALB")))
            .resource("aws_route53_record");

    assertThat(record.path("name").asText()).isEqualTo("us-east-1.analytics.example.com");
    assertThat(record.path("type").asText()).isEqualTo("A");
    assertThat(record.path("alias").path("name").asText()).isEqualTo("alb.example");
    assertThat(record.path("alias").path("evaluate_target_health").asBoolean(true)).isFalse();
    assertThat(record.has("health_check_id")).isFalse();
  }

  @Test
  void asksEachRegionUnderItsOwnNameOverHttps() {
    JsonNode check = records().resource("aws_route53_health_check", "us-east-1-endpoint");

    assertThat(check.path("type").asText()).isEqualTo("HTTPS");
    assertThat(check.path("fqdn").asText()).isEqualTo("us-east-1.analytics.example.com");
    assertThat(check.path("port").asInt()).isEqualTo(443);
    assertThat(check.path("resource_path").asText()).isEqualTo("/health");
    assertThat(check.path("enable_sni").asBoolean()).isTrue();
    assertThat(check.path("request_interval").asInt()).isEqualTo(10);
    assertThat(check.path("failure_threshold").asInt()).isEqualTo(3);
  }

  @Test
  void countsARegionAsHealthyOnlyWhileAllChildrenAre() {
    List<JsonNode> checks = calculated(health(List.of()));
    List<JsonNode> fenced = calculated(health(List.of("fence-1", "fence-2")));

    assertThat(checks).singleElement().matches(c -> children(c) == 1 && threshold(c) == 1);
    assertThat(fenced).singleElement().matches(c -> children(c) == 3 && threshold(c) == 3);
  }

  @Test
  void keepsTheCheckThatRecordsHangOnWhenChildrenAreAdded() {
    List<String> before = health(List.of()).references("aws_route53_health_check");

    assertThat(health(List.of("fence-1")).references("aws_route53_health_check")).isEqualTo(before);
  }

  @Test
  void sendsUsersToTheNearestHealthyRegionUnderOneName() {
    Synthesized dns = records();
    List<JsonNode> records = dns.resources("aws_route53_record");

    assertThat(records)
        .hasSize(2)
        .allSatisfy(
            record -> {
              String region = record.path("set_identifier").asText();
              assertThat(record.path("name").asText()).isEqualTo("analytics.example.com");
              assertThat(record.path("latency_routing_policy").path("region").asText())
                  .isEqualTo(region);
              assertThat(record.path("alias").path("name").asText()).isEqualTo("alb." + region);
              assertThat(record.path("alias").path("evaluate_target_health").asBoolean()).isTrue();
              assertThat(record.path("health_check_id").asText())
                  .startsWith("${aws_route53_health_check.records_" + region + "-health_all_");
            })
        .extracting(record -> record.path("set_identifier").asText())
        .containsExactlyInAnyOrder("eu-west-1", "us-east-1");
    assertThat(dns.names()).doesNotHaveDuplicates().hasSize(6);
  }

  @Test
  void aRegionThatAnotherHasFencedLeavesDns() {
    JsonNode fence =
        records().resource("aws_route53_health_check", "us-east-1-not-fenced-by-eu-west-1");

    assertThat(fence.path("fqdn").asText()).isEqualTo("eu-west-1.analytics.example.com");
    assertThat(fence.path("resource_path").asText()).isEqualTo("/fence/us-east-1");
    assertThat(fence.path("type").asText()).isEqualTo("HTTPS");
    // No answer, as 404, is healthy: a lost region takes nobody out of DNS.
    assertThat(fence.path("invert_healthcheck").asBoolean()).isTrue();
    assertThat(fence.path("request_interval").asInt() * fence.path("failure_threshold").asInt())
        .isEqualTo(HealthCheck.SECONDS_TO_NOTICE);
  }

  @Test
  void everyRegionHangsOnItsOwnAnswerAndOnTheFencesOfAllOthers() {
    List<JsonNode> checks = calculated(records());

    assertThat(checks).hasSize(2).allMatch(check -> children(check) == 2 && threshold(check) == 2);
    assertThat(checks)
        .filteredOn(check -> check.at("/tags/Name").asText().endsWith("us-east-1"))
        .singleElement()
        .satisfies(
            check ->
                assertThat(check.path("child_healthchecks").toString())
                    .contains("us-east-1-not-fenced-by-eu-west-1")
                    .doesNotContain("eu-west-1-not-fenced-by-us-east-1"));
  }

  @Test
  void aRegionAloneHangsOnItsOwnAnswer() {
    Synthesized alone =
        Synthesized.of(
            stack ->
                new LatencyRecords(
                    stack,
                    "records",
                    new LatencyRecords.Props(
                        "Z1", "analytics.example.com", List.of(target("us-east-1")), NAMES)));

    assertThat(calculated(alone)).singleElement().matches(check -> children(check) == 1);
    assertThat(alone.resources("aws_route53_health_check")).hasSize(2);
  }

  private static Synthesized zone(boolean create, boolean disposable) {
    return Synthesized.of(
        stack ->
            new HostedZone(
                stack, "zone", new HostedZone.Props("example.com", create, disposable, NAMES)));
  }

  private static Synthesized health(List<String> further) {
    return Synthesized.of(
        stack ->
            new HealthCheck(
                stack,
                "health",
                new HealthCheck.Props(
                    "us-east-1", "us-east-1.analytics.example.com", further, NAMES)));
  }

  private static Synthesized records() {
    return Synthesized.of(
        stack ->
            new LatencyRecords(
                stack,
                "records",
                new LatencyRecords.Props(
                    "Z1",
                    "analytics.example.com",
                    List.of(target("us-east-1"), target("eu-west-1")),
                    NAMES)));
  }

  private static LatencyRecords.Target target(String region) {
    return new LatencyRecords.Target(
        region, region + ".analytics.example.com", "alb." + region, "Z-" + region);
  }

  private static List<JsonNode> calculated(Synthesized health) {
    return health.resources("aws_route53_health_check").stream()
        .filter(check -> check.path("type").asText().equals("CALCULATED"))
        .toList();
  }

  private static int children(JsonNode check) {
    return check.path("child_healthchecks").size();
  }

  private static int threshold(JsonNode check) {
    return check.path("child_health_threshold").asInt();
  }
}
