package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig.Objectives;

final class GlobalDashboardTest {

  private static final List<GlobalDashboard.Region> REGIONS =
      List.of(region("us-east-1", Optional.of("one")), region("eu-west-1", Optional.of("two")));

  private static GlobalDashboard.Region region(String region, Optional<String> healthCheck) {
    return new GlobalDashboard.Region(
        region, "app/" + region, region.equals("us-east-1"), healthCheck);
  }

  private static JsonNode dashboard(List<GlobalDashboard.Region> regions) {
    return Synthesized.of(
            stack ->
                new GlobalDashboard(
                    stack,
                    "dashboard",
                    new GlobalDashboard.Props(
                        "us-east-1",
                        regions,
                        new Objectives(new BigDecimal("99.95"), 1000, new BigDecimal("90")),
                        new Names("prod", "123456789012"))))
        .resource("aws_cloudwatch_dashboard");
  }

  private static JsonNode widget(List<GlobalDashboard.Region> regions, String title)
      throws JsonProcessingException {
    for (JsonNode widget :
        new ObjectMapper()
            .readTree(dashboard(regions).path("dashboard_body").asText())
            .path("widgets")) {
      if (widget.at("/properties/title").asText().equals(title)) {
        return widget.path("properties");
      }
    }
    return new ObjectMapper().nullNode();
  }

  @Test
  void theNameIsThatOfTheEnvironment() {
    assertThat(dashboard(REGIONS).path("dashboard_name").asText())
        .isEqualTo("Superset-Production-Metrics");
  }

  @Test
  void everyRegionIsALineOfItsOwn() throws JsonProcessingException {
    JsonNode metrics = widget(REGIONS, "Requests").path("metrics");
    assertThat(metrics.findValuesAsText("region")).containsExactly("us-east-1", "eu-west-1");
    assertThat(metrics.findValuesAsText("label")).containsExactly("us-east-1", "eu-west-1");
  }

  @Test
  void whoAnsweredWithAnErrorIsSaid() throws JsonProcessingException {
    assertThat(widget(REGIONS, "5xx").path("metrics").findValuesAsText("label"))
        .containsExactly(
            "us-east-1: by tasks",
            "us-east-1: by the load balancer",
            "eu-west-1: by tasks",
            "eu-west-1: by the load balancer");
  }

  @Test
  void healthChecksAreWhereRoute53PutsThem() throws JsonProcessingException {
    assertThat(widget(REGIONS, "Regions in DNS").path("region").asText()).isEqualTo("us-east-1");
  }

  @Test
  void theHitRateIsOfEachRegionAlone() throws JsonProcessingException {
    JsonNode metrics = widget(REGIONS, "Charts from the cache, %").path("metrics");
    assertThat(metrics.findValuesAsText("region"))
        .containsExactly("us-east-1", "us-east-1", "eu-west-1", "eu-west-1");
    assertThat(metrics.findValuesAsText("expression"))
        .containsExactly(
            "100 * FILL(hits0, 0) / (FILL(hits0, 0) + FILL(misses0, 0))",
            "100 * FILL(hits1, 0) / (FILL(hits1, 0) + FILL(misses1, 0))");
  }

  @Test
  void aRegionWithoutQueuesHasNoJobThatWaits() throws JsonProcessingException {
    assertThat(widget(REGIONS, "Oldest job waits").path("metrics").findValuesAsText("region"))
        .containsExactly("us-east-1");
    assertThat(widget(REGIONS.subList(1, 2), "Oldest job waits").isNull()).isTrue();
  }

  @Test
  void aSingleRegionHasNoReplica() throws JsonProcessingException {
    assertThat(widget(REGIONS, "Replica lag").isNull()).isFalse();
    assertThat(widget(REGIONS.subList(0, 1), "Replica lag").isNull()).isTrue();
  }

  @Test
  void withoutRoute53ThereIsNoHealthCheck() throws JsonProcessingException {
    assertThat(widget(List.of(region("us-east-1", Optional.empty())), "Regions in DNS").isNull())
        .isTrue();
  }
}
