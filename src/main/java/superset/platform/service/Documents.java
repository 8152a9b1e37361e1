package superset.platform.service;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import superset.platform.aws.Json;
import superset.platform.config.Access;
import superset.platform.config.DataSource;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.config.SignIn;
import superset.platform.config.SupersetConfig;

/**
 * The variables that are JSON: what people configured, with the keys that Superset's side reads.
 */
final class Documents {

  private Documents() {}

  static Object rows(SupersetConfig.Rows rows) {
    return Json.object(
        "chart", rows.chart(),
        "sql_lab", rows.sqlLab(),
        "sql_lab_max", rows.sqlLabMax(),
        "samples", rows.samples());
  }

  static Object branding(SupersetConfig.Branding branding) {
    return literal(
        "name", branding.name(), "logo", branding.logo(), "theme", ifAny(branding.theme()));
  }

  /**
   * Those that are held against this region: rules of the load balancers of the others, and of its
   * own while it takes over; beside each, the one that this region holds against the other.
   */
  static Object fences(String domain, String region, List<String> otherRegions) {
    List<Object> fences = new ArrayList<>();
    for (String other : otherRegions) {
      fences.add(
          Json.object(
              "region", other,
              "url", fence(domain, other, region),
              "held", fence(domain, region, other)));
    }
    if (!otherRegions.isEmpty()) {
      fences.add(Json.object("region", region, "url", fence(domain, region, region)));
    }
    return fences;
  }

  private static String fence(String domain, String holder, String against) {
    return "https://%s.%s/fence/%s".formatted(holder, domain, against);
  }

  static Object embedding(List<String> domains) {
    return domains.isEmpty() ? Map.of() : Json.object("allowed_domains", domains);
  }

  static Object email(SupersetConfig.Email email) {
    return literal("host", email.host(), "port", email.port(), "from", email.from());
  }

  static Object tracing(PlatformConfig.Tracing tracing) {
    return Json.object("sample", tracing.sample(), "collector", Collector.URL);
  }

  static List<?> exports(Exports exports) {
    return exports.places().stream()
        .map(place -> Json.object("bucket", place.bucket(), "region", place.region()))
        .toList();
  }

  static Object signIn(SignIn signIn) {
    return signIn
        .oidc()
        .map(
            oidc ->
                literal(
                    "kind", signIn.kind(),
                    "provider", oidc.provider(),
                    "issuer", oidc.issuer(),
                    "client_id", oidc.clientId(),
                    "scopes", oidc.scopes(),
                    "groups_claim", oidc.groupsClaim(),
                    "attributes", oidc.attributes(),
                    "roles", oidc.roles().stream().map(Documents::roleMapping).toList(),
                    "default_roles", oidc.defaultRoles()))
        .orElseGet(() -> literal("kind", signIn.kind()));
  }

  private static Object roleMapping(SignIn.RoleMapping mapping) {
    return Json.object("group", mapping.group(), "roles", mapping.roles());
  }

  static List<?> teams(List<Access.Team> teams) {
    return teams.stream()
        .map(
            team ->
                literal(
                    "name", team.name(),
                    "group", team.group(),
                    "data_sources", team.dataSources(),
                    "schemas", team.schemas()))
        .toList();
  }

  static List<?> rowFilters(List<Access.RowFilter> filters) {
    return filters.stream()
        .map(
            filter ->
                literal(
                    "name", filter.name(),
                    "data_source", filter.dataSource(),
                    "schema", filter.schema(),
                    "table", filter.table(),
                    "clause", filter.clause(),
                    "roles", filter.roles().isEmpty() ? Optional.empty() : filter.roles()))
        .toList();
  }

  /**
   * @param secretArns secret of each source that has a login, by the source's name
   */
  static List<?> dataSources(RegionConfig region, Map<String, String> secretArns) {
    return region.dataSources().stream()
        .map(
            source -> {
              Map<String, Object> told = dataSource(source, region.region());
              if (source.hasSecret()) {
                told.put("secret", secretArns.get(source.name()));
              }
              return told;
            })
        .toList();
  }

  private static Map<String, Object> dataSource(DataSource source, String region) {
    Optional<DataSource.Address> address = source.address();
    Optional<DataSource.Athena> athena = source.athena();
    Optional<DataSource.Snowflake> snowflake = source.snowflake();
    return literal(
        "name", source.name(),
        "kind", source.kind(),
        "host", address.map(DataSource.Address::host),
        "port", address.map(DataSource.Address::port),
        "database", source.database(),
        "tls", address.flatMap(DataSource.Address::tls).map(tls -> tls ? "verify" : "off"),
        "region", athena.map(unused -> region),
        "workgroup", athena.map(DataSource.Athena::workgroup),
        "output", athena.map(DataSource.Athena::output),
        "account", snowflake.map(DataSource.Snowflake::account),
        "warehouse", snowflake.map(DataSource.Snowflake::warehouse),
        "role", snowflake.map(DataSource.Snowflake::role),
        "uri", source.uri());
  }

  private static Optional<Map<String, Object>> ifAny(Map<String, Object> map) {
    return map.isEmpty() ? Optional.empty() : Optional.of(map);
  }

  /** An object without its absent values, in which Terraform reads every text as it stands. */
  private static Map<String, Object> literal(Object... keysAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    Json.object(keysAndValues)
        .forEach(
            (key, value) -> {
              Object present = value instanceof Optional<?> some ? some.orElse(null) : value;
              if (present != null) {
                object.put(key, Json.literal(present));
              }
            });
    return object;
  }
}
