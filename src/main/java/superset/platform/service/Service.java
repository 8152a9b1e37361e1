package superset.platform.service;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.Postcondition;
import com.hashicorp.cdktf.TerraformResourceLifecycle;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsService;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsServiceDeploymentCircuitBreaker;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsServiceLoadBalancer;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsServiceNetworkConfiguration;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsServiceServiceRegistries;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsServiceTimeouts;
import com.hashicorp.cdktf.providers.aws.service_discovery_service.ServiceDiscoveryService;
import com.hashicorp.cdktf.providers.aws.service_discovery_service.ServiceDiscoveryServiceDnsConfig;
import com.hashicorp.cdktf.providers.aws.service_discovery_service.ServiceDiscoveryServiceDnsConfigDnsRecords;
import com.hashicorp.cdktf.providers.aws.service_discovery_service.ServiceDiscoveryServiceHealthCheckCustomConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.config.RegionConfig.Spread;
import superset.platform.guard.IgnoredChanges;

/** An ECS service on Fargate that rolls back a deployment which does not become healthy. */
final class Service extends Construct {

  /**
   * @param name such as {@code superset-web}
   * @param desired number of tasks at creation
   * @param rollout how far a deployment may go below and above the desired number
   * @param target load balancer's target; absent: nobody calls it
   * @param discoveryName name in Cloud Map; absent: not registered
   * @param count who owns the number of tasks; absent: Terraform
   * @param after what must exist before the first task starts
   */
  record Props(
      String name,
      String clusterArn,
      Task task,
      int desired,
      Rollout rollout,
      Spread spread,
      List<String> subnetIds,
      String securityGroupId,
      Optional<Target> target,
      Optional<String> discoveryName,
      String namespaceId,
      Optional<IgnoredChanges> count,
      boolean exec,
      List<ITerraformDependable> after) {}

  /**
   * Percent of the desired number.
   *
   * @param minimum tasks that keep running
   * @param maximum tasks that may run at once
   */
  record Rollout(int minimum, int maximum) {}

  /**
   * @param targetGroupArn target group
   * @param port container port
   * @param graceSeconds seconds in which the target's health does not count
   */
  record Target(String targetGroupArn, int port, int graceSeconds) {}

  private final String name;

  Service(Construct scope, String id, Props props) {
    super(scope, id);
    EcsService.Builder service = service(props);
    props
        .target()
        .ifPresent(
            target ->
                service
                    .loadBalancer(
                        List.of(
                            EcsServiceLoadBalancer.builder()
                                .targetGroupArn(target.targetGroupArn())
                                .containerName(Task.CONTAINER)
                                .containerPort(target.port())
                                .build()))
                    .healthCheckGracePeriodSeconds(target.graceSeconds()));
    props
        .discoveryName()
        .ifPresent(
            name ->
                service.serviceRegistries(
                    EcsServiceServiceRegistries.builder()
                        .registryArn(discovery(name, props).getArn())
                        .build()));
    this.name = service.build().getName();
  }

  String name() {
    return name;
  }

  private EcsService.Builder service(Props props) {
    return EcsService.Builder.create(this, "service")
        .name(props.name())
        .cluster(props.clusterArn())
        .taskDefinition(props.task().arn())
        .desiredCount(props.desired())
        .deploymentMinimumHealthyPercent(props.rollout().minimum())
        .deploymentMaximumPercent(props.rollout().maximum())
        .deploymentCircuitBreaker(
            EcsServiceDeploymentCircuitBreaker.builder().enable(true).rollback(true).build())
        .capacityProviderStrategy(Capacity.strategy(props.spread()))
        .platformVersion("LATEST")
        .networkConfiguration(
            EcsServiceNetworkConfiguration.builder()
                .subnets(props.subnetIds())
                .securityGroups(List.of(props.securityGroupId()))
                .assignPublicIp(false)
                .build())
        .enableExecuteCommand(props.exec())
        .enableEcsManagedTags(true)
        .propagateTags("SERVICE")
        .waitForSteadyState(true)
        .timeouts(EcsServiceTimeouts.builder().create("20m").update("30m").delete("20m").build())
        .tags(Map.of("Name", props.name()))
        .lifecycle(lifecycle(props))
        .dependsOn(props.after());
  }

  /**
   * Terraform reports success for a deployment that the circuit breaker rolled back (provider issue
   * 20858); the postcondition does not.
   */
  private static TerraformResourceLifecycle lifecycle(Props props) {
    TerraformResourceLifecycle.Builder lifecycle =
        TerraformResourceLifecycle.builder()
            .postcondition(
                List.of(
                    Postcondition.builder()
                        .condition("${self.task_definition == " + props.task().arnReference() + "}")
                        .errorMessage(
                            "The deployment of "
                                + props.name()
                                + " was rolled back: its new tasks did not become healthy. The"
                                + " old version is serving. The reason is in the service's events"
                                + " and in its log group.")
                        .build()));
    props.count().ifPresent(owner -> lifecycle.ignoreChanges(owner.attributes()));
    return lifecycle.build();
  }

  private ServiceDiscoveryService discovery(String name, Props props) {
    return ServiceDiscoveryService.Builder.create(this, "discovery")
        .name(name)
        .dnsConfig(
            ServiceDiscoveryServiceDnsConfig.builder()
                .namespaceId(props.namespaceId())
                .routingPolicy("MULTIVALUE")
                .dnsRecords(
                    List.of(
                        ServiceDiscoveryServiceDnsConfigDnsRecords.builder()
                            .type("A")
                            .ttl(10)
                            .build()))
                .build())
        .healthCheckCustomConfig(
            ServiceDiscoveryServiceHealthCheckCustomConfig.builder().failureThreshold(1).build())
        .tags(Map.of("Name", name))
        .build();
  }
}
