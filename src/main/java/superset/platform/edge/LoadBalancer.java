package superset.platform.edge;

import com.hashicorp.cdktf.TerraformResourceLifecycle;
import com.hashicorp.cdktf.providers.aws.lb.Lb;
import com.hashicorp.cdktf.providers.aws.lb.LbAccessLogs;
import com.hashicorp.cdktf.providers.aws.lb_listener.LbListener;
import com.hashicorp.cdktf.providers.aws.lb_listener.LbListenerDefaultAction;
import com.hashicorp.cdktf.providers.aws.lb_listener.LbListenerDefaultActionFixedResponse;
import com.hashicorp.cdktf.providers.aws.lb_listener.LbListenerDefaultActionRedirect;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRule;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleAction;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleCondition;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleConditionHostHeader;
import com.hashicorp.cdktf.providers.aws.lb_listener_rule.LbListenerRuleConditionPathPattern;
import com.hashicorp.cdktf.providers.aws.lb_target_group.LbTargetGroup;
import com.hashicorp.cdktf.providers.aws.lb_target_group.LbTargetGroupHealthCheck;
import com.hashicorp.cdktf.providers.aws.lb_target_group.LbTargetGroupStickiness;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.NewerArguments;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Timeouts;

/**
 * The internet-facing load balancer: HTTPS for the platform's host names and paths goes to the web
 * tasks, where configured {@code /ws} to the websocket tasks, HTTP is sent to HTTPS, all else
 * answers 404.
 */
public final class LoadBalancer extends Construct {

  static final String HEALTH = "/health";
  private static final int WEB_PORT = 8088;
  private static final int WEBSOCKET_PORT = 8080;
  private static final String WEBSOCKET_PATH = "/ws";

  /** TLS 1.3 and 1.2 with forward secrecy and authenticated ciphers only. */
  private static final String TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

  /** A rule's conditions hold five values at most (Quotas for your Application Load Balancers). */
  private static final int VALUES_PER_RULE = 5;

  /** Lower numbers are left to rules that must come before the application's. */
  private static final int FIRST_PRIORITY = 100;

  private static final int WEBSOCKET_PRIORITY = 10;

  /**
   * How long a browser may use one connection, seconds. Who keeps one asks for no name: after a
   * region has left DNS its users stay with it for so long.
   */
  private static final int KEEP_ALIVE_SECONDS = 120;

  /**
   * @param hosts host names that Superset answers at: the domain and the region's own
   * @param subnetIds public subnets, one per zone
   * @param securityGroupId group that admits the internet
   * @param certificateArn certificate of all hosts
   * @param accessLogBucket name of the bucket that access logs are delivered to; AWS accepts only
   *     SSE-S3 there
   * @param accessLogPrefix folder of the bucket, without slashes at its ends
   * @param paths path patterns that are forwarded, {@code /health} among what they match; the rest
   *     answers 404
   * @param websocket whether {@code /ws} goes to tasks of its own
   * @param disposable whether the load balancer may be deleted
   */
  public record Props(
      List<String> hosts,
      String vpcId,
      List<String> subnetIds,
      String securityGroupId,
      String certificateArn,
      String accessLogBucket,
      String accessLogPrefix,
      List<String> paths,
      boolean websocket,
      Timeouts timeouts,
      boolean disposable,
      Names names) {
    public Props {
      hosts = List.copyOf(hosts);
      subnetIds = List.copyOf(subnetIds);
      paths = List.copyOf(paths);
      if (hosts.isEmpty() || hosts.size() >= VALUES_PER_RULE || paths.isEmpty()) {
        throw new IllegalArgumentException("one to four hosts and at least one path are needed");
      }
    }
  }

  private final Props props;
  private final Lb balancer;
  private final LbTargetGroup web;
  private final Optional<LbTargetGroup> websocket;
  private final LbListener https;
  private final List<LbListenerRule> rules;

  public LoadBalancer(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.balancer = balancer();
    this.web = webTargets();
    this.websocket =
        props.websocket()
            ? Optional.of(targets("websocket", WEBSOCKET_PORT).build())
            : Optional.empty();
    this.https = httpsListener();
    redirectHttp();
    this.rules = rules(props.paths());
  }

  public String arn() {
    return balancer.getArn();
  }

  /** The part of the ARN that metrics name the load balancer by. */
  public String arnSuffix() {
    return balancer.getArnSuffix();
  }

  public String dnsName() {
    return balancer.getDnsName();
  }

  /** Hosted zone of the load balancer's own name, for alias records. */
  public String zoneId() {
    return balancer.getZoneId();
  }

  /** Target group of the web tasks; ECS accepts it once a listener's rule forwards to it. */
  public String targetGroupArn() {
    return web.getArn();
  }

  /** Target group of the websocket tasks; absent where there are none. */
  public Optional<String> websocketTargetGroupArn() {
    return websocket.map(LbTargetGroup::getArn);
  }

  /** The part of the ARN that metrics name the target group by. */
  public String targetGroupArnSuffix() {
    return web.getArnSuffix();
  }

  /** What connects the target groups to the load balancer: ECS services must come after them. */
  public List<LbListenerRule> rules() {
    return rules;
  }

