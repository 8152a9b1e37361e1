package superset.platform.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An RDS instance class that runs PostgreSQL 15.
 *
 * @param name such as {@code db.r6g.large}
 * @param memoryGb memory, GiB (Amazon RDS User Guide, "Hardware specifications for DB instance
 *     classes")
 */
record DatabaseClass(String name, int memoryGb) {

  private static final List<String> BURSTABLE =
      List.of("micro 1", "small 2", "medium 4", "large 8", "xlarge 16", "2xlarge 32");
  private static final List<String> GENERAL =
      List.of(
          "large 8",
          "xlarge 16",
          "2xlarge 32",
          "4xlarge 64",
          "8xlarge 128",
          "12xlarge 192",
          "16xlarge 256");
  private static final List<String> MEMORY =
      List.of(
          "large 16",
          "xlarge 32",
          "2xlarge 64",
          "4xlarge 128",
          "8xlarge 256",
          "12xlarge 384",
          "16xlarge 512");

  private static final Map<String, DatabaseClass> ALL = all();

  static Optional<DatabaseClass> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /**
   * The {@code max_connections} that RDS derives from the class, {@code
   * LEAST(DBInstanceClassMemory/9531392, 5000)} (Amazon RDS User Guide, "Maximum number of database
   * connections").
   */
  int maxConnections() {
    return (int) Math.min(5000, ((long) memoryGb << 30) / 9_531_392);
  }

  private static Map<String, DatabaseClass> all() {
    Map<String, DatabaseClass> classes = new LinkedHashMap<>();
    add(classes, List.of("t4g", "t3"), BURSTABLE);
    add(classes, List.of("m8g", "m7g", "m7i", "m6g", "m6i", "m5"), GENERAL);
    add(classes, List.of("r8g", "r7g", "r7i", "r6g", "r6i", "r5"), MEMORY);
    add(classes, List.of("m8g", "m7i", "m6i", "m5"), List.of("24xlarge 384"));
    add(classes, List.of("r8g", "r7i", "r6i", "r5"), List.of("24xlarge 768"));
    return classes;
  }

  private static void add(
      Map<String, DatabaseClass> classes, List<String> families, List<String> sizes) {
    for (String family : families) {
      for (String size : new ArrayList<>(sizes)) {
        String[] words = size.split(" ");
        String name = "db." + family + "." + words[0];
        classes.put(name, new DatabaseClass(name, Integer.parseInt(words[1])));
      }
    }
  }
}
