package superset.platform.database;

import com.hashicorp.cdktf.Fn;
import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.TerraformResource;
import com.hashicorp.cdktf.TerraformResourceConfig;
import com.hashicorp.cdktf.TerraformResourceLifecycle;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.db_instance.DbInstance;
import com.hashicorp.cdktf.providers.aws.db_parameter_group.DbParameterGroup;
import com.hashicorp.cdktf.providers.aws.db_parameter_group.DbParameterGroupParameter;
import com.hashicorp.cdktf.providers.aws.db_subnet_group.DbSubnetGroup;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.NewerArguments;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig;
import superset.platform.guard.IgnoredChanges;

/**
 * Superset's metadata database: the primary in the writer region, a cross-region replica of it
 * elsewhere. Identifier and logical id are the same in both roles, so that a promotion replaces
 * nothing.
 */
public final class Database extends Construct {

  /** Master user, and the user that Superset connects as. */
  public static final String USERNAME = "superset_admin";

  /** Name of the database that holds Superset's tables. */
  public static final String NAME = "superset";

  /** PostgreSQL's port. */
  public static final int PORT = 5432;

  private static final List<String> EXPORTED_LOGS = List.of("postgresql", "upgrade");

  /**
   * @param source ARN of the primary that this replicates; absent: this is the primary
   * @param writerRegion the writer by the configuration, checked against {@code writer}
   * @param subnetIds isolated subnets
   * @param disposable whether it may be destroyed without a final snapshot
   * @param after what must have happened before it changes
   */
  public record Props(
      RegionConfig.Database config,
      Optional<String> source,
      WriterParameter writer,
      String writerRegion,
      List<String> subnetIds,
      String securityGroupId,
      String keyArn,
      String logsKeyArn,
      int logRetentionDays,
      String region,
      boolean disposable,
      List<ITerraformDependable> after,
      Names names) {

    /** RDS takes none of a replica (RDS API Reference, DeleteDBInstance). */
    private boolean keepsFinalSnapshot() {
      return !disposable && source.isEmpty();
    }

    /** A region that has a replica already reads from that one. */
    private boolean hasReadReplica() {
      return config.readReplica() && source.isEmpty();
    }

    private String readReplicaName() {
      return names.of("read");
    }
  }

  private final DbInstance instance;
  private final Optional<DbInstance> readReplica;

  public Database(Construct scope, String id, Props props) {
    super(scope, id);
    DbSubnetGroup subnets = subnets(props);
    DbParameterGroup parameters = parameters(props);
    IamRole monitoring = monitoringRole(props);
    List<ITerraformDependable> first =
        new ArrayList<>(logGroups(props, props.names().platform(), "log-"));
    first.add(monitoringPolicy(monitoring, props));
    first.add(props.writer().dependable());
    first.addAll(props.after());
    this.instance = instance(props, subnets, parameters, monitoring, first);
    if (props.source().isEmpty()) {
      NewerArguments.writeOnlyPassword(
          instance, NewerArguments.throwAwayPassword(instance, "database"), 1);
    }
    NewerArguments.databaseInsights(instance, "standard");
    this.readReplica =
        props.hasReadReplica()
            ? Optional.of(readReplica(props, parameters, monitoring))
            : Optional.empty();
  }

  public String arn() {
    return instance.getArn();
  }

  /** Host name that the instance answers at. */
  public String host() {
    return instance.getAddress();
  }

  /** Host name of the replica in the region that offloads the primary. */
  public Optional<String> readReplicaHost() {
    return readReplica.map(DbInstance::getAddress);
  }

  /** RDS identifier of the instance. */
  public String identifier() {
    return instance.getIdentifier();
  }

  /** Id that no other instance ever has: a restored or replaced database has another one. */
  public String resourceId() {
    return instance.getResourceId();
  }

  /** For resources that come after it. */
  public ITerraformDependable dependable() {
    return instance;
  }

  /** Engine, key, subnets and backups are the primary's (RDS User Guide, "Read replicas"). */
  private DbInstance readReplica(Props props, DbParameterGroup parameters, IamRole monitoring) {
    String name = props.readReplicaName();
    DbInstance.Builder replica =
        common("read-replica", name, props, parameters, monitoring)
            .replicateSourceDb(instance.getIdentifier())
            // It holds nothing of its own.
            .deletionProtection(false)
            .skipFinalSnapshot(true)
            .dependsOn(logGroups(props, name, "read-replica-log-"));
    DbInstance made = replica.build();
    NewerArguments.databaseInsights(made, "standard");
    return made;
  }

