package superset.platform.config;

import java.util.ArrayList;
import java.util.List;

/** Rules over Redis. */
final class CacheRules {

  private static final List<String> BURSTABLE = List.of("micro", "small", "medium");
  private static final List<String> GRAVITON =
      List.of("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge");
  private static final List<String> INTEL =
      List.of("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge");

  /** Amazon ElastiCache User Guide, "Supported node types", those of the current generation. */
  private static final List<String> NODE_TYPES = nodeTypes();

  private CacheRules() {}

  static void nodeTypeExists(Draft.Region region, Draft draft, Report report) {
    if (!Draft.hasCache(region)) {
      return;
    }
    String name = region.settings().text("cache.node_type");
    if (!NODE_TYPES.contains(name)) {
      report.add(
          region.settings(),
          "cache.node_type",
          name + " is no node type of ElastiCache",
          Nearest.to(name, NODE_TYPES)
              .map(nearest -> "write " + nearest)
              .orElse("write a type such as cache.t4g.small or cache.r6g.large"));
    }
  }

  static void productionFailsOver(Draft.Region region, Draft draft, Report report) {
    if (draft.name().equals(PlatformRules.PRODUCTION)
        && Draft.hasCache(region)
        && region.settings().integer("cache.nodes") < 2) {
      report.add(
          region.settings(),
          "cache.nodes",
          "with one node production's Redis cannot fail over",
          "write 2 or more");
    }
  }

  private static List<String> nodeTypes() {
    List<String> types = new ArrayList<>();
    add(types, List.of("t4g", "t3"), BURSTABLE);
    add(types, List.of("m7g", "m6g", "r7g", "r6g"), GRAVITON);
    add(types, List.of("m5", "r5"), INTEL);
    return types;
  }

  private static void add(List<String> types, List<String> families, List<String> sizes) {
    for (String family : families) {
      for (String size : sizes) {
        types.add("cache." + family + "." + size);
      }
    }
  }
}
