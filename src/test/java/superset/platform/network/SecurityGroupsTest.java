package superset.platform.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Cidr;
import superset.platform.config.DataSource;
import superset.platform.config.Names;

class SecurityGroupsTest {

  private static final Map<String, Cidr> NO_PEERS = Map.of();
  private static final Map<String, Cidr> EUROPE = Map.of("eu-west-1", Cidr.parse("10.20.0.0/16"));

  private final AtomicReference<SecurityGroups> built = new AtomicReference<>();

  @Test
  void allowsExactlyTheseConnections() {
    assertThat(rules(groups(true, NO_PEERS, List.of())))
        .containsExactlyInAnyOrder(
            "load-balancer 443 from 0.0.0.0/0",
            "load-balancer 80 from 0.0.0.0/0",
            "load-balancer to web 8088",
            "web 8088 from load-balancer",
            "web to database 5432",
            "web to cache 6379",
            "web to endpoints 443",
            "web to pl-s3 443",
            "web to 0.0.0.0/0 443",
            "worker to database 5432",
            "worker to cache 6379",
            "worker to endpoints 443",
            "worker to pl-s3 443",
            "worker to 0.0.0.0/0 443",
            "database 5432 from web",
            "database 5432 from worker",
            "cache 6379 from web",
            "cache 6379 from worker",
            "endpoints 443 from web",
            "endpoints 443 from worker");
  }

  @Test
  void letsNothingLeaveTheDatabaseTheCacheAndTheEndpoints() {
    assertThat(rules(groups(true, EUROPE, List.of(source("sales", 5439)))))
        .noneMatch(rule -> rule.matches("(database|cache|endpoints) to .*"));
  }

  @Test
  void takesWritesFromTheTasksOfOtherRegionsAndSendsThemThere() {
    List<String> alone = rules(groups(true, NO_PEERS, List.of()));
    List<String> linked = rules(groups(true, EUROPE, List.of()));

    assertThat(added(alone, linked))
        .containsExactlyInAnyOrder(
            "database 5432 from 10.20.4.0/22",
            "web to 10.20.8.0/22 5432",
            "worker to 10.20.8.0/22 5432");
  }

  @Test
  void tasksReachOnlyWhatIsListedWhereEgressIs() {
    List<String> listed =
        rules(
            groups(
                true,
                false,
                NO_PEERS,
                List.of(),
                List.of("192.0.2.0/24", "pl-0a1b2c3d"),
                Optional.empty()));

    assertThat(listed)
        .contains(
            "web to 192.0.2.0/24 443",
            "web to pl-0a1b2c3d 443",
            "worker to 192.0.2.0/24 443",
            "worker to pl-0a1b2c3d 443")
        .noneMatch(rule -> rule.contains("to 0.0.0.0/0"));
  }

  @Test
  void hasNoCacheGroupWithoutRedis() {
    Synthesized groups = groups(false, NO_PEERS, List.of());

    assertThat(built.get().cacheId()).isEmpty();
    assertThat(rules(groups)).noneMatch(rule -> rule.contains("cache") || rule.contains("6379"));
    assertThat(groups.resources("aws_security_group")).hasSize(5);
  }

  @Test
  void opensThePortOfEveryDataSourceOnce() {
    List<String> none = rules(groups(false, NO_PEERS, List.of()));
    List<String> some =
        rules(
            groups(
                false,
                NO_PEERS,
                List.of(
                    source("sales", 5439),
                    source("more-sales", 5439),
                    source("shop", 3306),
                    source("warehouse", 443),
                    behindAnApi("lake"))));

    assertThat(added(none, some))
        .containsExactlyInAnyOrder(
            "web to 0.0.0.0/0 5439",
            "worker to 0.0.0.0/0 5439",
            "web to 0.0.0.0/0 3306",
            "worker to 0.0.0.0/0 3306");
  }

  @Test
  void writesNoRuleIntoAGroupItself() {
    assertThat(groups(true, EUROPE, List.of()).resources("aws_security_group"))
        .noneMatch(group -> group.has("ingress") || group.has("egress"));
  }

  @Test
  void describesEveryRuleInCharactersThatAwsTakes() {
    Synthesized groups = groups(true, EUROPE, List.of(source("sales", 5439)));

    assertThat(ruleResources(groups))
        .isNotEmpty()
        .allMatch(
            rule -> rule.path("description").asText().matches("[a-zA-Z0-9. _:/()#,@+=&;{}!$*-]+"));
  }

  @Test
  void namesEverythingDifferently() {
    assertThat(groups(true, EUROPE, List.of(source("sales", 5439))).names())
        .doesNotHaveDuplicates()
        .isNotEmpty();
  }

  @Test
  void reachesASourceWithABlockThereAndNowhereElse() {
    List<String> none = rules(groups(false, NO_PEERS, List.of()));
    Cidr block = Cidr.parse("192.168.10.0/24");
    List<String> some =
        rules(
            groups(
                false,
                NO_PEERS,
                List.of(
                    source("sales", 5439, Optional.of(block)),
                    source("more-sales", 5439, Optional.of(block)),
                    source("warehouse", 443, Optional.of(block)))));

    assertThat(added(none, some))
        .containsExactlyInAnyOrder("web to 192.168.10.0/24 5439", "worker to 192.168.10.0/24 5439");
  }

