package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.groups.Tuple.tuple;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.config.DataSource.Address;

/** What the configuration says of Superset itself arrives in the records. */
class SupersetConfigurationTest {

  private static EnvironmentConfig full;

  @BeforeAll
  static void load() throws ConfigurationException {
    full = FullConfiguration.load();
  }

  @Test
  void behaviourIsAsWritten() {
    SupersetConfig superset = full.platform().superset();

    assertThat(superset.examples()).isTrue();
    assertThat(superset.featureFlags())
        .containsExactly(entry("ALERT_REPORTS", false), entry("DRILL_BY", true));
    assertThat(superset.cache().timeout()).isEqualTo(600);
    assertThat(superset.cache().dashboards())
        .containsExactly(entry("daily_sales", 3600), entry("operational", 300));
    assertThat(superset.rows()).isEqualTo(new SupersetConfig.Rows(20000, 500, 40000, 100));
    assertThat(superset.rateLimit()).isEqualTo(80);
    assertThat(superset.logLevel()).isEqualTo("DEBUG");
    assertThat(superset.eventLogDays()).isEqualTo(30);
    assertThat(superset.queryComments()).containsExactly("postgres", "redshift");
    assertThat(superset.embeddingDomains())
        .containsExactly("https://portal.example.com", "https://shop.example.com:8443");
    assertThat(superset.email())
        .contains(
            new SupersetConfig.Email(
                "email-smtp.us-east-1.amazonaws.com", 2587, "superset@example.com"));
    assertThat(superset.websocket()).isTrue();
  }

  @Test
  void aThemeKeepsItsShape() {
    assertThat(full.platform().superset().branding().orElseThrow().theme())
        .containsExactly(
            entry("colorPrimary", "#0050b3"),
            entry("fontUrls", List.of()),
            entry("borderRadius", BigInteger.valueOf(4)),
            entry("ratio", new BigDecimal("1.5")),
            entry("wireframe", false));
  }

  @Test
  void whatIsNotWrittenHasTheSchemasDefaults() throws ConfigurationException {
    PlatformConfig dev = Configuration.load(Path.of("regions"), "dev").platform();
    SupersetConfig superset = dev.superset();

    assertThat(superset.featureFlags()).isEmpty();
    assertThat(superset.cache().timeout()).isEqualTo(3600);
    assertThat(superset.cache().dashboards()).isEmpty();
    assertThat(superset.rows()).isEqualTo(new SupersetConfig.Rows(50000, 1000, 100000, 1000));
    assertThat(superset.rateLimit()).isEqualTo(50);
    assertThat(superset.logLevel()).isEqualTo("INFO");
    assertThat(superset.eventLogDays()).isEqualTo(90);
    assertThat(superset.queryComments()).containsExactly("mysql", "postgres");
    assertThat(superset.branding()).isEmpty();
    assertThat(superset.embeddingDomains()).isEmpty();
    assertThat(superset.email()).isEmpty();
    assertThat(superset.websocket()).isFalse();
    assertThat(dev.signIn().kind()).isEqualTo("database");
    assertThat(dev.access().teams()).isEmpty();
  }

  @Test
  void theProviderIsAsWritten() {
    assertThat(full.platform().signIn().oidc())
        .contains(
            new SignIn.Oidc(
                "keycloak",
                "https://id.example.com/realms/main",
                "superset",
                List.of("openid", "email"),
                Optional.of("memberOf"),
                List.of("region", "market"),
                List.of(new SignIn.RoleMapping("analysts", List.of("Alpha", "sql_lab"))),
                List.of("Gamma")));
  }

  @Test
  void teamsAndRowFiltersAreAsWritten() {
    assertThat(full.platform().access().teams())
        .containsExactly(
            new Access.Team("sales", "sales-team", List.of("sales"), List.of("warehouse.finance")),
            new Access.Team("people", "hr", List.of(), List.of()));
    assertThat(full.platform().access().rowLevelSecurity())
        .extracting(Access.RowFilter::name, Access.RowFilter::roles)
        .containsExactly(tuple("own region", List.of()), tuple("open ones", List.of("sales")));
  }

  @Test
  void everyKindOfDataSourceHasWhatItIsReachedBy() {
    Map<String, DataSource> sources =
        full.region("us-east-1").dataSources().stream()
            .collect(Collectors.toMap(DataSource::name, source -> source));

    assertThat(sources.get("sales").address())
        .contains(
            new Address(
                "sales.example.internal",
                5439,
                Optional.of(true),
                Optional.of(Cidr.parse("192.168.10.0/24")),
                Optional.of("tgw-0a1b2c3d4e5f60718")));
    assertThat(sources.get("shop").address())
        .contains(
            new Address(
                "shop.example.internal",
                3307,
                Optional.of(false),
                Optional.empty(),
                Optional.empty()));
    assertThat(sources.get("lake").athena())
        .contains(
            new DataSource.Athena(
                "superset",
                "s3://example-results/superset/prod/",
                List.of("lake", "raw"),
                List.of("example-lake", "example-raw")));
    assertThat(sources.get("ads").address()).isEmpty();
    assertThat(sources.get("warehouse").snowflake())
        .contains(new DataSource.Snowflake("example-analytics", "SUPERSET", "REPORTER"));
    assertThat(sources.get("clicks").address().orElseThrow().tls()).isEmpty();
    assertThat(sources.values())
        .filteredOn(source -> !source.hasSecret())
        .extracting(DataSource::name)
        .containsExactly("lake");
  }

  @Test
  void productionShowsWhatCanBeConfiguredAndSignsInByDatabase() throws ConfigurationException {
    PlatformConfig prod = Configuration.load(Path.of("regions"), "prod").platform();

    assertThat(prod.signIn().kind()).isEqualTo("database");
    assertThat(prod.superset().cache().dashboards())
        .containsExactly(
            entry("daily", 3600), entry("historical", 86400), entry("operational", 300));
    assertThat(prod.access().teams()).extracting(Access.Team::name).containsExactly("sales");
  }

  @Test
  void everyEnvironmentHasADashboardToLookAt() throws ConfigurationException {
    for (String environment : List.of("prod", "staging", "dev")) {
      assertThat(
              Configuration.load(Path.of("regions"), environment).platform().superset().examples())
          .as(environment)
          .isTrue();
    }
  }
}
