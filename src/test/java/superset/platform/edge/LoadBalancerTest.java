package superset.platform.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Timeouts;

class LoadBalancerTest {

  private static final List<String> HOSTS =
      List.of("analytics.example.com", "us-east-1.analytics.example.com");

  @Test
  void facesTheInternetInThePublicSubnets() {
    JsonNode balancer = balancer(List.of("/*"), false).resource("aws_lb");

    assertThat(balancer.path("internal").asBoolean(true)).isFalse();
    assertThat(balancer.path("load_balancer_type").asText()).isEqualTo("application");
    assertThat(Synthesized.texts(balancer.path("subnets"))).containsExactly("subnet-a", "subnet-b");
    assertThat(Synthesized.texts(balancer.path("security_groups"))).containsExactly("sg-1");
  }

  @Test
  void dropsInvalidHeadersLogsAccessAndWaitsLongerThanAQuery() {
    JsonNode balancer = balancer(List.of("/*"), false).resource("aws_lb");

    assertThat(balancer.path("drop_invalid_header_fields").asBoolean()).isTrue();
    assertThat(balancer.path("access_logs").path("enabled").asBoolean()).isTrue();
    assertThat(balancer.path("access_logs").path("bucket").asText()).isEqualTo("logs");
    assertThat(balancer.path("access_logs").path("prefix").asText()).isEqualTo("alb");
    assertThat(balancer.path("idle_timeout").asInt()).isEqualTo(320);
  }

  @Test
  void isProtectedFromDeletionUnlessTheEnvironmentIsDisposable() {
    assertThat(deletionProtection(false)).isTrue();
    assertThat(deletionProtection(true)).isFalse();
  }

  @Test
  void answers404OverModernTlsToAllThatNoRuleTakes() {
    JsonNode https = listener(443);
    JsonNode action = https.path("default_action").path(0);

    assertThat(https.path("protocol").asText()).isEqualTo("HTTPS");
    assertThat(https.path("ssl_policy").asText())
        .isEqualTo("ELBSecurityPolicy-TLS13-1-2-Res-2021-06");
    assertThat(https.path("certificate_arn").asText()).isEqualTo("arn:certificate");
    assertThat(action.path("type").asText()).isEqualTo("fixed-response");
    assertThat(action.path("fixed_response").path("status_code").asText()).isEqualTo("404");
  }

  @Test
  void sendsHttpToHttpsForGood() {
    JsonNode action = listener(80).path("default_action").path(0);

    assertThat(action.path("type").asText()).isEqualTo("redirect");
    assertThat(action.path("redirect").path("protocol").asText()).isEqualTo("HTTPS");
    assertThat(action.path("redirect").path("port").asText()).isEqualTo("443");
    assertThat(action.path("redirect").path("status_code").asText()).isEqualTo("HTTP_301");
  }

  @Test
  void forwardsItsHostsAndPathsToTheWebTasks() {
    Synthesized balancer = balancer(List.of("/*"), false);
    JsonNode rule = balancer.resource("aws_lb_listener_rule");

    assertThat(values(rule, "host_header")).isEqualTo(HOSTS);
    assertThat(values(rule, "path_pattern")).containsExactly("/*");
    assertThat(rule.path("action").path(0).path("type").asText()).isEqualTo("forward");
    assertThat(rule.path("action").path(0).path("target_group_arn").asText())
        .startsWith("${aws_lb_target_group.");
  }

  @Test
  void spreadsPathsOverRulesSoThatNoneHasMoreThanFiveValues() {
    List<String> paths = List.of("/superset/*", "/api/*", "/static/*", "/health");
    List<JsonNode> rules = balancer(paths, false).resources("aws_lb_listener_rule");

    assertThat(rules)
        .hasSize(2)
        .allMatch(
            rule -> values(rule, "host_header").size() + values(rule, "path_pattern").size() <= 5);
    List<String> forwarded = new ArrayList<>();
    rules.forEach(rule -> forwarded.addAll(values(rule, "path_pattern")));
    assertThat(forwarded).isEqualTo(paths);
    assertThat(rules).extracting(rule -> rule.path("priority").asInt()).containsExactly(100, 101);
  }

  @Test
  void sendsWebsocketsToTasksOfTheirOwnBeforeAllElse() {
    Synthesized balancer =
        Synthesized.of(
            stack ->
                new LoadBalancer(
                    stack, "balancer", props(HOSTS, List.of("/health", "/api/*"), true, false)));
    List<JsonNode> rules = balancer.resources("aws_lb_listener_rule");
    JsonNode first =
        rules.stream()
            .min(Comparator.comparingInt(rule -> rule.path("priority").asInt()))
            .orElseThrow();
    JsonNode targets = balancer.resource("aws_lb_target_group", "http-8080");

    assertThat(rules).hasSize(2);
    assertThat(values(first, "path_pattern")).containsExactly("/ws");
    assertThat(values(first, "host_header")).isEqualTo(HOSTS);
    assertThat(first.at("/action/0/target_group_arn").asText()).contains("balancer_websocket_");
    assertThat(targets.path("port").asInt()).isEqualTo(8080);
    assertThat(targets.at("/health_check/path").asText()).isEqualTo("/health");
    assertThat(targets.has("stickiness")).isFalse();
    assertThat(balancer.names()).doesNotHaveDuplicates();
  }