  @Test
  void sendsMailFromTheWorkersOnly() {
    List<String> none = rules(groups(true, NO_PEERS, List.of()));
    Synthesized mail = groups(true, false, NO_PEERS, List.of(), Optional.of(587));

    assertThat(added(none, rules(mail))).containsExactly("worker to 0.0.0.0/0 587");
  }

  @Test
  void sharesTheRuleOfASourceAndTheMailServerWithTheSamePort() {
    Synthesized both = groups(true, false, NO_PEERS, List.of(source("odd", 587)), Optional.of(587));

    assertThat(rules(both)).containsOnlyOnce("worker to 0.0.0.0/0 587");
  }

  @Test
  void websocketTasksReachRedisAndAwsOnly() {
    List<String> without = rules(groups(true, EUROPE, List.of(source("sales", 5439))));
    Synthesized with = groups(true, true, EUROPE, List.of(source("sales", 5439)), Optional.empty());

    assertThat(built.get().websocketId()).isPresent();
    assertThat(added(without, rules(with)))
        .containsExactlyInAnyOrder(
            "load-balancer to websocket 8080",
            "websocket 8080 from load-balancer",
            "websocket to cache 6379",
            "cache 6379 from websocket",
            "websocket to endpoints 443",
            "endpoints 443 from websocket",
            "websocket to pl-s3 443");
  }

  private Synthesized groups(boolean cache, Map<String, Cidr> peers, List<DataSource> sources) {
    return groups(cache, false, peers, sources, Optional.empty());
  }

  private Synthesized groups(
      boolean cache,
      boolean websocket,
      Map<String, Cidr> peers,
      List<DataSource> sources,
      Optional<Integer> mailPort) {
    return groups(cache, websocket, peers, sources, List.of(), mailPort);
  }

  private Synthesized groups(
      boolean cache,
      boolean websocket,
      Map<String, Cidr> peers,
      List<DataSource> sources,
      List<String> egress,
      Optional<Integer> mailPort) {
    return Synthesized.of(
        stack ->
            built.set(
                new SecurityGroups(
                    stack,
                    "groups",
                    new SecurityGroups.Props(
                        "vpc-1",
                        "pl-s3",
                        cache,
                        websocket,
                        peers,
                        sources,
                        egress,
                        mailPort,
                        new Names("prod", "123456789012")))));
  }

  private static DataSource source(String name, int port) {
    return source(name, port, Optional.empty());
  }

  private static DataSource source(String name, int port, Optional<Cidr> block) {
    return new DataSource(
        name,
        "postgres",
        Optional.of(
            new DataSource.Address(
                "host.internal", port, Optional.of(true), block, Optional.empty())),
        Optional.of("db"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static DataSource behindAnApi(String name) {
    return new DataSource(
        name,
        "bigquery",
        Optional.empty(),
        Optional.of("project"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static List<String> added(List<String> before, List<String> after) {
    assertThat(after).containsAll(before);
    return after.stream().filter(rule -> !before.contains(rule)).toList();
  }

  private static Stream<JsonNode> ruleResources(Synthesized groups, String direction) {
    return groups.resources("aws_vpc_security_group_" + direction + "_rule").stream();
  }

  private static List<JsonNode> ruleResources(Synthesized groups) {
    return Stream.concat(ruleResources(groups, "ingress"), ruleResources(groups, "egress"))
        .toList();
  }

  /** {@code GROUP PORT from SOURCE} and {@code GROUP to TARGET PORT}. */
  private static List<String> rules(Synthesized groups) {
    return Stream.concat(
            ruleResources(groups, "ingress")
                .map(rule -> owner(rule) + " " + port(rule) + " from " + other(rule)),
            ruleResources(groups, "egress")
                .map(rule -> owner(rule) + " to " + other(rule) + " " + port(rule)))
        .toList();
  }

  private static String owner(JsonNode rule) {
    return group(rule.path("security_group_id").asText());
  }

  private static int port(JsonNode rule) {
    assertThat(rule.path("ip_protocol").asText()).isEqualTo("tcp");
    assertThat(rule.path("to_port")).isEqualTo(rule.path("from_port"));
    return rule.path("from_port").asInt();
  }

  private static String other(JsonNode rule) {
    if (rule.has("cidr_ipv4")) {
      return rule.path("cidr_ipv4").asText();
    }
    return rule.has("prefix_list_id")
        ? rule.path("prefix_list_id").asText()
        : group(rule.path("referenced_security_group_id").asText());
  }

  private static String group(String reference) {
    Matcher matcher =
        Pattern.compile("\\$\\{aws_security_group\\.groups_(.+)_[0-9A-F]{8}\\.id}")
            .matcher(reference);
    assertThat(matcher.matches()).as(reference).isTrue();
    return matcher.group(1);
  }
}
