package superset.platform.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Waf;

/** What the rules do with requests is tried in {@code src/test/security/test_waf.py}. */
class WebAclTest {

  private static final Path STRICT = Path.of("src/test/security/strict_acl.json");
  private static final Waf PLAIN = new Waf(false, List.of(), List.of(), 10000, 100, true);

  @Test
  void isTheLoadBalancersAndLetsInWhatNoRuleStops() {
    Synthesized acl = acl(PLAIN);

    assertThat(acl.resource("aws_wafv2_web_acl_association").path("resource_arn").asText())
        .isEqualTo("arn:balancer");
    JsonNode made = acl.resource("aws_wafv2_web_acl");
    assertThat(made.path("scope").asText()).isEqualTo("REGIONAL");
    assertThat(made.path("default_action").toString()).isEqualTo("{\"allow\":{}}");
  }

  @Test
  void healthChecksComeBeforeEverythingAndManagedRulesBeforeWhatReadsTheirLabels() {
    assertThat(names(acl(PLAIN)))
        .containsExactly(
            "health",
            "logins",
            "requests",
            "AmazonIpReputationList",
            "AnonymousIpList",
            "KnownBadInputsRuleSet",
            "CommonRuleSet",
            "SQLiRuleSet",
            "content");
    assertThat(rule(acl(PLAIN), "health").at("/action/allow").isObject()).isTrue();
  }

  @Test
  void hostsAndCountriesAreLimitedWhereTheyAreWritten() {
    Synthesized acl =
        acl(new Waf(false, List.of("a.example.com"), List.of("US"), 10000, 100, true));

    assertThat(names(acl)).startsWith("health", "hosts", "countries", "logins");
    assertThat(
            rule(acl, "hosts")
                .at("/statement/not_statement/statement/0/regex_match_statement/regex_string")
                .asText())
        .isEqualTo("^(a\\.example\\.com)(:443)?$");
  }

  @Test
  void everyRuleThatBlocksOnlyCountsWhereThatIsConfigured() {
    Synthesized blocking = acl(PLAIN);
    Synthesized counting = acl(new Waf(true, List.of(), List.of(), 10000, 100, true));

    for (String name : names(counting).subList(1, names(counting).size())) {
      String action = name.contains("List") || name.contains("Set") ? "override_action" : "action";
      assertThat(rule(counting, name).at("/" + action + "/count").isObject()).as(name).isTrue();
      assertThat(rule(blocking, name).at("/" + action).has("count")).as(name).isFalse();
    }
  }

  @Test
  void whatIsCountedInAManagedGroupIsWhatTheLastRuleBlocks() {
    Synthesized acl = acl(PLAIN);
    List<String> counted = new ArrayList<>();
    for (String group : List.of("CommonRuleSet", "SQLiRuleSet")) {
      rule(acl, group)
          .at("/statement/managed_rule_group_statement/rule_action_override")
          .forEach(one -> counted.add(one.path("name").asText()));
    }
    List<String> labels = new ArrayList<>();
    rule(acl, "content")
        .at("/statement/and_statement/statement/0/or_statement/statement")
        .forEach(one -> labels.add(one.at("/label_match_statement/key").asText()));

    assertThat(labels)
        .hasSize(9)
        .contains("awswaf:managed:aws:core-rule-set:SizeRestrictions_Body")
        .contains("awswaf:managed:aws:sql-database:SQLiExtendedPatterns_QueryArguments")
        .map(label -> label.substring(label.lastIndexOf(':') + 1).toUpperCase())
        .containsExactlyElementsOf(counted.stream().map(String::toUpperCase).toList());
  }

  @Test
  void cloudsAreKeptOutWhereThatIsConfigured() {
    String overrides = "/statement/managed_rule_group_statement/rule_action_override";
    Synthesized strict = acl(new Waf(false, List.of(), List.of(), 10000, 100, false));

    assertThat(rule(acl(PLAIN), "AnonymousIpList").at(overrides + "/0/name").asText())
        .isEqualTo("HostingProviderIPList");
    assertThat(rule(strict, "AnonymousIpList").at(overrides).isMissingNode()).isTrue();
  }

  @Test
  void theLogIsEncryptedKeepsNoSessionAndHoldsWhatWasStoppedOnly() {
    Synthesized acl = acl(PLAIN);
    JsonNode group = acl.resource("aws_cloudwatch_log_group");
    JsonNode logging = acl.resource("aws_wafv2_web_acl_logging_configuration");
    List<String> redacted = new ArrayList<>();
    logging
        .path("redacted_fields")
        .forEach(field -> redacted.add(field.at("/single_header/name").asText()));
    List<String> kept = new ArrayList<>();
    logging
        .at("/logging_filter/filter/0/condition")
        .forEach(one -> kept.add(one.at("/action_condition/action").asText()));

    assertThat(group.path("name").asText()).isEqualTo("aws-waf-logs-superset-production");
    assertThat(group.path("kms_key_id").asText()).isEqualTo("arn:key");
    assertThat(group.path("retention_in_days").asInt()).isEqualTo(30);
    assertThat(redacted).contains("authorization", "cookie", "x-guesttoken");
    assertThat(logging.at("/logging_filter/default_behavior").asText()).isEqualTo("DROP");
    assertThat(kept).containsExactly("BLOCK", "COUNT", "EXCLUDED_AS_COUNT");
  }

  @Test
  void onlyTheAccountsOwnWafWritesTheLog() {
    String policy =
        acl(PLAIN).resource("aws_cloudwatch_log_resource_policy").path("policy_document").asText();

    assertThat(policy)
        .contains("\"aws:SourceAccount\":\"123456789012\"")
        .contains("\"aws:SourceArn\":\"arn:aws:logs:us-east-1:123456789012:*\"");
  }

  /**
   * With every option, for the tests that try requests: {@code -Dreports.accept=true} writes it.
   */
  @Test
  void theStrictestRulesAreThoseThatAreTriedWithRequests() throws Exception {
    Waf strict =
        new Waf(
            true, List.of("analytics.example.com"), List.of("US", "CA", "NO"), 20000, 50, false);
    ObjectNode rules = (ObjectNode) acl(strict).resource("aws_wafv2_web_acl");
    rules.remove("//");
    String written = rules.toPrettyString() + "\n";
    if (Boolean.getBoolean("reports.accept")) {
      Files.writeString(STRICT, written);
    }

    assertThat(STRICT).hasContent(written);
  }

  private static JsonNode rule(Synthesized acl, String name) {
    for (JsonNode rule : acl.resource("aws_wafv2_web_acl").path("rule")) {
      if (rule.path("name").asText().equals(name)) {
        return rule;
      }
    }
    throw new AssertionError("no rule " + name);
  }

  private static List<String> names(Synthesized acl) {
    List<String> names = new ArrayList<>();
    acl.resource("aws_wafv2_web_acl")
        .path("rule")
        .forEach(rule -> names.add(rule.path("name").asText()));
    return names;
  }

  private static Synthesized acl(Waf waf) {
    return Synthesized.of(
        stack ->
            new WebAcl(
                stack,
                "web-acl",
                new WebAcl.Props(
                    waf,
                    "arn:balancer",
                    "arn:key",
                    30,
                    "us-east-1",
                    new Names("prod", "123456789012"))));
  }
}
