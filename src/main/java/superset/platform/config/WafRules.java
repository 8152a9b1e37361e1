package superset.platform.config;

import java.util.List;

/** Rules over AWS WAF. */
final class WafRules {

  private WafRules() {}

  /** The higher of two rates of one address is never reached by logins alone. */
  static void loginsAreFewer(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    if (!of.has("waf.mode")) {
      return;
    }
    int logins = of.integer("waf.logins");
    int requests = of.integer("waf.requests");
    if (logins >= requests) {
      report.add(
          of,
          "waf.logins",
          logins + " is not below requests, " + requests + ", among which logins are",
          "write at most " + (requests - 1) + " or raise requests");
    }
  }

  static void hostsAreTheRegions(Draft.Region region, Draft draft, Report report) {
    if (!region.settings().has("waf.hosts")) {
      return;
    }
    String domain = draft.platform().text("domain");
    List<String> answered = List.of(domain, region.name() + "." + domain);
    for (String host : region.settings().texts("waf.hosts")) {
      if (!answered.contains(host)) {
        report.add(
            region.settings(),
            "waf.hosts",
            host + " is no name of the region's load balancer",
            "write " + String.join(" or ", answered));
      }
    }
  }
}
