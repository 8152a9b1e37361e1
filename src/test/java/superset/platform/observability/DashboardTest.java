package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig.Objectives;

final class DashboardTest {

  private static JsonNode dashboard() {
    return dashboard(true, true);
  }

  private static JsonNode dashboard(boolean workers, boolean replicated) {
    return Synthesized.of(
            stack ->
                new Dashboard(
                    stack,
                    "dashboard",
                    new Dashboard.Props(
                        "eu-west-1",
                        "superset-production",
                        "superset-web",
                        workers ? Optional.of("superset-worker") : Optional.empty(),
                        "app/superset-production/1",
                        "targetgroup/superset/2",
                        "superset-production",
                        replicated,
                        workers
                            ? List.of("superset-production-001", "superset-production-002")
                            : List.of(),
                        List.of("nat-1", "nat-2"),
                        Optional.of("superset-production"),
                        workers,
                        new Objectives(new BigDecimal("99.95"), 1500, new BigDecimal("95")),
                        new Names("prod", "123456789012"))))
        .resource("aws_cloudwatch_dashboard");
  }

  private static List<JsonNode> widgets() throws JsonProcessingException {
    return widgets(dashboard());
  }

  private static List<JsonNode> widgets(JsonNode dashboard) throws JsonProcessingException {
    List<JsonNode> widgets = new ArrayList<>();
    new ObjectMapper()
        .readTree(dashboard.path("dashboard_body").asText())
        .path("widgets")
        .forEach(widgets::add);
    return widgets;
  }

  @Test
  void theNameSaysTheRegionSinceDashboardsAreGlobal() {
    assertThat(dashboard().path("dashboard_name").asText())
        .isEqualTo("Superset-Production-Metrics-eu-west-1");
  }

  @Test
  void everythingThatRunsIsSeen() throws JsonProcessingException {
    assertThat(titles(dashboard()))
        .containsExactly(
            "ECS Service Health",
            "ALB Performance",
            "Database Performance",
            "Dashboards loaded in",
            "Availability of eu-west-1 in 30 days, objective 99.95 %",
            "Dashboards of eu-west-1 loaded within 1500 ms in 30 days, objective 95 %",
            "Queries executed in",
            "Slowest dashboards, p95",
            "Slowest data sources, p95",
            "Charts from the cache",
            "Queues",
            "Users",
            "Workers",
            "Redis",
            "Replica lag",
            "NAT gateways",
            "WAF",
            "Canary");
  }

  @Test
  void whatDoesNotRunIsNotSeen() throws JsonProcessingException {
    assertThat(titles(dashboard(false, false)))
        .doesNotContain("Workers", "Queues", "Redis", "Replica lag", "Canary");
  }

  @Test
  void theErrorBudgetIsWhatTheObjectiveAllows() throws JsonProcessingException {
    assertThat(metrics("Availability")).contains("* 100 / 0.05)\"");
    assertThat(metrics("Dashboards of")).contains("\"PR(:1500)\"").contains("- within) / 5)\"");
  }

  @Test
  void aReportFailsOnlyWhereWorkersMakeIt() throws JsonProcessingException {
    assertThat(metrics("Users")).contains("FailedReports");
    assertThat(metrics(dashboard(false, false), "Users")).doesNotContain("FailedReports");
  }

  private static String metrics(String title) throws JsonProcessingException {
    return metrics(dashboard(), title);
  }

  private static String metrics(JsonNode dashboard, String title) throws JsonProcessingException {
    return widgets(dashboard).stream()
        .map(widget -> widget.path("properties"))
        .filter(properties -> properties.path("title").asText().startsWith(title))
        .findFirst()
        .orElseThrow()
        .path("metrics")
        .toString();
  }

  private static List<String> titles(JsonNode dashboard) throws JsonProcessingException {
    return widgets(dashboard).stream()
        .map(widget -> widget.at("/properties/title").asText())
        .toList();
  }

  @Test
  void everyMetricIsOfTheRegion() throws JsonProcessingException {
    assertThat(widgets())
        .allMatch(widget -> widget.at("/properties/region").asText().equals("eu-west-1"));
  }

  @Test
  void widgetsDoNotCoverOneAnother() throws JsonProcessingException {
    Set<String> places = new TreeSet<>();
    for (JsonNode widget : widgets()) {
      assertThat(places.add(widget.path("x").asInt() + "," + widget.path("y").asInt())).isTrue();
      assertThat(widget.path("x").asInt() + widget.path("width").asInt()).isLessThanOrEqualTo(24);
    }
  }
}