  @Test
  void hasNoWebsocketRuleUnlessItIsWanted() {
    assertThat(balancer(List.of("/*"), false).root().toString()).doesNotContain("/ws", "8080");
  }

  @Test
  void refusesMoreHostsThanARuleHolds() {
    assertThatThrownBy(
            () -> props(List.of("a.example", "b.example", "c.example", "d.example", "e.example")))
        .hasMessage("one to four hosts and at least one path are needed");
  }

  @Test
  void checksTheHealthOfTasksAndDrainsThemForAsLongAsConfigured() {
    JsonNode targets = targets();
    JsonNode check = targets.path("health_check");

    assertThat(targets.path("target_type").asText()).isEqualTo("ip");
    assertThat(targets.path("protocol").asText()).isEqualTo("HTTP");
    assertThat(targets.path("port").asInt()).isEqualTo(8088);
    assertThat(targets.path("deregistration_delay").asText()).isEqualTo("30");
    assertThat(check.path("path").asText()).isEqualTo("/health");
    assertThat(check.path("matcher").asText()).isEqualTo("200");
    assertThat(check.path("interval").asInt()).isEqualTo(30);
    assertThat(check.path("timeout").asInt()).isEqualTo(5);
    assertThat(check.path("healthy_threshold").asInt()).isEqualTo(2);
    assertThat(check.path("unhealthy_threshold").asInt()).isEqualTo(3);
  }

  @Test
  void keepsAUserOnATaskForAnHour() {
    JsonNode stickiness = targets().path("stickiness");

    assertThat(stickiness.path("enabled").asBoolean()).isTrue();
    assertThat(stickiness.path("type").asText()).isEqualTo("lb_cookie");
    assertThat(stickiness.path("cookie_duration").asInt()).isEqualTo(3600);
  }

  @Test
  void canReplaceTheTargetGroupUnderAnotherName() {
    JsonNode targets = targets();

    assertThat(targets.path("lifecycle").path("create_before_destroy").asBoolean()).isTrue();
    assertThat(targets.path("name").asText())
        .endsWith("-http-" + targets.path("port").asInt())
        .hasSizeLessThanOrEqualTo(32);
  }

  @Test
  void namesEverythingDifferently() {
    assertThat(balancer(List.of("/a", "/b", "/c", "/d"), false).names())
        .doesNotHaveDuplicates()
        .isNotEmpty();
  }

  private static JsonNode targets() {
    return balancer(List.of("/*"), false).resource("aws_lb_target_group");
  }

  private static JsonNode listener(int port) {
    return balancer(List.of("/*"), false).resources("aws_lb_listener").stream()
        .filter(listener -> listener.path("port").asInt() == port)
        .findFirst()
        .orElseThrow();
  }

  private static boolean deletionProtection(boolean disposable) {
    return balancer(List.of("/*"), disposable)
        .resource("aws_lb")
        .path("enable_deletion_protection")
        .asBoolean(disposable);
  }

  private static Synthesized balancer(List<String> paths, boolean disposable) {
    return Synthesized.of(
        stack -> new LoadBalancer(stack, "balancer", props(HOSTS, paths, disposable)));
  }

  private static LoadBalancer.Props props(List<String> hosts) {
    return props(hosts, List.of("/*"), false);
  }

  private static LoadBalancer.Props props(
      List<String> hosts, List<String> paths, boolean disposable) {
    return props(hosts, paths, false, disposable);
  }

  private static LoadBalancer.Props props(
      List<String> hosts, List<String> paths, boolean websocket, boolean disposable) {
    return new LoadBalancer.Props(
        hosts,
        "vpc-1",
        List.of("subnet-a", "subnet-b"),
        "sg-1",
        "arn:certificate",
        "logs",
        "alb",
        paths,
        websocket,
        new Timeouts(300, 300, 310, 320, 330, 30, 120),
        disposable,
        new Names("prod", "123456789012"));
  }

  private static List<String> values(JsonNode rule, String condition) {
    for (JsonNode one : rule.path("condition")) {
      if (one.has(condition)) {
        return Synthesized.texts(one.path(condition).path("values"));
      }
    }
    throw new AssertionError("no " + condition + " in " + rule);
  }
}
