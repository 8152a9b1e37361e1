package superset.platform.edge;

import static superset.platform.aws.Json.object;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import superset.platform.config.RegionConfig.Waf;

/**
 * The rules of the web ACL, first to last, as Terraform's {@code rule} blocks. What AWS's managed
 * groups find in bodies and query strings is only counted there, and blocked by the last rule
 * unless the path is one where Superset itself sends SQL, markup and large documents. Everything
 * under those paths asks for a session.
 */
final class WebAclRules {

  /** A rule's expression is at most 512 characters (AWS WAF quotas). */
  private static final int LONGEST_EXPRESSION = 512;

  /**
   * Where Superset saves or queries: what people write there is SQL, CSS, HTML and JSON of any
   * size. The names are those of Superset's own routes.
   */
  private static final String SAVES_AND_QUERIES =
      "^/("
          + "api/v1/(annotation_layer|assets|chart|css_template|dashboard|database|dataset"
          + "|datasource|explore|query|report|rowlevelsecurity|saved_query|security/guest_token"
          + "|sqllab|theme)"
          + "|datasource/(save|samples)|explore|sqllab|superset/(explore_json|log)|tabstateview"
          + ")(/|$)";

  /** Where passwords are tried. */
  private static final String LOGINS = "^/(login|api/v1/security/login)(/|$)";

  /** Rules of the core rule set that are counted, with the labels that they give. */
  private static final Map<String, String> CORE =
      labels(
          "core-rule-set",
          "SizeRestrictions_BODY",
          "SizeRestrictions_QUERYSTRING",
          "CrossSiteScripting_BODY",
          "GenericLFI_BODY",
          "GenericRFI_BODY");

  private static final Map<String, String> SQL =
      labels(
          "sql-database",
          "SQLi_BODY",
          "SQLi_QUERYARGUMENTS",
          "SQLiExtendedPatterns_BODY",
          "SQLiExtendedPatterns_QUERYARGUMENTS");

  private final Waf waf;
  private final List<Map<String, Object>> rules = new ArrayList<>();

  WebAclRules(Waf waf) {
    this.waf = waf;
    add("health", "action", object("allow", object()), unbounded());
    if (!waf.hosts().isEmpty()) {
      block("hosts", not(matches(header("host"), either(waf.hosts()), "LOWERCASE")));
    }
    if (!waf.countries().isEmpty()) {
      block("countries", not(object("geo_match_statement", countries(waf.countries()))));
    }
    block("logins", rate(waf.logins(), object("scope_down_statement", logins())), 429);
    block("requests", rate(waf.requests(), object()), 429);
    managed("AmazonIpReputationList", List.of());
    managed(
        "AnonymousIpList", waf.hostingProviders() ? List.of("HostingProviderIPList") : List.of());
    managed("KnownBadInputsRuleSet", List.of());
    managed("CommonRuleSet", CORE.keySet());
    managed("SQLiRuleSet", SQL.keySet());
    block("content", all(any(labelled()), not(matches(path(), SAVES_AND_QUERIES, "NONE"))));
  }

  /** Terraform's blocks, in the order in which WAF tries them. */
  List<Map<String, Object>> rules() {
    return List.copyOf(rules);
  }

  /** What WAF publishes and samples of a rule or a whole ACL. */
  static Map<String, Object> metrics(String name) {
    return object(
        "cloudwatch_metrics_enabled",
        true,
        "metric_name",
        name,
        // Samples show whole requests, cookies too, to whoever may read them.
        "sampled_requests_enabled",
        false);
  }

  /** Route 53 asks from several countries and from Amazon's own addresses, and often. */
  private static Map<String, Object> unbounded() {
    return any(
        List.of(bytes("EXACTLY", LoadBalancer.HEALTH), bytes("STARTS_WITH", Fences.path(""))));
  }

  private Map<String, Object> logins() {
    return matches(path(), LOGINS, "URL_DECODE");
  }

