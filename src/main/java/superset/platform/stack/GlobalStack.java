package superset.platform.stack;

import com.hashicorp.cdktf.DataTerraformRemoteStateS3;
import com.hashicorp.cdktf.DataTerraformRemoteStateS3Config;
import com.hashicorp.cdktf.providers.aws.provider.AwsProvider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.cost.Budget;
import superset.platform.dns.HostedZone;
import superset.platform.dns.LatencyRecords;
import superset.platform.network.Links;
import superset.platform.observability.GlobalDashboard;
import superset.platform.observability.SlackChannel;

/** What joins the regions: links between them, health checks, and the domain's latency records. */
public final class GlobalStack extends PlatformStack {

  /** The stack's name is made of this. */
  public static final String PART = "global";

  /** Lets a pull request's plan go through where a region's newest outputs are not applied yet. */
  private static final Map<String, Object> NOT_APPLIED_YET =
      Json.object(
          RegionOutputs.ALB_DNS_NAME, "not-applied-yet",
          RegionOutputs.ALB_ZONE_ID, "not-applied-yet",
          RegionOutputs.ALB_ARN_SUFFIX, "not-applied-yet",
          RegionOutputs.VPC_ID, "not-applied-yet",
          RegionOutputs.PRIVATE_ROUTE_TABLE_IDS, List.of("not-applied-yet"),
          RegionOutputs.ISOLATED_ROUTE_TABLE_ID, "not-applied-yet");

  /** A region, and what its stack says of itself. */
  private record Applied(RegionConfig region, DataTerraformRemoteStateS3 state) {}

  public GlobalStack(Construct scope, EnvironmentConfig environment) {
    super(scope, environment, PART);
    PlatformConfig platform = environment.platform();
    storeStateIn(platform.stateRegion(), PART);
    provider(platform.stateRegion());
    List<Applied> states =
        environment.regions().stream()
            .map(region -> new Applied(region, state(region.region())))
            .toList();
    Links links = links(states);
    Optional<LatencyRecords> records =
        platform.hostedZone().inRoute53()
            ? Optional.of(records(platform, states, links))
            : Optional.empty();
    dashboard(platform, states, records);
    platform.budget().ifPresent(budget -> budget(budget, platform.alerts().email()));
    platform.alerts().slack().ifPresent(slack -> tell(slack, environment));
    boundRoles();
    output("url", "https://" + platform.domain(), "Superset, in the region nearest to the user");
  }

  /** The only stack that reads another's state: it comes after all regions. */
  private DataTerraformRemoteStateS3 state(String region) {
    DataTerraformRemoteStateS3 state =
        new DataTerraformRemoteStateS3(
            this,
            region,
            DataTerraformRemoteStateS3Config.builder()
                .bucket(names().bucket("tfstate", region))
                .key(stateKey(names(), region))
                .region(region)
                .build());
    state.addOverride("defaults", NOT_APPLIED_YET);
    return state;
  }

  private Links links(List<Applied> states) {
    return new Links(
        this,
        "links",
        new Links.Props(
            states.stream().map(applied -> end(applied.region(), applied.state())).toList(),
            names()));
  }

  private Links.End end(RegionConfig region, DataTerraformRemoteStateS3 state) {
    AwsProvider provider = aliasedProvider(region.region());
    return new Links.End(
        region.region(),
        provider,
        region.cidr(),
        state.getString(RegionOutputs.VPC_ID),
        state.getList(RegionOutputs.PRIVATE_ROUTE_TABLE_IDS),
        region.zones().size(),
        state.getString(RegionOutputs.ISOLATED_ROUTE_TABLE_ID));
  }

  /** A region without its links has no way to the writer: it enters DNS after them. */
  private LatencyRecords records(PlatformConfig platform, List<Applied> states, Links links) {
    HostedZone zone =
        new HostedZone(
            this,
            "zone",
            new HostedZone.Props(
                platform.hostedZone().name(), false, platform.disposable(), names()));
    List<LatencyRecords.Target> targets =
        states.stream()
            .map(
                applied ->
                    new LatencyRecords.Target(
                        applied.region().region(),
                        applied.region().region() + "." + platform.domain(),
                        applied.state().getString(RegionOutputs.ALB_DNS_NAME),
                        applied.state().getString(RegionOutputs.ALB_ZONE_ID)))
            .toList();
    LatencyRecords records =
        new LatencyRecords(
            this,
            "records",
            new LatencyRecords.Props(zone.zoneId(), platform.domain(), targets, names()));
    records.getNode().addDependency(links);
    return records;
  }

  /** The account is the environment's alone, so the budget needs no filter. */
  private void budget(PlatformConfig.Budget budget, List<String> email) {
    new Budget(this, "budget", new Budget.Props(budget, email, names()));
  }

  private void tell(PlatformConfig.Slack slack, EnvironmentConfig environment) {
    PlatformConfig platform = environment.platform();
    new SlackChannel(
        this,
        "slack",
        new SlackChannel.Props(
            slack,
            environment.regions().stream().map(RegionConfig::region).toList(),
            platform.audit().map(unused -> platform.stateRegion()),
            names()));
  }

  private void dashboard(
      PlatformConfig platform, List<Applied> states, Optional<LatencyRecords> records) {
    List<GlobalDashboard.Region> regions =
        states.stream()
            .map(
                applied -> {
                  String region = applied.region().region();
                  return new GlobalDashboard.Region(
                      region,
                      applied.state().getString(RegionOutputs.ALB_ARN_SUFFIX),
                      applied.region().hasCache(),
                      records.map(made -> made.healthCheckId(region)));
                })
            .toList();
    new GlobalDashboard(
        this,
        "dashboard",
        new GlobalDashboard.Props(platform.stateRegion(), regions, platform.objectives(), names()));
  }
}
