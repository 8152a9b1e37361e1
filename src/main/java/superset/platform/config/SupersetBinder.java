package superset.platform.config;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Makes the records of how Superset behaves, who signs in and who sees what. */
final class SupersetBinder {

  private SupersetBinder() {}

  static SupersetConfig superset(Settings of) {
    return new SupersetConfig(
        of.text("superset.version"),
        of.text("superset.image_digest"),
        of.flag("superset.examples"),
        byKey(of, "superset.feature_flags", of::flag),
        new SupersetConfig.ChartCache(
            of.integer("superset.cache.timeout"),
            byKey(of, "superset.cache.dashboards", of::integer)),
        rows(of),
        of.integer("superset.rate_limit"),
        of.text("superset.log_level"),
        of.integer("superset.event_log_days"),
        of.texts("superset.query_comments"),
        of.has("superset.branding") ? Optional.of(branding(of)) : Optional.empty(),
        of.textsOrNone("superset.embedding.allowed_domains"),
        of.optionalText("superset.email.host")
            .map(
                host ->
                    new SupersetConfig.Email(
                        host, of.integer("superset.email.port"), of.text("superset.email.from"))),
        of.flag("superset.websocket"));
  }

  static SupersetConfig.Rows rows(Settings of) {
    return new SupersetConfig.Rows(
        of.integer("superset.rows.chart"),
        of.integer("superset.rows.sql_lab"),
        of.integer("superset.rows.sql_lab_max"),
        of.integer("superset.rows.samples"));
  }

  private static SupersetConfig.Branding branding(Settings of) {
    return new SupersetConfig.Branding(
        of.optionalText("superset.branding.name"),
        of.optionalText("superset.branding.logo"),
        of.has("superset.branding.theme") ? of.document("superset.branding.theme") : Map.of());
  }

  static SignIn signIn(Settings of) {
    if (of.text("sign_in.kind").equals("database")) {
      return new SignIn(Optional.empty());
    }
    return new SignIn(
        Optional.of(
            new SignIn.Oidc(
                of.text("sign_in.provider"),
                of.text("sign_in.issuer"),
                of.text("sign_in.client_id"),
                of.texts("sign_in.scopes"),
                of.optionalText("sign_in.groups_claim"),
                of.texts("sign_in.attributes"),
                of.sections("sign_in.roles").stream()
                    .map(one -> new SignIn.RoleMapping(one.text("group"), one.texts("roles")))
                    .toList(),
                of.texts("sign_in.default_roles"))));
  }

  static Access access(Settings of) {
    return new Access(
        of.sections("teams").stream().map(SupersetBinder::team).toList(),
        of.sections("row_level_security").stream().map(SupersetBinder::rowFilter).toList());
  }

  private static Access.Team team(Settings of) {
    return new Access.Team(
        of.text("name"), of.text("group"), of.texts("data_sources"), of.texts("schemas"));
  }

  private static Access.RowFilter rowFilter(Settings of) {
    return new Access.RowFilter(
        of.text("name"),
        of.text("data_source"),
        of.text("schema"),
        of.text("table"),
        of.text("clause"),
        of.textsOrNone("roles"));
  }

  static DataSource dataSource(Settings of) {
    DataSourceKind kind = DataSourceKind.of(of.text("kind"));
    return new DataSource(
        of.text("name"),
        of.text("kind"),
        of.optionalText("host").map(host -> address(host, kind, of)),
        of.optionalText("database"),
        of.optionalText("workgroup")
            .map(
                workgroup ->
                    new DataSource.Athena(
                        workgroup,
                        of.text("output"),
                        of.texts("glue_databases"),
                        of.texts("buckets"))),
        of.optionalText("account")
            .map(
                account ->
                    new DataSource.Snowflake(account, of.text("warehouse"), of.text("role"))),
        of.optionalText("uri"));
  }

  private static DataSource.Address address(String host, DataSourceKind kind, Settings of) {
    return new DataSource.Address(
        host,
        of.optionalInteger("port").or(kind::port).orElseThrow(),
        kind.choosesTls() ? Optional.of(of.text("tls").equals("verify")) : Optional.empty(),
        of.optionalText("cidr").map(Cidr::parse),
        of.optionalText("via"));
  }

  /** A section whose keys people name, by key. */
  private static <T> SortedMap<String, T> byKey(
      Settings of, String path, Function<String, T> value) {
    SortedMap<String, T> map = new TreeMap<>();
    of.keys(path).forEach(key -> map.put(key, value.apply(path + "." + key)));
    return map;
  }
}
