package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FargateTest {

  /** Number of memory sizes in the table of the Amazon ECS Developer Guide. */
  @ParameterizedTest
  @CsvSource({"256, 3", "512, 4", "1024, 7", "2048, 13", "4096, 23", "8192, 12", "16384, 12"})
  void offersAsManySizesAsAws(int cpu, int expected) {
    Fargate size = Fargate.of(cpu);
    List<Integer> offered = IntStream.rangeClosed(1, 131_072).filter(size::offers).boxed().toList();
    assertThat(offered).hasSize(expected).contains(size.least(), size.most());
  }
}
