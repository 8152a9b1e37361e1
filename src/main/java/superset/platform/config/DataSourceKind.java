package superset.platform.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The kinds of databases that Superset can be pointed at, and the keys that each has. */
enum DataSourceKind {
  MYSQL(3306),
  POSTGRES(5432),
  REDSHIFT(5439),
  ATHENA("database", "workgroup", "output", "glue_databases", "buckets"),
  BIGQUERY("database"),
  SNOWFLAKE("database", "account", "warehouse", "role"),
  CUSTOM(
      List.of("host", "port", "uri"), List.of("database", "cidr", "via"), Optional.empty(), false);

  private final List<String> required;
  private final List<String> optional;
  private final Optional<Integer> port;
  private final boolean choosesTls;

  DataSourceKind(
      List<String> required, List<String> optional, Optional<Integer> port, boolean choosesTls) {
    this.required = required;
    this.optional = optional;
    this.port = port;
    this.choosesTls = choosesTls;
  }

  /** A kind that is reached at a host and a port. */
  DataSourceKind(int port) {
    this(List.of("host", "database"), List.of("port", "cidr", "via"), Optional.of(port), true);
  }

  /** A kind that is reached through its cloud's API, which is HTTPS. */
  DataSourceKind(String... required) {
    this(List.of(required), List.of(), Optional.empty(), false);
  }

  /**
   * @param name as in the configuration, in lower case
   */
  static DataSourceKind of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** Keys that only some kinds have. */
  static List<String> keysOfKinds() {
    return Arrays.stream(values())
        .flatMap(kind -> Stream.concat(kind.required.stream(), kind.optional.stream()))
        .distinct()
        .toList();
  }

  /** Keys that a source of the kind must have. */
  List<String> required() {
    return required;
  }

  boolean has(String key) {
    return required.contains(key) || optional.contains(key);
  }

  /** The port that the kind listens on unless told otherwise. */
  Optional<Integer> port() {
    return port;
  }

  /** Whether TLS can be switched off: elsewhere it is the protocol's, or stands in the URI. */
  boolean choosesTls() {
    return choosesTls;
  }
}
