package superset.platform.config;

import java.util.List;

/**
 * The task sizes of Fargate (Amazon ECS Developer Guide, "Fargate task definition parameters: task
 * CPU and memory").
 *
 * @param cpu CPU units
 * @param least smallest memory, MiB
 * @param most largest memory, MiB
 * @param step distance between two sizes, MiB; 0: each is twice the one before
 */
record Fargate(int cpu, int least, int most, int step) {

  private static final List<Fargate> SIZES =
      List.of(
          new Fargate(256, 512, 2048, 0),
          new Fargate(512, 1024, 4096, 1024),
          new Fargate(1024, 2048, 8192, 1024),
          new Fargate(2048, 4096, 16384, 1024),
          new Fargate(4096, 8192, 30720, 1024),
          new Fargate(8192, 16384, 61440, 4096),
          new Fargate(16384, 32768, 122880, 8192));

  static Fargate of(int cpu) {
    return SIZES.stream()
        .filter(size -> size.cpu == cpu)
        .findFirst()
        .orElseThrow(Settings.Unknown::new);
  }

  boolean offers(int memory) {
    if (memory < least || memory > most) {
      return false;
    }
    return step == 0 ? Integer.bitCount(memory) == 1 : (memory - least) % step == 0;
  }

  String memories() {
    return step == 0 ? "512, 1024 or 2048" : least + " to " + most + " in steps of " + step;
  }
}