  /** The HTTPS listener. */
  public String listenerArn() {
    return https.getArn();
  }

  private Lb balancer() {
    Lb balancer =
        Lb.Builder.create(this, "balancer")
            .name(props.names().platform())
            .loadBalancerType("application")
            .internal(false)
            .subnets(props.subnetIds())
            .securityGroups(List.of(props.securityGroupId()))
            .idleTimeout(props.timeouts().idle())
            .dropInvalidHeaderFields(true)
            .desyncMitigationMode("defensive")
            // The client's address becomes the last entry, the one that ENABLE_PROXY_FIX trusts.
            .xffHeaderProcessingMode("append")
            .enableDeletionProtection(!props.disposable())
            .accessLogs(
                LbAccessLogs.builder()
                    .bucket(props.accessLogBucket())
                    .prefix(props.accessLogPrefix())
                    .enabled(true)
                    .build())
            .tags(name("alb"))
            .build();
    NewerArguments.clientKeepAlive(balancer, KEEP_ALIVE_SECONDS);
    return balancer;
  }

  private LbTargetGroup webTargets() {
    return targets("web", WEB_PORT)
        .stickiness(
            LbTargetGroupStickiness.builder()
                .enabled(true)
                .type("lb_cookie")
                .cookieDuration(3600)
                .build())
        .build();
  }

  /**
   * Its name carries protocol and port: changing either replaces the group, and the new one must
   * exist, under another name, before the listener's rules let the old one go.
   */
  private LbTargetGroup.Builder targets(String id, int port) {
    String name = props.names().of("http-" + port);
    return LbTargetGroup.Builder.create(this, id)
        .name(name)
        .vpcId(props.vpcId())
        .targetType("ip")
        .protocol("HTTP")
        .port(port)
        .deregistrationDelay(String.valueOf(props.timeouts().deregistration()))
        .healthCheck(
            LbTargetGroupHealthCheck.builder()
                .path(HEALTH)
                .protocol("HTTP")
                .port("traffic-port")
                .matcher("200")
                .interval(30)
                .timeout(5)
                .healthyThreshold(2)
                .unhealthyThreshold(3)
                .build())
        .tags(Map.of("Name", name))
        .lifecycle(TerraformResourceLifecycle.builder().createBeforeDestroy(true).build());
  }

  private LbListener httpsListener() {
    return LbListener.Builder.create(this, "https")
        .loadBalancerArn(balancer.getArn())
        .port(443)
        .protocol("HTTPS")
        .sslPolicy(TLS_POLICY)
        .certificateArn(props.certificateArn())
        .defaultAction(
            List.of(
                LbListenerDefaultAction.builder()
                    .type("fixed-response")
                    .fixedResponse(
                        LbListenerDefaultActionFixedResponse.builder()
                            .contentType("text/plain")
                            .messageBody("Not Found")
                            .statusCode("404")
                            .build())
                    .build()))
        .tags(name("listener-https"))
        .build();
  }

  private void redirectHttp() {
    LbListener.Builder.create(this, "http")
        .loadBalancerArn(balancer.getArn())
        .port(80)
        .protocol("HTTP")
        .defaultAction(
            List.of(
                LbListenerDefaultAction.builder()
                    .type("redirect")
                    .redirect(
                        LbListenerDefaultActionRedirect.builder()
                            .protocol("HTTPS")
                            .port("443")
                            .statusCode("HTTP_301")
                            .build())
                    .build()))
        .tags(name("listener-http"))
        .build();
  }

  /** As many rules as the patterns need beside the hosts, which every rule repeats. */
  private List<LbListenerRule> rules(List<String> paths) {
    List<LbListenerRule> made = new ArrayList<>();
    int perRule = VALUES_PER_RULE - props.hosts().size();
    for (int from = 0; from < paths.size(); from += perRule) {
      int number = made.size();
      int to = Math.min(from + perRule, paths.size());
      made.add(forward("paths-" + number, FIRST_PRIORITY + number, paths.subList(from, to), web));
    }
    websocket.ifPresent(
        group ->
            made.add(
                forward("websocket-path", WEBSOCKET_PRIORITY, List.of(WEBSOCKET_PATH), group)));
    return List.copyOf(made);
  }

  private LbListenerRule forward(
      String id, int priority, List<String> paths, LbTargetGroup targets) {
    return LbListenerRule.Builder.create(this, id)
        .listenerArn(https.getArn())
        .priority(priority)
        .condition(
            List.of(
                LbListenerRuleCondition.builder()
                    .hostHeader(
                        LbListenerRuleConditionHostHeader.builder().values(props.hosts()).build())
                    .build(),
                LbListenerRuleCondition.builder()
                    .pathPattern(LbListenerRuleConditionPathPattern.builder().values(paths).build())
                    .build()))
        .action(
            List.of(
                LbListenerRuleAction.builder()
                    .type("forward")
                    .targetGroupArn(targets.getArn())
                    .build()))
        .tags(name("rule-" + id))
        .build();
  }

  private Map<String, String> name(String purpose) {
    return Map.of("Name", props.names().of(purpose));
  }
}
