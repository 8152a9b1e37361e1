package superset.platform.network;

import superset.platform.config.Cidr;

/**
 * One row of the table of flows: TCP connections that are allowed. Where an end is a security
 * group, that group gets a rule; both ends must allow a connection.
 *
 * @param from who opens the connection
 * @param to who accepts it
 * @param port TCP port of the accepting side
 * @param description what the connection is for; the characters that AWS allows in a rule's
 *     description, so no apostrophe
 */
record Flow(End from, End to, int port, String description) {

  /** An end of a flow. */
  sealed interface End permits Role, Block, PrefixList {
    /** Part of the rules' names, such as {@code load-balancer}. */
    String label();
  }

  /** A security group of the region. */
  enum Role implements End {
    LOAD_BALANCER("load-balancer", "Load balancer"),
    WEB("web", "Web tasks"),
    WORKER("worker", "Worker, beat and init tasks"),
    WEBSOCKET("websocket", "Websocket tasks"),
    DATABASE("database", "Metadata database"),
    CACHE("cache", "Redis"),
    ENDPOINTS("endpoints", "Interface endpoints of AWS services");

    private final String label;
    private final String description;

    Role(String label, String description) {
      this.label = label;
      this.description = description;
    }

    @Override
    public String label() {
      return label;
    }

    String description() {
      return description;
    }
  }

  /**
   * Addresses outside the region's groups.
   *
   * @param cidr IPv4 block
   */
  record Block(String label, String cidr) implements End {
    static final Block INTERNET = new Block("internet", "0.0.0.0/0");

    /** A block that is known by its addresses only. */
    static Block of(Cidr cidr) {
      return new Block(cidr.toString().replace('/', '-'), cidr.toString());
    }
  }

  /**
   * Addresses that AWS maintains.
   *
   * @param id id of the prefix list
   */
  record PrefixList(String label, String id) implements End {}

  /** Name of the flow, unique in the table. */
  String label() {
    return from.label() + "-to-" + to.label() + "-" + port;
  }
}
