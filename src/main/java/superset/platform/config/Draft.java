package superset.platform.config;

import java.util.List;
import superset.platform.config.Value.Place;

/**
 * An environment as far as its files could be read: what the rules look at.
 *
 * @param name folder under {@code regions/}
 * @param written {@code platform.yaml} as it is written
 * @param platform the same with defaults
 * @param regions one for each region's file, sorted by name, sound or not
 */
record Draft(String name, Settings written, Settings platform, List<Region> regions) {

  /**
   * @param name region that the file is named after
   * @param file the file itself
   * @param own what the file says
   * @param settings the file laid over {@code platform.yaml}, with defaults
   */
  record Region(String name, Place file, Settings own, Settings settings) {}

  /** The writer's region; unknown where {@code writer} names none. */
  Region writer() {
    String writer = platform.text("writer");
    return regions.stream()
        .filter(region -> region.name().equals(writer))
        .findFirst()
        .orElseThrow(Settings.Unknown::new);
  }

  /** Whether the region has Redis. */
  static boolean hasCache(Region region) {
    return region.settings().isSection("cache");
  }

  List<String> regionNames() {
    return regions.stream().map(Region::name).toList();
  }
}
