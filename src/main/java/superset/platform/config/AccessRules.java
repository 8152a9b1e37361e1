package superset.platform.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Rules over who signs in and who sees what. */
final class AccessRules {

  private static final List<String> NEEDED = List.of("provider", "issuer", "client_id");

  private AccessRules() {}

  static void signInIsComplete(Draft draft, Report report) {
    Settings of = draft.platform();
    if (!of.text("sign_in.kind").equals("oidc")) {
      return;
    }
    for (String key : NEEDED) {
      Rules.guarded(
          () -> {
            if (!of.has("sign_in." + key)) {
              report.add(
                  of,
                  "sign_in." + key,
                  "is missing, and kind oidc needs it",
                  "add " + key + ", or write kind: database");
            }
          });
    }
    Rules.guarded(
        () -> {
          if (!of.texts("sign_in.scopes").contains("openid")) {
            report.add(
                of,
                "sign_in.scopes",
                "openid is not among them, and without it a provider names no user",
                "add openid");
          }
        });
  }

  /** Looks at what is written: the defaults of oidc's keys stand for every kind. */
  static void databaseNeedsNoProvider(Draft draft, Report report) {
    if (!draft.platform().text("sign_in.kind").equals("database")) {
      return;
    }
    Settings of = draft.written();
    for (String key : of.has("sign_in") ? of.keys("sign_in") : Set.<String>of()) {
      if (!key.equals("kind")) {
        report.add(
            of,
            "sign_in." + key,
            "belongs to kind oidc, and kind is database",
            "remove it, or write kind: oidc");
      }
    }
  }

  static void teamsHaveNamesOfTheirOwn(Draft draft, Report report) {
    namesAreUnique("teams", "team", draft, report);
  }

  static void rowFiltersHaveNamesOfTheirOwn(Draft draft, Report report) {
    namesAreUnique("row_level_security", "rule", draft, report);
  }

  private static void namesAreUnique(String list, String what, Draft draft, Report report) {
    Map<String, Integer> lines = new HashMap<>();
    for (Settings one : draft.platform().sections(list)) {
      Rules.guarded(
          () -> {
            String name = one.text("name");
            Integer first = lines.putIfAbsent(name, one.place("name").line());
            if (first != null) {
              report.add(
                  one,
                  "name",
                  name + " is already the name of the " + what + " in line " + first,
                  "give each its own");
            }
          });
    }
  }

  static void teamsNameSourcesThatExist(Draft draft, Report report) {
    Set<String> sources = sources(draft);
    for (Settings team : draft.platform().sections("teams")) {
      Rules.guarded(
          () ->
              team.texts("data_sources")
                  .forEach(source -> exists(source, "data_sources", sources, team, report)));
      Rules.guarded(
          () ->
              team.texts("schemas")
                  .forEach(
                      schema ->
                          exists(
                              schema.replaceFirst("\\..*", ""), "schemas", sources, team, report)));
    }
  }

  static void rowFiltersNameSourcesThatExist(Draft draft, Report report) {
    Set<String> sources = sources(draft);
    for (Settings rule : draft.platform().sections("row_level_security")) {
      Rules.guarded(() -> exists(rule.text("data_source"), "data_source", sources, rule, report));
    }
  }

  private static void exists(
      String source, String key, Set<String> sources, Settings at, Report report) {
    if (!sources.contains(source)) {
      report.add(
          at,
          key,
          source + " is no data source of any region",
          Nearest.to(source, sources)
              .map(nearest -> "write " + nearest)
              .orElse(
                  sources.isEmpty()
                      ? "add it to data_sources of a region"
                      : "write one of " + String.join(", ", sources)));
    }
  }

  private static Set<String> sources(Draft draft) {
    Set<String> names = new TreeSet<>();
    for (Draft.Region region : draft.regions()) {
      region.settings().sections("data_sources").forEach(source -> names.add(source.text("name")));
    }
    return names;
  }
}
