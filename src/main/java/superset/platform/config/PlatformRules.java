package superset.platform.config;

import java.util.List;

/** Rules over {@code platform.yaml}. */
final class PlatformRules {

  static final String PRODUCTION = "prod";

  private static final int MOST_SUBSCRIBERS = 10;

  private PlatformRules() {}

  /**
   * The name becomes part of bucket names (at most 63 characters) and of stack names, where {@code
   * superset-bootstrap} and {@code superset-global} are production's.
   */
  static void environmentNameFits(Draft draft, Report report) {
    String name = draft.name();
    boolean taken = List.of("production", "bootstrap", "global").contains(name);
    if (taken || !name.matches("[a-z][a-z0-9]{0,9}")) {
      report.add(
          draft.platform().root().place(),
          "",
          "an environment cannot be named " + name,
          taken
              ? "production's folder is prod, others have names of their own"
              : "name the folder with up to 10 lower-case letters and digits, a letter first");
    }
  }

  static void writerIsConfigured(Draft draft, Report report) {
    regionIsConfigured("writer", draft, report);
  }

  static void stateRegionIsConfigured(Draft draft, Report report) {
    regionIsConfigured("state_region", draft, report);
  }

  private static void regionIsConfigured(String key, Draft draft, Report report) {
    String region = draft.platform().text(key);
    List<String> configured = draft.regionNames();
    if (!configured.isEmpty() && !configured.contains(region)) {
      report.add(
          draft.platform(),
          key,
          region + " has no file in this environment",
          "write one of " + String.join(", ", configured) + " or add " + region + ".yaml");
    }
  }

  static void domainLiesInItsZone(Draft draft, Report report) {
    String domain = draft.platform().text("domain");
    String zone = draft.platform().text("hosted_zone.name");
    if (!domain.equals(zone) && !domain.endsWith("." + zone)) {
      report.add(
          draft.platform(),
          "domain",
          domain + " does not lie in the hosted zone " + zone,
          "write a name that ends in ." + zone + " or correct hosted_zone");
    }
  }

  /** AWS Billing User Guide, "Quotas and restrictions": subscribers of a notification. */
  static void budgetReachesEverybody(Draft draft, Report report) {
    int addresses = draft.platform().texts("alerts.email").size();
    if (draft.platform().has("budget") && addresses > MOST_SUBSCRIBERS) {
      report.add(
          draft.platform(),
          "alerts.email",
          addresses + " addresses are more than a budget tells",
          "write at most " + MOST_SUBSCRIBERS + ", or a mailing list");
    }
  }

  static void productionKeepsItsData(Draft draft, Report report) {
    if (draft.name().equals(PRODUCTION) && draft.platform().flag("disposable")) {
      report.add(
          draft.platform(),
          "disposable",
          "production's data must not be lost",
          "write false or remove the key");
    }
  }
}
