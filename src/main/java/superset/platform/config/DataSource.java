package superset.platform.config;

import java.util.List;
import java.util.Optional;

/**
 * A database that Superset queries.
 *
 * @param name name in Superset and of its secret
 * @param kind mysql, postgres, redshift, athena, bigquery, snowflake or custom
 * @param address absent for the kinds that are reached through an API
 * @param database database; for bigquery the project
 * @param uri SQLAlchemy address of a custom kind, with placeholders
 */
public record DataSource(
    String name,
    String kind,
    Optional<Address> address,
    Optional<String> database,
    Optional<Athena> athena,
    Optional<Snowflake> snowflake,
    Optional<String> uri) {

  /** Whether a login is needed: Athena is asked with the task's own role. */
  public boolean hasSecret() {
    return athena.isEmpty();
  }

  /**
   * @param tls whether TLS is verified; absent where the kind leaves no choice
   * @param block block that the host lies in; absent: any address
   * @param transitGateway id of the gateway that leads to the block
   */
  public record Address(
      String host,
      int port,
      Optional<Boolean> tls,
      Optional<Cidr> block,
      Optional<String> transitGateway) {}

  /**
   * What the tasks may use of Athena.
   *
   * @param output where results are written, {@code s3://BUCKET/FOLDER}
   * @param glueDatabases databases of the Glue catalog that may be read
   * @param buckets buckets that hold the tables' data
   */
  public record Athena(
      String workgroup, String output, List<String> glueDatabases, List<String> buckets) {
    public Athena {
      glueDatabases = List.copyOf(glueDatabases);
      buckets = List.copyOf(buckets);
    }
  }

  /**
   * @param account what stands before {@code .snowflakecomputing.com}
   * @param warehouse warehouse that queries run on
   * @param role role that they run as
   */
  public record Snowflake(String account, String warehouse, String role) {}
}
