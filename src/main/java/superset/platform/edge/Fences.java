package superset.platform.edge;

import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRule;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleAction;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleActionFixedResponse;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleCondition;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleConditionHostHeader;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleConditionPathPattern;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.guard.IgnoredChanges;

/**
 * What this region holds against regions: {@code /fence/REGION} answers 404 while REGION may write
 * and 200 while it must not. Terraform makes the fences lowered; superset-promote raises them and
 * superset-admit lowers them, by changing the rule alone.
 *
 * <p>The region's own is raised while it promotes: until then its writes, too, go to the primary
 * that is about to be left. It takes nobody out of DNS.
 */
public final class Fences extends Construct {

  /** Before the application's rules, and as far apart as there are regions. */
  private static final int FIRST_PRIORITY = 20;

  /**
   * @param listenerArn the HTTPS listener
   * @param host {@code REGION.DOMAIN} of the region that fences
   * @param regions every region of the environment
   */
  public record Props(String listenerArn, String host, List<String> regions, Names names) {
    public Props {
      regions = List.copyOf(regions);
    }
  }

  private final Map<String, String> rules = new TreeMap<>();

  public Fences(Construct scope, String id, Props props) {
    super(scope, id);
    props.regions().forEach(region -> rules.put(region, rule(region, props)));
  }

  /** Region to ARN of the rule that fences it. */
  public Map<String, String> ruleArns() {
    return new LinkedHashMap<>(rules);
  }

  /** Path that answers whether a region is fenced. */
  public static String path(String region) {
    return "/fence/" + region;
  }

  private String rule(String region, Props props) {
    return LbListenerRule.Builder.create(this, region)
        .listenerArn(props.listenerArn())
        .priority(FIRST_PRIORITY + Names.number(region))
        .condition(List.of(host(props.host()), pathPattern(path(region))))
        .action(List.of(lowered()))
        .tags(Map.of("Name", props.names().of("fence-" + region)))
        .lifecycle(IgnoredChanges.FENCE.lifecycle())
        .build()
        .getArn();
  }

  private static LbListenerRuleCondition host(String host) {
    return LbListenerRuleCondition.builder()
        .hostHeader(LbListenerRuleConditionHostHeader.builder().values(List.of(host)).build())
        .build();
  }

  private static LbListenerRuleCondition pathPattern(String path) {
    return LbListenerRuleCondition.builder()
        .pathPattern(LbListenerRuleConditionPathPattern.builder().values(List.of(path)).build())
        .build();
  }

  private static LbListenerRuleAction lowered() {
    return LbListenerRuleAction.builder()
        .type("fixed-response")
        .fixedResponse(
            LbListenerRuleActionFixedResponse.builder()
                .contentType("text/plain")
                .messageBody("not fenced")
                .statusCode("404")
                .build())
        .build();
  }
}
