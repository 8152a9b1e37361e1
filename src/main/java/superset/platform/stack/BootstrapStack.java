package superset.platform.stack;

import com.hashicorp.cdktf.LocalBackend;
import com.hashicorp.cdktf.LocalBackendConfig;
import com.hashicorp.cdktf.providers.aws.provider.AwsProvider;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.audit.Trail;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.dns.HostedZone;
import superset.platform.edge.DomainValidation;
import superset.platform.observability.ChangeAlarms;
import superset.platform.observability.SlackChannel;
import superset.platform.security.BreakGlassRole;
import superset.platform.security.CiRoles;
import superset.platform.security.Keys;
import superset.platform.service.ImageRepository;
import superset.platform.storage.Bucket;
import superset.platform.storage.Replication;

/**
 * What must exist before any region: a state bucket and an image repository in each, the hosted
 * zone with the record that validates every region's certificate, the roles of CI.
 */
public final class BootstrapStack extends PlatformStack {

  /** The stack's name is made of this. */
  public static final String PART = "bootstrap";

  private static final int STATE_VERSION_DAYS = 365;

  /** Where the stack's own state lies. */
  public enum State {
    /** On disk: the very first run, before its bucket exists. */
    LOCAL,
    /** In the bucket that the stack itself made. */
    S3
  }

  public BootstrapStack(Construct scope, EnvironmentConfig environment, State state) {
    super(scope, environment, PART);
    PlatformConfig platform = environment.platform();
    storeState(platform, state);
    Map<String, String> repositories = new LinkedHashMap<>();
    provider(platform.stateRegion());
    Map<String, Replication.End> states = new LinkedHashMap<>();
    for (RegionConfig region : environment.regions()) {
      AwsProvider provider = aliasedProvider(region.region());
      Keys keys = keys(region.region(), provider);
      states.put(region.region(), state(region.region(), keys, provider));
      repositories.put(region.region(), images(region.region(), keys, platform, provider));
    }
    output("repository_urls", repositories, "Image repository of each region");
    environment
        .keeperOf(platform.stateRegion())
        .ifPresent(keeper -> copies(platform.stateRegion(), keeper.region(), states));
    if (platform.hostedZone().inRoute53()) {
      zone(platform);
    }
    platform.audit().ifPresent(audit -> audit(audit, platform));
    platform.ci().ifPresent(ci -> ci(ci, environment));
    if (!platform.identity().breakGlass().isEmpty()) {
      breakGlass(environment);
    }
    boundRoles();
  }

  private void storeState(PlatformConfig platform, State state) {
    switch (state) {
      // Beside cdktf.out, which may be thrown away at any time.
      case LOCAL ->
          new LocalBackend(
              this,
              LocalBackendConfig.builder()
                  .path("../../../terraform." + names().stack(PART) + ".tfstate")
                  .build());
      case S3 -> storeStateIn(platform.stateRegion(), PART);
    }
  }

  private Keys keys(String region, AwsProvider provider) {
    return new Keys(
        this,
        region + "-keys",
        new Keys.Props(
            List.of(Keys.Purpose.STATE, Keys.Purpose.IMAGES),
            region,
            Optional.of(provider),
            names()));
  }

  private Replication.End state(String region, Keys keys, AwsProvider provider) {
    String key = keys.arn(Keys.Purpose.STATE);
    Bucket bucket =
        new Bucket(
            this,
            region + "-state",
            new Bucket.Props(
                names().bucket("tfstate", region),
                Optional.of(key),
                Optional.empty(),
                STATE_VERSION_DAYS,
                List.of(),
                Optional.of(provider)));
    return new Replication.End(bucket, key, region, provider);
  }

  /**
   * @return address of the region's image repository
   */
  private String images(String region, Keys keys, PlatformConfig platform, AwsProvider provider) {
    return new ImageRepository(
            this,
            region + "-images",
            new ImageRepository.Props(
                keys.arn(Keys.Purpose.IMAGES), platform.disposable(), provider, names()))
        .url();
  }

  /**
   * The states that are no region's own are copied into another region's bucket, under the same
   * names: where {@code state_region} is lost, the other one's name takes its place.
   */
  private void copies(String stateRegion, String keeper, Map<String, Replication.End> states) {
    new Replication(
        this,
        "state-copies",
        new Replication.Props(
            "state-copies",
            states.get(stateRegion),
            states.get(keeper),
            List.of(stateKey(names(), PART), stateKey(names(), GlobalStack.PART)),
            names()));
  }

  private void zone(PlatformConfig platform) {
    PlatformConfig.HostedZone config = platform.hostedZone();
    HostedZone zone =
        new HostedZone(
            this,
            "zone",
            new HostedZone.Props(
                config.name(),
                config.mode() == PlatformConfig.HostedZone.Mode.CREATE,
                platform.disposable(),
                names()));
    new DomainValidation(
        this, "validation", new DomainValidation.Props(platform.domain(), zone.zoneId(), names()));
    output("zone_id", zone.zoneId(), "Hosted zone of the domain");
    output("name_servers", zone.nameServers(), "Delegate the zone to these");
  }

  private void breakGlass(EnvironmentConfig environment) {
    BreakGlassRole role =
        new BreakGlassRole(
            this,
            "break-glass",
            new BreakGlassRole.Props(
                environment.platform().identity().breakGlass(),
                environment.regions().stream()
                    .filter(RegionConfig::exec)
                    .map(RegionConfig::region)
                    .toList(),
                "superset",
                names()));
    output("break_glass_role_arn", role.arn(), "Take this role for a shell in a task");
  }

  /** One per account, and before everything else that is done in it. */
  private void audit(PlatformConfig.Audit config, PlatformConfig platform) {
    String region = platform.stateRegion();
    Keys keys =
        new Keys(
            this,
            "audit-keys",
            new Keys.Props(List.of(Keys.Purpose.AUDIT), region, Optional.empty(), names()));
    String key = keys.arn(Keys.Purpose.AUDIT);
    String name = names().bucket("trail", region);
    Bucket bucket =
        new Bucket(
            this,
            "trail-files",
            new Bucket.Props(
                name,
                Optional.of(key),
                Optional.of(config.keepDays()),
                config.keepDays(),
                Trail.statements(name, region, names()),
                Optional.empty()));
    Trail trail = new Trail(this, "trail", new Trail.Props(bucket.name(), key, region, names()));
    new ChangeAlarms(
        this,
        "audit",
        new ChangeAlarms.Props(
            trail.logGroup(),
            Trail.name(names()),
            key,
            platform.alerts().email(),
            platform.ci().map(unused -> CiRoles.deployRole(names())),
            region,
            names()));
  }

  private void ci(PlatformConfig.Ci ci, EnvironmentConfig environment) {
    PlatformConfig platform = environment.platform();
    CiRoles roles =
        new CiRoles(
            this,
            "ci",
            new CiRoles.Props(
                ci.repository(),
                ci.branch(),
                environment.name(),
                environment.regions().stream().map(RegionConfig::region).toList(),
                platform.identity().permissionsBoundary(),
                platform
                    .alerts()
                    .slack()
                    .map(
                        unused ->
                            new CiRoles.Chat(
                                SlackChannel.arn(names()),
                                SlackChannel.endpointOf(platform.stateRegion()))),
                names()));
    output("ci_plan_role_arn", roles.planRoleArn(), "Role of CI for plans: reads no secret");
    output("ci_deploy_role_arn", roles.deployRoleArn(), "Role of CI for deploys");
    output("ci_image_role_arn", roles.imageRoleArn(), "Role of CI for images");
  }
}