  private void managed(String group, Iterable<String> counted) {
    List<Object> overrides = new ArrayList<>();
    counted.forEach(
        rule -> overrides.add(object("name", rule, "action_to_use", object("count", object()))));
    Map<String, Object> statement = object("vendor_name", "AWS", "name", "AWSManagedRules" + group);
    if (!overrides.isEmpty()) {
      statement.put("rule_action_override", overrides);
    }
    add(
        group,
        "override_action",
        object(waf.counts() ? "count" : "none", object()),
        object("managed_rule_group_statement", statement));
  }

  private void block(String name, Map<String, Object> statement) {
    block(name, statement, 403);
  }

  private void block(String name, Map<String, Object> statement, int status) {
    Map<String, Object> block =
        object("block", object("custom_response", object("response_code", status)));
    add(name, "action", waf.counts() ? object("count", object()) : block, statement);
  }

  private void add(String name, String kind, Object action, Map<String, Object> statement) {
    rules.add(
        object(
            "name",
            name,
            "priority",
            rules.size(),
            kind,
            action,
            "statement",
            statement,
            "visibility_config",
            metrics(name)));
  }

  private static List<Map<String, Object>> labelled() {
    List<Map<String, Object>> found = new ArrayList<>();
    for (Map<String, String> labels : List.of(CORE, SQL)) {
      labels
          .values()
          .forEach(
              key ->
                  found.add(object("label_match_statement", object("scope", "LABEL", "key", key))));
    }
    return found;
  }

  /** The label of {@code NAME_QUERYARGUMENTS} is {@code NAME_QueryArguments}, and so on. */
  private static Map<String, String> labels(String group, String... rules) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (String rule : rules) {
      String label =
          rule.replace("_BODY", "_Body")
              .replace("_QUERYSTRING", "_QueryString")
              .replace("_QUERYARGUMENTS", "_QueryArguments");
      labels.put(rule, "awswaf:managed:aws:" + group + ":" + label);
    }
    return labels;
  }

  private static Map<String, Object> countries(List<String> codes) {
    return object("country_codes", codes);
  }

  /** Per client address and five minutes. */
  private static Map<String, Object> rate(int limit, Map<String, Object> further) {
    Map<String, Object> rate =
        object("limit", limit, "aggregate_key_type", "IP", "evaluation_window_sec", 300);
    rate.putAll(further);
    return object("rate_based_statement", rate);
  }

  private static Map<String, Object> all(Object... statements) {
    return object("and_statement", object("statement", List.of(statements)));
  }

  private static Map<String, Object> any(List<Map<String, Object>> statements) {
    return object("or_statement", object("statement", statements));
  }

  private static Map<String, Object> not(Map<String, Object> statement) {
    return object("not_statement", object("statement", List.of(statement)));
  }

  private static Map<String, Object> matches(
      Map<String, Object> field, String expression, String transformation) {
    if (expression.length() > LONGEST_EXPRESSION) {
      throw new IllegalArgumentException("too long for a rule: " + expression);
    }
    return object(
        "regex_match_statement",
        object(
            "regex_string",
            expression,
            "field_to_match",
            field,
            "text_transformation",
            List.of(object("priority", 0, "type", transformation))));
  }

  private static Map<String, Object> bytes(String position, String path) {
    return object(
        "byte_match_statement",
        object(
            "positional_constraint",
            position,
            "search_string",
            path,
            "field_to_match",
            path(),
            "text_transformation",
            List.of(object("priority", 0, "type", "NONE"))));
  }

  private static Map<String, Object> path() {
    return object("uri_path", object());
  }

  private static Map<String, Object> header(String name) {
    return object("single_header", object("name", name));
  }

  /** A browser names no port with 443. */
  private static String either(List<String> hosts) {
    return hosts.stream()
        .map(host -> host.replace(".", "\\."))
        .collect(Collectors.joining("|", "^(", ")(:443)?$"));
  }
}