  private DbInstance instance(
      Props props,
      DbSubnetGroup subnets,
      DbParameterGroup parameters,
      IamRole monitoring,
      List<ITerraformDependable> first) {
    DbInstance.Builder instance =
        common("instance", props.names().platform(), props, parameters, monitoring)
            .kmsKeyId(props.keyArn())
            .multiAz(props.config().multiAz())
            .dbSubnetGroupName(subnets.getName())
            .deletionProtection(!props.disposable())
            .skipFinalSnapshot(!props.keepsFinalSnapshot())
            .deleteAutomatedBackups(props.disposable())
            .dependsOn(first)
            .lifecycle(lifecycle(props));
    if (props.keepsFinalSnapshot()) {
      instance.finalSnapshotIdentifier(finalSnapshot(props));
    }
    props
        .source()
        .ifPresentOrElse(instance::replicateSourceDb, () -> primary(instance, props.config()));
    return instance.build();
  }

  /** What every instance is given. */
  private DbInstance.Builder common(
      String id, String name, Props props, DbParameterGroup parameters, IamRole monitoring) {
    RegionConfig.Database config = props.config();
    DbInstance.Builder builder =
        DbInstance.Builder.create(this, id)
            .identifier(name)
            .instanceClass(config.instanceClass())
            .maxAllocatedStorage(config.maxStorageGb())
            .storageType("gp3")
            .storageEncrypted(true)
            .port(PORT)
            .vpcSecurityGroupIds(List.of(props.securityGroupId()))
            .publiclyAccessible(false)
            .parameterGroupName(parameters.getName())
            .caCertIdentifier("rds-ca-rsa2048-g1")
            .maintenanceWindow(config.maintenanceWindow())
            .autoMinorVersionUpgrade(true)
            // A reviewed and deployed change is in force when the deploy returns.
            .applyImmediately(true)
            .copyTagsToSnapshot(true)
            .performanceInsightsEnabled(true)
            .performanceInsightsKmsKeyId(props.keyArn())
            .performanceInsightsRetentionPeriod(7)
            .monitoringInterval(60)
            .monitoringRoleArn(monitoring.getArn())
            .enabledCloudwatchLogsExports(EXPORTED_LOGS)
            .tags(Map.of("Name", name));
    config.iops().ifPresent(builder::iops);
    config.throughput().ifPresent(builder::storageThroughput);
    return builder;
  }

  /** What only a primary may be given: a replica takes it from its source. */
  private static void primary(DbInstance.Builder instance, RegionConfig.Database config) {
    instance
        .engine("postgres")
        .engineVersion(config.engineVersion())
        .dbName(NAME)
        .username(USERNAME)
        .allocatedStorage(config.initialStorageGb())
        .backupRetentionPeriod(config.backupDays())
        .backupWindow(config.backupWindow());
  }

  private static TerraformResourceLifecycle lifecycle(Props props) {
    return TerraformResourceLifecycle.builder()
        .ignoreChanges(IgnoredChanges.DATABASE.attributes())
        .precondition(List.of(props.writer().agreesWith(props.writerRegion())))
        .build();
  }

  /** Unique for each instance: a fixed name would block the second destroy. */
  private String finalSnapshot(Props props) {
    TerraformResource incarnation =
        new TerraformResource(
            this,
            "incarnation",
            TerraformResourceConfig.builder().terraformResourceType("terraform_data").build());
    return props.names().of("final-" + Fn.substr(incarnation.getStringAttribute("id"), 0, 8));
  }

  private DbSubnetGroup subnets(Props props) {
    return DbSubnetGroup.Builder.create(this, "subnets")
        .name(props.names().platform())
        .description("Isolated subnets of Superset")
        .subnetIds(props.subnetIds())
        .tags(Map.of("Name", props.names().platform()))
        .build();
  }

