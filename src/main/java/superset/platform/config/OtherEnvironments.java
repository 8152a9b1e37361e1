package superset.platform.config;

import java.util.Map;

/**
 * What two environments must not share.
 *
 * @param platform the environment that is loaded
 */
record OtherEnvironments(Settings platform, Report report) {

  /**
   * @param others the other environments' {@code platform.yaml} by name, unchecked
   */
  void check(Map<String, Value.Mapping> others) {
    others.forEach(
        (name, keys) -> {
          differs("account", name, keys, "the CI provider, the trail and the zone are one each");
          differs("domain", name, keys, "one host name leads to one environment");
        });
  }

  private void differs(String key, String name, Value.Mapping other, String reason) {
    Rules.guarded(
        () -> {
          String own = platform.text(key);
          if (other.entries().get(key) instanceof Value.Scalar value && value.text().equals(own)) {
            report.add(
                platform,
                key,
                own + " is also the " + key + " of " + name,
                "give each environment its own: " + reason);
          }
        });
  }
}
