package superset.platform.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Rules over the databases that Superset queries. */
final class DataSourceRules {

  private static final String TEMPLATE = "DRIVER://{user}@{host}:{port}/{database}";

  /** How a key is written that a kind needs. */
  private static final Map<String, String> SAMPLES =
      Map.of(
          "host", "NAME",
          "port", "NUMBER",
          "database", "NAME",
          "workgroup", "NAME",
          "output", "s3://BUCKET/FOLDER",
          "glue_databases", "[NAME]",
          "buckets", "[NAME]",
          "account", "IDENTIFIER",
          "warehouse", "NAME",
          "uri", TEMPLATE);

  private static final List<String> PLACEHOLDERS =
      List.of("user", "host", "port", "database", "ca");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]*)}");

  private DataSourceRules() {}

  static void check(Draft.Region region, Draft draft, Report report) {
    Map<String, Integer> lines = new HashMap<>();
    Map<String, String> gateways = new HashMap<>();
    for (Settings source : region.settings().sections("data_sources")) {
      Rules.guarded(() -> nameIsUnique(source, lines, report));
      Rules.guarded(() -> keysFitKind(source, report));
      Rules.guarded(() -> tlsCanBeOff(source, report));
      Rules.guarded(() -> blockIsElsewhere(source, draft, report));
      Rules.guarded(() -> gatewayLeadsSomewhere(source, gateways, report));
      Rules.guarded(() -> catalogHoldsTheDatabase(source, report));
      Rules.guarded(() -> templateIsComplete(source, report));
      Rules.guarded(() -> databaseFitsAnAddress(source, report));
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

  private static void keysFitKind(Settings source, Report report) {
    String name = source.text("kind");
    DataSourceKind kind = DataSourceKind.of(name);
    for (String key : kind.required()) {
      Rules.guarded(
          () -> {
            if (!source.has(key)) {
              report.add(
                  source,
                  key,
                  "is missing, and " + name + " needs it",
                  "add " + key + ": " + SAMPLES.getOrDefault(key, "NAME"));
            }
          });
    }
    for (String key : DataSourceKind.keysOfKinds()) {
      Rules.guarded(
          () -> {
            if (source.has(key) && !kind.has(key)) {
              report.add(source, key, name + " has no such key", "remove it");
            }
          });
    }
  }

  private static void tlsCanBeOff(Settings source, Report report) {
    String kind = source.text("kind");
    if (source.text("tls").equals("off") && !DataSourceKind.of(kind).choosesTls()) {
      report.add(
          source,
          "tls",
          kind.equals("custom")
              ? "the TLS of a custom source stands in its uri"
              : kind + " is reached over HTTPS only",
          "remove it");
    }
  }

  /** A route to an address of our own regions would lead them astray. */
  private static void blockIsElsewhere(Settings source, Draft draft, Report report) {
    if (!source.has("cidr")) {
      return;
    }
    Cidr block;
    try {
      block = Cidr.parse(source.text("cidr"));
    } catch (IllegalArgumentException error) {
      report.add(source, "cidr", error.getMessage(), "write a block such as 192.168.10.0/24");
      return;
    }
    for (Draft.Region region : draft.regions()) {
      Rules.guarded(
          () -> {
            Cidr own = NetworkRules.block(region);
            if (block.overlaps(own)) {
              report.add(
                  source,
                  "cidr",
                  block + " overlaps " + own + " of " + region.name(),
                  "write the block of the host, outside of every region's");
            }
          });
    }
  }

  private static void gatewayLeadsSomewhere(
      Settings source, Map<String, String> gateways, Report report) {
    if (!source.has("via")) {
      return;
    }
    String gateway = source.text("via");
    if (!source.has("cidr")) {
      report.add(
          source,
          "cidr",
          "is missing, and via needs it: a route leads to a block",
          "add the block that the host lies in, such as cidr: 192.168.10.0/24");
      return;
    }
    String block = source.text("cidr");
    String first = gateways.putIfAbsent(block, gateway);
    if (first != null && !first.equals(gateway)) {
      report.add(
          source,
          "via",
          block + " is already reached via " + first,
          "write one transit gateway for one block");
    }
  }

  private static void catalogHoldsTheDatabase(Settings source, Report report) {
    if (!source.text("kind").equals("athena")) {
      return;
    }
    String database = source.text("database");
    if (!source.texts("glue_databases").contains(database)) {
      report.add(
          source,
          "glue_databases",
          database + ", the source's database, is not among them",
          "add " + database);
    }
  }

  private static void templateIsComplete(Settings source, Report report) {
    if (!source.text("kind").equals("custom")) {
      return;
    }
    String uri = source.text("uri");
    if (!uri.contains("://{user}@")) {
      report.add(
          source,
          "uri",
          "does not begin with DRIVER://{user}@, where the login of the secret is put",
          "write " + TEMPLATE);
    }
    if (!uri.contains("{host}")) {
      report.add(source, "uri", "{host} is not in it", "write " + TEMPLATE);
    }
    PLACEHOLDER
        .matcher(uri)
        .results()
        .map(found -> found.group(1))
        .filter(name -> !PLACEHOLDERS.contains(name))
        .forEach(
            name ->
                report.add(
                    source,
                    "uri",
                    "{" + name + "} is filled in by nobody",
                    "use {" + String.join("}, {", PLACEHOLDERS) + "}"));
    if (uri.contains("{database}") && !source.has("database")) {
      report.add(source, "database", "is missing, and the uri asks for it", "add database: NAME");
    }
  }

  /** Only Snowflake's has parts, DATABASE/SCHEMA. */
  private static void databaseFitsAnAddress(Settings source, Report report) {
    if (source.has("database")
        && source.text("database").contains("/")
        && !source.text("kind").equals("snowflake")) {
      report.add(
          source,
          "database",
          source.text("database") + " has a slash, which ends a database's name in an address",
          "write the database alone");
    }
  }
}
