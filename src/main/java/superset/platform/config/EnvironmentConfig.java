package superset.platform.config;

import java.util.List;
import java.util.Optional;

/**
 * Everything that is configured for one environment: one folder under {@code regions/}.
 *
 * @param name name of the folder, such as {@code prod}
 * @param platform what all regions share
 * @param regions the environment's regions, sorted by name; exactly one of them is the writer
 */
public record EnvironmentConfig(String name, PlatformConfig platform, List<RegionConfig> regions) {

  public EnvironmentConfig {
    regions = List.copyOf(regions);
  }

  /** The region that owns the primary database. */
  public RegionConfig writer() {
    return region(platform.writer());
  }

  /**
   * @param name AWS region name
   * @throws IllegalArgumentException if the environment has no such region
   */
  public RegionConfig region(String name) {
    return regions.stream()
        .filter(region -> region.region().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name + " is not a configured region"));
  }

  /** All regions but the one named. */
  public List<RegionConfig> peersOf(String name) {
    return regions.stream().filter(region -> !region.region().equals(name)).toList();
  }

  /**
   * The region that keeps copies of another one's data: the next by name, after the last the first.
   * Absent where there is only one region.
   */
  public Optional<RegionConfig> keeperOf(String name) {
    return regions.stream()
        .filter(region -> region.region().compareTo(name) > 0)
        .findFirst()
        .or(() -> peersOf(name).stream().findFirst());
  }
}
