package superset.platform.cache;

import com.hashicorp.cdktf.TerraformResourceLifecycle;
import com.hashicorp.cdktf.providers.aws.elasticache_parameter_group.ElasticacheParameterGroup;
import com.hashicorp.cdktf.providers.aws.elasticache_parameter_group.ElasticacheParameterGroupParameter;
import com.hashicorp.cdktf.providers.aws.elasticache_replication_group.ElasticacheReplicationGroup;
import com.hashicorp.cdktf.providers.aws.elasticache_subnet_group.ElasticacheSubnetGroup;
import com.hashicorp.cdktf.providers.aws.elasticache_user.ElasticacheUser;
import com.hashicorp.cdktf.providers.aws.elasticache_user.ElasticacheUserAuthenticationMode;
import com.hashicorp.cdktf.providers.aws.elasticache_user_group.ElasticacheUserGroup;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig;

/**
 * Redis: cache, Celery broker, results and rate limits. Encrypted at rest and in transit; the only
 * user that may log in authenticates with IAM, so there is no password to store.
 */
public final class Cache extends Construct {

  /** Redis' port. */
  public static final int PORT = 6379;

  /** Prefix of every key and channel that Superset may touch. */
  public static final String KEY_PREFIX = "superset";

  /**
   * @param subnetIds isolated subnets
   */
  public record Props(
      RegionConfig.Cache config,
      List<String> subnetIds,
      String securityGroupId,
      String keyArn,
      Names names) {}

  private final ElasticacheReplicationGroup group;
  private final String groupId;
  private final ElasticacheUser user;
  private final int nodes;

  public Cache(Construct scope, String id, Props props) {
    super(scope, id);
    this.nodes = props.config().nodes();
    ElasticacheSubnetGroup subnets = subnets(props);
    ElasticacheParameterGroup parameters = parameters(props);
    this.user = supersetUser(props);
    ElasticacheUserGroup users = users(props, noDefaultUser(props));
    this.group = group(props, subnets, parameters, users);
    this.groupId = group.getReplicationGroupId();
  }

  /** Host name of the primary. */
  public String host() {
    return group.getPrimaryEndpointAddress();
  }

  /** Replication group id, which CloudWatch and IAM authentication know it by. */
  public String groupId() {
    return groupId;
  }

  /** Ids of the nodes, which CloudWatch knows them by: ElastiCache numbers them from 001. */
  public List<String> nodeIds() {
    return IntStream.rangeClosed(1, nodes)
        .mapToObj(node -> "%s-%03d".formatted(groupId, node))
        .toList();
  }

  /** User that Superset logs in as. */
  public String userName() {
    return user.getUserName();
  }

  /** What {@code elasticache:Connect} must be allowed on: the group and the user. */
  public List<String> connectArns() {
    return List.of(group.getArn(), user.getArn());
  }

  private ElasticacheReplicationGroup group(
      Props props,
      ElasticacheSubnetGroup subnets,
      ElasticacheParameterGroup parameters,
      ElasticacheUserGroup users) {
    RegionConfig.Cache config = props.config();
    boolean failover = config.nodes() > 1;
    return ElasticacheReplicationGroup.Builder.create(this, "redis")
        .replicationGroupId(props.names().platform())
        .description("Redis of Superset " + props.names().label())
        .engine("redis")
        .engineVersion(config.engineVersion())
        .nodeType(config.nodeType())
        .numCacheClusters(config.nodes())
        .automaticFailoverEnabled(failover)
        .multiAzEnabled(failover)
        .port(PORT)
        .subnetGroupName(subnets.getName())
        .securityGroupIds(List.of(props.securityGroupId()))
        .parameterGroupName(parameters.getName())
        .atRestEncryptionEnabled(true)
        .kmsKeyId(props.keyArn())
        .transitEncryptionEnabled(true)
        .userGroupIds(List.of(users.getUserGroupId()))
        .snapshotRetentionLimit(config.snapshotDays())
        .snapshotWindow("04:30-05:30")
        .maintenanceWindow("sun:06:00-sun:07:00")
        .autoMinorVersionUpgrade("true")
        .applyImmediately(true)
        .tags(Map.of("Name", props.names().platform()))
        .build();
  }

  private ElasticacheSubnetGroup subnets(Props props) {
    return ElasticacheSubnetGroup.Builder.create(this, "subnets")
        .name(props.names().platform())
        .description("Isolated subnets of Superset")
        .subnetIds(props.subnetIds())
        .tags(Map.of("Name", props.names().platform()))
        .build();
  }

  private ElasticacheParameterGroup parameters(Props props) {
    String name = props.names().of("redis7");
    return ElasticacheParameterGroup.Builder.create(this, "parameters")
        .name(name)
        .family("redis7")
        .description("Redis of Superset")
        .parameter(
            List.of(
                // Cached entries have a lifetime and may go; queued jobs have none and stay.
                ElasticacheParameterGroupParameter.builder()
                    .name("maxmemory-policy")
                    .value("volatile-lru")
                    .build()))
        .tags(Map.of("Name", name))
        .lifecycle(TerraformResourceLifecycle.builder().createBeforeDestroy(true).build())
        .build();
  }

  /** IAM authentication wants the id and the name equal (AWS: Authenticating with IAM). */
  private ElasticacheUser supersetUser(Props props) {
    String name = props.names().platform();
    return ElasticacheUser.Builder.create(this, "user")
        .userId(name)
        .userName(name)
        .engine("REDIS")
        .accessString(
            "on ~%1$s* resetchannels &%1$s* -@all +@all -@admin -@dangerous +info"
                .formatted(KEY_PREFIX))
        .authenticationMode(ElasticacheUserAuthenticationMode.builder().type("iam").build())
        .tags(Map.of("Name", name))
        .build();
  }

  /** Every group needs a user named {@code default}; this one can do nothing. */
  private ElasticacheUser noDefaultUser(Props props) {
    String id = props.names().of("nobody");
    return ElasticacheUser.Builder.create(this, "nobody")
        .userId(id)
        .userName("default")
        .engine("REDIS")
        .accessString("off ~* -@all")
        // As authentication_mode it would differ from what AWS answers at every plan.
        .noPasswordRequired(true)
        .tags(Map.of("Name", id))
        .build();
  }

  private ElasticacheUserGroup users(Props props, ElasticacheUser nobody) {
    String id = props.names().platform();
    return ElasticacheUserGroup.Builder.create(this, "users")
        .userGroupId(id)
        .engine("REDIS")
        .userIds(List.of(nobody.getUserId(), user.getUserId()))
        .tags(Map.of("Name", id))
        .build();
  }
}
