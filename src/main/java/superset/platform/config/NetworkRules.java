package superset.platform.config;

import java.util.List;
import java.util.regex.Pattern;

/** Rules over a region's name, zones, addresses, certificate and paths. */
final class NetworkRules {

  private static final List<Cidr> PRIVATE =
      List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("172.16.0.0/12"), Cidr.parse("192.168.0.0/16"));

  /** The largest VPC that AWS makes (Amazon VPC User Guide, "VPC CIDR blocks"). */
  private static final int SHORTEST_PREFIX = 16;

  /** Three tiers with room for four /24 subnets each. */
  private static final int LONGEST_PREFIX = 20;

  private NetworkRules() {}

  static void regionExists(Draft.Region region, Draft draft, Report report) {
    if (!AwsRegions.NAMES.contains(region.name())) {
      report.add(
          region.file(),
          "",
          "the file's name, " + region.name() + ", is no AWS region",
          Nearest.to(region.name(), AwsRegions.NAMES)
              .map(nearest -> "rename it to " + nearest + ".yaml")
              .orElse("name it REGION.yaml, such as us-east-1.yaml"));
    }
  }

  static void fileNamesItsRegion(Draft.Region region, Draft draft, Report report) {
    Settings own = region.own();
    if (own.has("region") && !own.text("region").equals(region.name())) {
      report.add(
          own,
          "region",
          own.text("region") + " is not the region that the file is named after",
          "write " + region.name() + ", remove the key, or rename the file");
    }
  }

  static void zonesAreTheRegions(Draft.Region region, Draft draft, Report report) {
    Pattern zone = Pattern.compile(Pattern.quote(region.name()) + "[a-z]");
    for (String name : region.settings().texts("zones")) {
      if (!zone.matcher(name).matches()) {
        report.add(
            region.settings(),
            "zones",
            name + " is no availability zone of " + region.name(),
            "write zones such as " + region.name() + "a, " + region.name() + "b");
      }
    }
  }

  static void blockIsUsable(Draft.Region region, Draft draft, Report report) {
    Settings settings = region.settings();
    Cidr block;
    try {
      block = Cidr.parse(settings.text("cidr"));
    } catch (IllegalArgumentException error) {
      report.add(settings, "cidr", error.getMessage(), "write a block such as 10.10.0.0/16");
      return;
    }
    if (PRIVATE.stream().noneMatch(range -> range.contains(block))) {
      report.add(
          settings,
          "cidr",
          block + " is not private",
          "choose a block within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");
    }
    if (block.prefix() < SHORTEST_PREFIX) {
      report.add(settings, "cidr", block + " is larger than a VPC can be", "choose a /16 to /20");
    } else if (block.prefix() > LONGEST_PREFIX) {
      report.add(
          settings,
          "cidr",
          block + " is too small for three tiers of four /24 subnets",
          "choose a /16 to /20");
    }
  }

  static void blocksDoNotOverlap(Draft draft, Report report) {
    List<Draft.Region> regions = draft.regions();
    for (int second = 1; second < regions.size(); second++) {
      for (int first = 0; first < second; first++) {
        Draft.Region one = regions.get(first);
        Draft.Region other = regions.get(second);
        Rules.guarded(() -> blocksDoNotOverlap(one, other, report));
      }
    }
  }

  private static void blocksDoNotOverlap(Draft.Region one, Draft.Region other, Report report) {
    Cidr block = block(other);
    if (block.overlaps(block(one))) {
      report.add(
          other.settings(),
          "cidr",
          block + " overlaps " + block(one) + " of " + one.name(),
          "give every region a block of its own: linked regions route to each other");
    }
  }

  /** The region's block; unknown where it is none. */
  static Cidr block(Draft.Region region) {
    try {
      return Cidr.parse(region.settings().text("cidr"));
    } catch (IllegalArgumentException reported) {
      throw new Settings.Unknown();
    }
  }

  static void certificateIsTheRegions(Draft.Region region, Draft draft, Report report) {
    Settings settings = region.settings();
    if (!settings.has("certificate_arn")) {
      return;
    }
    String[] parts = settings.text("certificate_arn").split(":");
    if (!parts[3].equals(region.name())) {
      report.add(
          settings,
          "certificate_arn",
          "the certificate is in " + parts[3],
          "a load balancer takes only certificates of its own region, " + region.name());
    }
    String account = draft.platform().text("account");
    if (!parts[4].equals(account)) {
      report.add(
          settings,
          "certificate_arn",
          "the certificate is in account " + parts[4],
          "name one of account " + account);
    }
  }

  static void certificateIsGivenWhereDnsIsElsewhere(
      Draft.Region region, Draft draft, Report report) {
    if (draft.platform().text("hosted_zone.mode").equals("external")
        && !region.settings().has("certificate_arn")) {
      report.add(
          region.file(),
          "certificate_arn",
          "is missing, and with an external hosted zone no certificate can be validated here",
          "add the ARN of a certificate for DOMAIN and *.DOMAIN in " + region.name());
    }
  }

  /** The load balancer's and Route 53's health checks ask for it. */
  static void healthPathIsForwarded(Draft.Region region, Draft draft, Report report) {
    List<String> paths = region.settings().texts("edge.paths");
    if (paths.stream().noneMatch(NetworkRules::matchesHealth)) {
      report.add(
          region.settings(),
          "edge.paths",
          "/health is not among the paths, so no region would ever be healthy",
          "add /health");
    }
  }

  private static boolean matchesHealth(String pattern) {
    StringBuilder expression = new StringBuilder();
    for (char character : pattern.toCharArray()) {
      expression.append(
          switch (character) {
            case '*' -> ".*";
            case '?' -> ".";
            default -> Pattern.quote(String.valueOf(character));
          });
    }
    return Pattern.matches(expression.toString(), "/health");
  }

  static void egressNamesBlocks(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    for (String end : of.textsOrNone("network.egress")) {
      if (!end.startsWith("pl-")) {
        try {
          Cidr.parse(end);
        } catch (IllegalArgumentException error) {
          report.add(of, "network.egress", error.getMessage(), "write its first address, and /n");
        }
      }
    }
  }
}
