package superset.platform.network;

import com.hashicorp.cdktf.providers.aws.vpc_endpoint.VpcEndpoint;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.Names;

/**
 * Interface endpoints: the AWS services that every task needs answer inside the VPC, so that tasks
 * start, log and read their secrets while NAT or the internet is gone.
 */
public final class InterfaceEndpoints extends Construct {

  /**
   * A service that tasks call.
   *
   * @param service last part of the endpoint service's name
   * @param need what needs it
   */
  private record Service(String service, Need need) {}

  /** What needs a service: every task, or those of a region where something is on. */
  private enum Need {
    ALWAYS,
    EXEC,
    TRACING
  }

  /**
   * Not here, because tasks do not call them: ecs, ecs-agent and ecs-telemetry (Amazon ECS
   * interface VPC endpoints: Fargate tasks need none), ec2messages (the SSM agent of instances
   * only), rds and elasticache (login tokens are signed locally). What a data source calls goes
   * through NAT, or becomes a row here.
   */
  private static final List<Service> SERVICES =
      List.of(
          // Image pull: the token and the manifest; layers come from S3 through its gateway.
          new Service("ecr.api", Need.ALWAYS),
          new Service("ecr.dkr", Need.ALWAYS),
          // The awslogs driver: it blocks or drops when it cannot deliver.
          new Service("logs", Need.ALWAYS),
          // Database credential, read at connect time, and the signing key at start.
          new Service("secretsmanager", Need.ALWAYS),
          // /superset/writer: where writes go.
          new Service("ssm", Need.ALWAYS),
          // Roles that are assumed for data sources.
          new Service("sts", Need.ALWAYS),
          // ECS Exec: its channel, and the agent's decryption of the session key.
          new Service("ssmmessages", Need.EXEC),
          new Service("kms", Need.EXEC),
          // Segments that the collector beside a task sends.
          new Service("xray", Need.TRACING));

  /**
   * @param subnetIds one per zone that gets an endpoint of each service
   * @param securityGroupId group that admits the tasks on 443
   * @param exec whether ECS Exec is possible
   * @param tracing whether tasks are traced
   */
  public record Props(
      String region,
      String vpcId,
      List<String> subnetIds,
      String securityGroupId,
      boolean exec,
      boolean tracing,
      Names names) {
    public Props {
      subnetIds = List.copyOf(subnetIds);
    }
  }

  public InterfaceEndpoints(Construct scope, String id, Props props) {
    super(scope, id);
    SERVICES.stream()
        .filter(service -> isNeeded(service, props))
        .forEach(service -> endpoint(service.service(), props));
  }

  private static boolean isNeeded(Service service, Props props) {
    return switch (service.need()) {
      case ALWAYS -> true;
      case EXEC -> props.exec();
      case TRACING -> props.tracing();
    };
  }

  private void endpoint(String service, Props props) {
    String id = service.replace('.', '-');
    VpcEndpoint.Builder.create(this, id)
        .vpcId(props.vpcId())
        .serviceName("com.amazonaws." + props.region() + "." + service)
        .vpcEndpointType("Interface")
        .privateDnsEnabled(true)
        .subnetIds(props.subnetIds())
        .securityGroupIds(List.of(props.securityGroupId()))
        .tags(Map.of("Name", props.names().of("endpoint-" + id)))
        .build();
  }
}