  private DbParameterGroup parameters(Props props) {
    String family = "postgres" + props.config().majorVersion();
    String name = props.names().of(family);
    return DbParameterGroup.Builder.create(this, "parameters")
        .name(name)
        .family(family)
        .description("PostgreSQL of Superset")
        .parameter(parameters(props.config()))
        .tags(Map.of("Name", name))
        .lifecycle(TerraformResourceLifecycle.builder().createBeforeDestroy(true).build())
        .build();
  }

  private static List<DbParameterGroupParameter> parameters(RegionConfig.Database config) {
    List<DbParameterGroupParameter> parameters =
        new ArrayList<>(
            List.of(
                parameter("rds.force_ssl", "1", "immediate"),
                parameter("log_connections", "1", "immediate"),
                parameter("log_disconnections", "1", "immediate"),
                parameter("log_lock_waits", "1", "immediate"),
                // Milliseconds: statements of the metadata database are short.
                parameter("log_min_duration_statement", "1000", "immediate"),
                parameter("idle_in_transaction_session_timeout", "60000", "immediate"),
                // Reads on a replica outlive the primary's vacuum.
                parameter("hot_standby_feedback", "1", "immediate"),
                parameter(
                    "max_connections",
                    Integer.toString(config.maxConnections()),
                    "pending-reboot")));
    if (!config.audit().isEmpty()) {
      parameters.addAll(audit(config.audit()));
    }
    return parameters;
  }

  /**
   * pgAudit (RDS User Guide, "Using pgAudit to log database activity"). No {@code pgaudit.role}:
   * what is granted to that role is logged with its statements, and so with their values.
   */
  private static List<DbParameterGroupParameter> audit(List<String> classes) {
    return List.of(
        // What RDS loads by itself, and what Performance Insights counts statements with, stays.
        parameter("shared_preload_libraries", "pg_stat_statements,pgaudit", "pending-reboot"),
        parameter("pgaudit.log", String.join(",", classes), "immediate"),
        parameter("pgaudit.log_catalog", "0", "immediate"),
        parameter("pgaudit.log_parameter", "0", "immediate"));
  }

  private static DbParameterGroupParameter parameter(String name, String value, String method) {
    return DbParameterGroupParameter.builder().name(name).value(value).applyMethod(method).build();
  }

  /** Made before the instance: RDS would make them without retention and key. */
  private List<CloudwatchLogGroup> logGroups(Props props, String instance, String idPrefix) {
    return EXPORTED_LOGS.stream()
        .map(
            log -> {
              String name = "/aws/rds/instance/" + instance + "/" + log;
              return CloudwatchLogGroup.Builder.create(this, idPrefix + log)
                  .name(name)
                  .retentionInDays(props.logRetentionDays())
                  .kmsKeyId(props.logsKeyArn())
                  .tags(Map.of("Name", name))
                  .build();
            })
        .toList();
  }

  private IamRole monitoringRole(Props props) {
    String name = props.names().of("rds-monitoring", props.region());
    return IamRole.Builder.create(this, "monitoring")
        .name(name)
        .description("Enhanced monitoring of Superset's database")
        .assumeRolePolicy(
            PolicyDocument.trusting(
                    "monitoring.rds.amazonaws.com",
                    props.names().account(),
                    // The read replica's name begins with the primary's.
                    props.names().databaseArn(props.region()) + (props.hasReadReplica() ? "*" : ""))
                .json())
        .tags(Map.of("Name", name))
        .build();
  }

  /** What AmazonRDSEnhancedMonitoringRole allows, in this region only. */
  private IamRolePolicy monitoringPolicy(IamRole role, Props props) {
    String group =
        "arn:aws:logs:%s:%s:log-group:RDSOSMetrics"
            .formatted(props.region(), props.names().account());
    return IamRolePolicy.Builder.create(this, "monitoring-policy")
        .name("write")
        .role(role.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Group")
                        .actions("logs:CreateLogGroup", "logs:PutRetentionPolicy")
                        .on(group, group + ":*"))
                .add(
                    PolicyDocument.allow("Metrics")
                        .actions(
                            "logs:CreateLogStream",
                            "logs:DescribeLogStreams",
                            "logs:GetLogEvents",
                            "logs:PutLogEvents")
                        .on(group + ":*"))
                .json())
        .build();
  }
}
