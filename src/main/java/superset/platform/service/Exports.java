package superset.platform.service;

import java.util.List;

/**
 * Where the weekly exports go.
 *
 * @param places the region's own bucket first
 * @param keyAlias alias of the key that each of the buckets is encrypted with
 */
public record Exports(List<Place> places, String keyAlias) {

  /** A bucket and its region. */
  public record Place(String bucket, String region) {}

  public Exports {
    places = List.copyOf(places);
  }
}
