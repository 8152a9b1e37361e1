package superset.platform.config;

import java.util.Locale;
import java.util.Optional;

/** The kinds of databases that Superset can be pointed at. */
enum DataSourceKind {
  MYSQL(Host.REQUIRED, 3306),
  POSTGRES(Host.REQUIRED, 5432),
  REDSHIFT(Host.REQUIRED, 5439),
  /** The host names the account, such as {@code xy12345.eu-west-1.snowflakecomputing.com}. */
  SNOWFLAKE(Host.REQUIRED, 443),
  ATHENA(Host.NONE, 0),
  BIGQUERY(Host.NONE, 0);

  /** Whether a kind is reached at a host, or through its cloud's API. */
  enum Host {
    REQUIRED,
    NONE
  }

  private final Host host;
  private final int port;

  DataSourceKind(Host host, int port) {
    this.host = host;
    this.port = port;
  }

  /**
   * @param name as in the configuration, in lower case
   */
  static DataSourceKind of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  boolean hasHost() {
    return host == Host.REQUIRED;
  }

  /** The port that the kind listens on unless told otherwise. */
  Optional<Integer> port() {
    return hasHost() ? Optional.of(port) : Optional.empty();
  }
}
