package superset.platform.config;

import java.util.HashMap;
import java.util.Map;

/** Rules over the databases that Superset queries. */
final class DataSourceRules {

  private DataSourceRules() {}

  static void check(Draft.Region region, Report report) {
    Map<String, Integer> lines = new HashMap<>();
    for (Settings source : region.settings().sections("data_sources")) {
      Rules.guarded(() -> nameIsUnique(source, lines, report));
      Rules.guarded(() -> addressFitsKind(source, report));
    }
  }

  private static void nameIsUnique(Settings source, Map<String, Integer> lines, Report report) {
    String name = source.text("name");
    Integer first = lines.putIfAbsent(name, source.place("name").line());
    if (first != null) {
      report.add(
          source,
          "name",
          name + " is already the name of the data source in line " + first,
          "give each its own: the secret superset/data-sources/NAME is named after it");
    }
  }

  private static void addressFitsKind(Settings source, Report report) {
    String name = source.text("kind");
    DataSourceKind kind = DataSourceKind.of(name);
    if (kind.hasHost() && !source.has("host")) {
      report.add(
          source, "host", "is missing, and " + name + " is reached at a host", "add host: NAME");
    }
    for (String key : new String[] {"host", "port"}) {
      if (!kind.hasHost() && source.has(key)) {
        report.add(
            source, key, name + " is reached through its cloud's API, not at a host", "remove it");
      }
    }
  }
}
