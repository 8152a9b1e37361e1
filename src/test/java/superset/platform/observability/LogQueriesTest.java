package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

/** What they ask for is tried in {@code src/test/observability/test_log_queries.py}. */
final class LogQueriesTest {

  private static List<JsonNode> queries(Map<String, String> logGroups) {
    return Synthesized.of(
            stack ->
                new LogQueries(
                    stack,
                    "queries",
                    new LogQueries.Props(
                        new TreeMap<>(logGroups), new Names("prod", "123456789012"))))
        .resources("aws_cloudwatch_query_definition");
  }

  @Test
  void theyLieInAFolderOfTheEnvironment() {
    assertThat(queries(Map.of("web", "w")))
        .extracting(query -> query.path("name").asText())
        .contains("superset-production/errors", "superset-production/who-did-what")
        .allMatch(name -> name.startsWith("superset-production/"));
  }

  @Test
  void onlyLogsThatExistAreAsked() {
    assertThat(queries(Map.of("init", "i", "web", "w")))
        .allSatisfy(
            query ->
                assertThat(Synthesized.texts(query.path("log_group_names")))
                    .isSubsetOf("i", "w")
                    .contains("w"));
  }
}
