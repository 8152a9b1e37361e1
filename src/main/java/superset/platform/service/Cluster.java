package superset.platform.service;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.ecs_cluster.EcsCluster;
import com.hashicorp.cdktf.providers.aws.ecs_cluster.EcsClusterConfiguration;
import com.hashicorp.cdktf.providers.aws.ecs_cluster.EcsClusterConfigurationExecuteCommandConfiguration;
import com.hashicorp.cdktf.providers.aws.ecs_cluster.EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration;
import com.hashicorp.cdktf.providers.aws.ecs_cluster.EcsClusterSetting;
import com.hashicorp.cdktf.providers.aws.ecs_cluster_capacity_providers.EcsClusterCapacityProviders;
import com.hashicorp.cdktf.providers.aws.service_discovery_private_dns_namespace.ServiceDiscoveryPrivateDnsNamespace;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.NewerArguments;
import superset.platform.config.Names;

/** The ECS cluster: Fargate and Fargate Spot, Container Insights, audited ECS Exec, Cloud Map. */
public final class Cluster extends Construct {

  /**
   * @param keyArn key of the log of ECS Exec sessions
   * @param storageKeyArn key of the tasks' ephemeral storage
   */
  public record Props(
      String vpcId, String keyArn, String storageKeyArn, int logRetentionDays, Names names) {}

  private final String arn;
  private final String name;
  private final EcsClusterCapacityProviders capacity;
  private final ServiceDiscoveryPrivateDnsNamespace namespace;
  private final CloudwatchLogGroup execLog;

  public Cluster(Construct scope, String id, Props props) {
    super(scope, id);
    this.execLog = execLog(props);
    EcsCluster cluster = cluster(props);
    this.arn = cluster.getArn();
    this.name = cluster.getName();
    this.capacity = capacityProviders();
    this.namespace = namespace(props);
  }

  public String arn() {
    return arn;
  }

  public String name() {
    return name;
  }

  /** Cloud Map namespace of the services. */
  public String namespaceId() {
    return namespace.getId();
  }

  /** Log group that ECS Exec sessions are written to. */
  public String execLogArn() {
    return execLog.getArn();
  }

  /** Services come after the capacity providers and leave before them. */
  public ITerraformDependable capacity() {
    return capacity;
  }

  private EcsCluster cluster(Props props) {
    EcsCluster cluster =
        EcsCluster.Builder.create(this, "cluster")
            .name(props.names().platform())
            .setting(
                List.of(
                    EcsClusterSetting.builder().name("containerInsights").value("enabled").build()))
            .configuration(
                EcsClusterConfiguration.builder().executeCommandConfiguration(exec(props)).build())
            .tags(Map.of("Name", props.names().platform()))
            .build();
    NewerArguments.ephemeralStorageKey(cluster, props.storageKeyArn());
    return cluster;
  }

  private EcsClusterConfigurationExecuteCommandConfiguration exec(Props props) {
    return EcsClusterConfigurationExecuteCommandConfiguration.builder()
        .kmsKeyId(props.keyArn())
        .logging("OVERRIDE")
        .logConfiguration(
            EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration.builder()
                .cloudWatchEncryptionEnabled(true)
                .cloudWatchLogGroupName(execLog.getName())
                .build())
        .build();
  }

  private CloudwatchLogGroup execLog(Props props) {
    String name = props.names().logGroup("exec");
    return CloudwatchLogGroup.Builder.create(this, "exec-log")
        .name(name)
        .retentionInDays(props.logRetentionDays())
        .kmsKeyId(props.keyArn())
        .tags(Map.of("Name", name))
        .build();
  }

  private EcsClusterCapacityProviders capacityProviders() {
    return EcsClusterCapacityProviders.Builder.create(this, "capacity")
        .clusterName(name)
        .capacityProviders(List.of(Capacity.ON_DEMAND, Capacity.SPOT))
        .build();
  }

  private ServiceDiscoveryPrivateDnsNamespace namespace(Props props) {
    String name = props.names().platform() + ".internal";
    return ServiceDiscoveryPrivateDnsNamespace.Builder.create(this, "namespace")
        .name(name)
        .description("Services of Superset")
        .vpc(props.vpcId())
        .tags(Map.of("Name", name))
        .build();
  }
}
