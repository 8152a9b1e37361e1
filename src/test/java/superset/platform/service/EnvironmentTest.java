package superset.platform.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.config.Configuration;
import superset.platform.config.FullConfiguration;

/** What the containers are told, and that each is told what it reads. */
class EnvironmentTest {

  private static final Map<String, String> FAMILIES =
      Map.of(
          "web", "superset-app",
          "worker", "superset-worker",
          "beat", "superset-beat",
          "init", "superset-init",
          "websocket", "superset-websocket");

  private static Services full;
  private static Services dev;
  private static JsonNode declared;

  @BeforeAll
  static void synthesize() throws Exception {
    full = Services.of(FullConfiguration.load(), "us-east-1");
    dev = Services.of(Configuration.load(Path.of("regions"), "dev"), "us-east-1");
    declared =
        new ObjectMapper()
            .readTree(Path.of("src/main/superset/pythonpath/superset_aws/variables.json").toFile());
  }

  private static String told(String name) {
    return full.variables("superset-init").get(name);
  }

  @Test
  void whereEverythingIsConfiguredEveryTaskIsToldAllThatItReads() {
    FAMILIES.forEach(
        (kind, family) -> {
          List<String> expected =
              StreamSupport.stream(
                      ((Iterable<Map.Entry<String, JsonNode>>) declared::fields).spliterator(),
                      false)
                  .filter(variable -> isSetFor(kind, variable.getValue()))
                  .map(Map.Entry::getKey)
                  // A provider signs people in there, and knows no canary.
                  .filter(name -> !name.equals("CANARY_VERSION"))
                  .toList();
          assertThat(full.variables(family).keySet())
              .as(kind)
              .containsExactlyInAnyOrderElementsOf(expected);
        });
  }

  /** The others are the image's own, or injected, or given by whoever runs a task. */
  private static boolean isSetFor(String kind, JsonNode variable) {
    return StreamSupport.stream(variable.path("kinds").spliterator(), false)
            .anyMatch(one -> one.asText().equals(kind))
        && !variable.path("image").asBoolean()
        && !variable.path("run").asBoolean()
        && !variable.path("secret").asBoolean();
  }

  @Test
  void whatIsNotConfiguredIsNotTold() {
    assertThat(dev.variables("superset-init"))
        .containsEntry("EXAMPLES", "true")
        .containsEntry("SIGN_IN", "{\"kind\":\"database\"}")
        .doesNotContainKeys(
            "BRANDING",
            "DASHBOARD_CACHE",
            "DATABASE_AUDIT",
            "DATA_SOURCES",
            "EMAIL",
            "EMAIL_SECRET",
            "EMBEDDING",
            "FEATURE_FLAGS",
            "REDIS_HOST",
            "ROW_LEVEL_SECURITY",
            "SIGN_IN_SECRET",
            "TEAMS",
            "WEBSOCKET");
    assertThat(dev.variables("superset-app")).doesNotContainKey("EXAMPLES");
  }

  @Test
  void everyTaskIsToldWhereItRunsAndWhereRedisIs() {
    for (String family : FAMILIES.values()) {
      assertThat(full.variables(family))
          .containsEntry("SUPERSET_ENV", "production")
          .containsEntry("SUPERSET_REGION", "us-east-1")
          .containsEntry("REDIS_HOST", "redis.internal")
          .containsEntry("REDIS_PORT", "6379");
    }
  }

  @Test
  void everyTaskKnowsTheFencesAgainstItsRegion() {
    assertThat(told("FENCES"))
        .isEqualTo(
            "[{\"region\":\"eu-west-1\","
                + "\"url\":\"https://eu-west-1.analytics.example.com/fence/us-east-1\","
                + "\"held\":\"https://us-east-1.analytics.example.com/fence/eu-west-1\"},"
                + "{\"region\":\"us-east-1\","
                + "\"url\":\"https://us-east-1.analytics.example.com/fence/us-east-1\"}]");
    assertThat(told("STOP_WRITES_WHEN_ISOLATED")).isEqualTo("true");
    assertThat(full.variables("superset-app"))
        .containsEntry("MAX_REPLICA_LAG", "20")
        .containsEntry("DATABASE_REPLICA_HOST", "replica.internal");
    assertThat(dev.variables("superset-app")).doesNotContainKeys("FENCES", "DATABASE_REPLICA_HOST");
  }

