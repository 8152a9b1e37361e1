package superset.platform.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig;

final class CacheTest {

  private static Synthesized cache(int nodes) {
    return Synthesized.of(
        stack ->
            new Cache(
                stack,
                "cache",
                new Cache.Props(
                    new RegionConfig.Cache("cache.r6g.large", nodes, "7.0", 3),
                    List.of("subnet-1", "subnet-2"),
                    "sg-1",
                    "arn:aws:kms:us-east-1:123456789012:key/cache",
                    new Names("prod", "123456789012"))));
  }

  private static JsonNode group(int nodes) {
    return cache(nodes).resource("aws_elasticache_replication_group");
  }

  @Test
  void twoNodesFailOverBetweenZones() {
    JsonNode group = group(2);

    assertThat(group.path("replication_group_id").asText()).isEqualTo("superset-production");
    assertThat(group.path("num_cache_clusters").asInt()).isEqualTo(2);
    assertThat(group.path("automatic_failover_enabled").asBoolean()).isTrue();
    assertThat(group.path("multi_az_enabled").asBoolean()).isTrue();
  }

  @Test
  void oneNodeHasNothingToFailOverTo() {
    assertThat(group(1).path("automatic_failover_enabled").asBoolean()).isFalse();
    assertThat(group(1).path("multi_az_enabled").asBoolean()).isFalse();
  }

  @Test
  void dataIsEncryptedAtRestAndInTransit() {
    JsonNode group = group(2);

    assertThat(group.path("at_rest_encryption_enabled").asBoolean()).isTrue();
    assertThat(group.path("kms_key_id").asText()).endsWith("key/cache");
    assertThat(group.path("transit_encryption_enabled").asBoolean()).isTrue();
  }

  @Test
  void theOnlyUserThatMayLogInHasNoPassword() {
    List<JsonNode> users = cache(2).resources("aws_elasticache_user");

    assertThat(users).hasSize(2).noneMatch(user -> user.has("passwords"));
    JsonNode superset = named(users, "superset-production");
    assertThat(superset.path("user_id").asText()).isEqualTo(superset.path("user_name").asText());
    assertThat(superset.at("/authentication_mode/type").asText()).isEqualTo("iam");
    assertThat(superset.path("access_string").asText())
        .startsWith("on ~superset* resetchannels &superset*");
    assertThat(named(users, "default").path("access_string").asText()).startsWith("off");
  }

  private static JsonNode named(List<JsonNode> users, String name) {
    return users.stream()
        .filter(user -> user.path("user_name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void onlyEntriesWithALifetimeAreEvicted() {
    JsonNode parameter = cache(2).resource("aws_elasticache_parameter_group").at("/parameter/0");

    assertThat(parameter.path("name").asText()).isEqualTo("maxmemory-policy");
    assertThat(parameter.path("value").asText()).isEqualTo("volatile-lru");
  }
}
