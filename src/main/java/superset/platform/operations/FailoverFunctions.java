package superset.platform.operations;

import com.hashicorp.cdktf.providers.aws.ssm_parameter.SsmParameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;
import superset.platform.guard.IgnoredChanges;

/**
 * {@code superset-promote} makes this region the writer, {@code superset-admit} lets a region that
 * was fenced come back. Nothing but a person invokes them. They depend on no other region: what
 * they tell others is told to those that answer.
 */
public final class FailoverFunctions extends Construct {

  /**
   * @param regions all regions of the environment
   * @param fences region to ARN of this region's rule that fences it
   * @param fenceWait seconds after which nobody is sent to a fenced region and nothing there writes
   * @param services names of the ECS services that are deployed anew after a promotion
   * @param task the init task, whose image looks at the replication
   */
  public record Props(
      Function.Region region,
      List<String> regions,
      String domain,
      int backupDays,
      String backupWindow,
      Map<String, String> fences,
      int fenceWait,
      List<String> services,
      InitTask task) {}

  private final Props props;
  private final String region;
  private final Names names;

  public FailoverFunctions(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.region = props.region().name();
    this.names = props.region().names();
    record();
    promote();
    admit();
  }

  /** Made empty and filled by the function, so that a destroy takes it along. */
  private void record() {
    SsmParameter.Builder.create(this, "promotion")
        .name(names.promotionParameter())
        .description("Steps of the last promotion of this region's database")
        .type("String")
        .insecureValue("{}")
        .tags(Map.of("Name", names.promotionParameter()))
        .lifecycle(IgnoredChanges.PROMOTION_PARAMETER.lifecycle())
        .build();
  }

  private void promote() {
    Map<String, String> environment = home();
    environment.put("SUPERSET_DOMAIN", props.domain());
    environment.put("SUPERSET_BACKUP_DAYS", Integer.toString(props.backupDays()));
    environment.put("SUPERSET_BACKUP_WINDOW", props.backupWindow());
    environment.put("SUPERSET_SERVICES", String.join(",", props.services()));
    environment.put("SUPERSET_TASK_DEFINITION", props.task().definitionArn());
    environment.put("FENCE_WAIT_SECONDS", Integer.toString(props.fenceWait()));
    environment.putAll(props.task().environment());
    function(
        "superset-promote",
        "Makes this region's database the primary, after fencing every other region",
        environment,
        props
            .task()
            .permissions(fencing())
            .add(
                PolicyDocument.allow("Promote")
                    .actions(
                        "rds:DescribeDBInstances", "rds:PromoteReadReplica", "rds:ModifyDBInstance")
                    .on(names.databaseArn(region)))
            .add(
                PolicyDocument.allow("TellWriter")
                    .actions("ssm:PutParameter")
                    .on(parameters(props.regions(), names.writerParameter())))
            .add(
                PolicyDocument.allow("RecordSteps")
                    .actions("ssm:PutParameter")
                    .on(parameters(List.of(region), names.promotionParameter())))
            .add(
                PolicyDocument.allow("DeployAnew")
                    .actions("ecs:UpdateService")
                    .on(props.services().stream().map(this::serviceArn).toList()))
            // Metrics have no resource level (Service Authorization Reference).
            .add(
                PolicyDocument.allow("ReadLag").actions("cloudwatch:GetMetricStatistics").on("*")));
  }

  private void admit() {
    function(
        "superset-admit",
        "Lowers the fence against a region that has come back",
        home(),
        fencing()
            .add(
                PolicyDocument.allow("SeeRole")
                    .actions("rds:DescribeDBInstances")
                    .on(others().stream().map(region -> names.databaseArn(region)).toList())));
  }

  /** What both are told. */
  private Map<String, String> home() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SUPERSET_REGION", region);
    environment.put("SUPERSET_REGIONS", String.join(",", props.regions()));
    environment.put("SUPERSET_DATABASE", names.platform());
    environment.put("SUPERSET_FENCES", Json.of(props.fences()));
    return environment;
  }

  /** What both may do. */
  private PolicyDocument fencing() {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Fence")
                .actions("elasticloadbalancing:ModifyRule")
                .on(List.copyOf(props.fences().values())))
        .add(
            PolicyDocument.allow("ReadWriter")
                .actions("ssm:GetParameter")
                .on(parameters(props.regions(), names.writerParameter())))
        .add(
            PolicyDocument.allow("ReadSteps")
                .actions("ssm:GetParameter")
                .on(parameters(List.of(region), names.promotionParameter())));
  }

  private void function(
      String name,
      String description,
      Map<String, String> environment,
      PolicyDocument permissions) {
    new Function(
        this,
        name,
        new Function.Props(name, description, environment, permissions, props.region()));
  }

  private List<String> others() {
    return props.regions().stream().filter(other -> !other.equals(region)).toList();
  }

  private List<String> parameters(List<String> regions, String name) {
    return regions.stream().map(region -> names.parameterArn(region, name)).toList();
  }

  private String serviceArn(String service) {
    return "arn:aws:ecs:%s:%s:service/%s/%s"
        .formatted(region, names.account(), names.platform(), service);
  }
}
