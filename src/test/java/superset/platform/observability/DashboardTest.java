package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class DashboardTest {

  private static JsonNode dashboard() {
    return Synthesized.of(
            stack ->
                new Dashboard(
                    stack,
                    "dashboard",
                    new Dashboard.Props(
                        "eu-west-1",
                        "superset-production",
                        "superset-web",
                        "app/superset-production/1",
                        "targetgroup/superset/2",
                        "superset-production",
                        new Names("prod", "123456789012"))))
        .resource("aws_cloudwatch_dashboard");
  }

  private static List<JsonNode> widgets() throws JsonProcessingException {
    List<JsonNode> widgets = new ArrayList<>();
    new ObjectMapper()
        .readTree(dashboard().path("dashboard_body").asText())
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
  void servicesLoadBalancerAndDatabaseAreSeen() throws JsonProcessingException {
    assertThat(widgets())
        .extracting(widget -> widget.at("/properties/title").asText())
        .containsExactly("ECS Service Health", "ALB Performance", "Database Performance");
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