  @Test
  void behaviourIsToldInTheOrderOfItsKeys() {
    assertThat(told("FEATURE_FLAGS")).isEqualTo("{\"ALERT_REPORTS\":false,\"DRILL_BY\":true}");
    assertThat(told("CACHE_TIMEOUT")).isEqualTo("600");
    assertThat(told("DASHBOARD_CACHE")).isEqualTo("{\"daily_sales\":3600,\"operational\":300}");
    assertThat(told("ROW_LIMITS"))
        .isEqualTo("{\"chart\":20000,\"sql_lab\":500,\"sql_lab_max\":40000,\"samples\":100}");
    assertThat(told("RATE_LIMIT")).isEqualTo("80 per second");
    assertThat(told("LOG_LEVEL")).isEqualTo("DEBUG");
    assertThat(told("EVENT_LOG_DAYS")).isEqualTo("30");
    assertThat(told("QUERY_COMMENTS")).isEqualTo("[\"postgres\",\"redshift\"]");
    assertThat(told("BRANDING"))
        .isEqualTo(
            "{\"name\":\"Example Analytics\",\"logo\":\"https://www.example.com/logo.png\","
                + "\"theme\":{\"colorPrimary\":\"#0050b3\",\"fontUrls\":[],\"borderRadius\":4,"
                + "\"ratio\":1.5,\"wireframe\":false}}");
    assertThat(told("EMBEDDING"))
        .isEqualTo(
            "{\"allowed_domains\":[\"https://portal.example.com\","
                + "\"https://shop.example.com:8443\"]}");
    assertThat(told("EMAIL"))
        .isEqualTo(
            "{\"host\":\"email-smtp.us-east-1.amazonaws.com\",\"port\":2587,"
                + "\"from\":\"superset@example.com\"}");
    assertThat(told("EMAIL_SECRET")).isEqualTo("email-secret");
    assertThat(told("EXAMPLES")).isEqualTo("true");
    assertThat(told("WEBSOCKET")).isEqualTo("true");
  }

  @Test
  void theSectionSignInIsToldAsItIs() {
    assertThat(told("SIGN_IN"))
        .isEqualTo(
            "{\"kind\":\"oidc\",\"provider\":\"keycloak\","
                + "\"issuer\":\"https://id.example.com/realms/main\",\"client_id\":\"superset\","
                + "\"scopes\":[\"openid\",\"email\"],\"groups_claim\":\"memberOf\","
                + "\"attributes\":[\"region\",\"market\"],"
                + "\"roles\":[{\"group\":\"analysts\",\"roles\":[\"Alpha\",\"sql_lab\"]}],"
                + "\"default_roles\":[\"Gamma\"]}");
    assertThat(told("SIGN_IN_SECRET")).isEqualTo("sign-in-secret");
  }

  @Test
  void teamsAreToldAsTheyAre() {
    assertThat(told("TEAMS"))
        .isEqualTo(
            "[{\"name\":\"sales\",\"group\":\"sales-team\",\"data_sources\":[\"sales\"],"
                + "\"schemas\":[\"warehouse.finance\"]},"
                + "{\"name\":\"people\",\"group\":\"hr\",\"data_sources\":[],\"schemas\":[]}]");
  }

  /** Terraform turns what is doubled here back into one. */
  @Test
  void noExpressionOfTerraformBeginsInWhatPeopleWrite() {
    JsonNode filters = Services.json(told("ROW_LEVEL_SECURITY"));

    assertThat(filters.at("/0/clause").asText())
        .isEqualTo("region LIKE '%%{{ user_attribute(\"region\") }}%' AND note <> '$${x}'");
    assertThat(filters.at("/0").has("roles")).isFalse();
    assertThat(filters.at("/1/roles/0").asText()).isEqualTo("sales");
  }

  @Test
  void dataSourcesAreToldByWhatTheirKindHas() {
    Map<String, JsonNode> sources = new LinkedHashMap<>();
    Services.json(told("DATA_SOURCES"))
        .forEach(source -> sources.put(source.path("name").asText(), source));

    assertThat(sources.get("sales").toString())
        .isEqualTo(
            "{\"name\":\"sales\",\"kind\":\"redshift\",\"host\":\"sales.example.internal\","
                + "\"port\":5439,\"database\":\"dw\",\"tls\":\"verify\","
                + "\"secret\":\"sales-secret\"}");
    assertThat(sources.get("shop").path("tls").asText()).isEqualTo("off");
    assertThat(sources.get("lake").toString())
        .isEqualTo(
            "{\"name\":\"lake\",\"kind\":\"athena\",\"database\":\"lake\","
                + "\"region\":\"us-east-1\",\"workgroup\":\"superset\","
                + "\"output\":\"s3://example-results/superset/prod/\"}");
    assertThat(sources.get("ads").toString())
        .isEqualTo(
            "{\"name\":\"ads\",\"kind\":\"bigquery\",\"database\":\"example-ads\","
                + "\"secret\":\"ads-secret\"}");
    assertThat(sources.get("warehouse").toString())
        .isEqualTo(
            "{\"name\":\"warehouse\",\"kind\":\"snowflake\",\"database\":\"DW\","
                + "\"account\":\"example-analytics\",\"warehouse\":\"SUPERSET\","
                + "\"role\":\"REPORTER\",\"secret\":\"warehouse-secret\"}");
    assertThat(sources.get("clicks").path("uri").asText())
        .isEqualTo("clickhousedb://{user}@{host}:{port}/{database}?secure=true");
    assertThat(sources.get("clicks").has("tls")).isFalse();
  }
}
