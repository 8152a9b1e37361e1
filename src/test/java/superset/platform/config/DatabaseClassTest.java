package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseClassTest {

  /** Memory in bytes / 9531392, at most 5000. */
  @ParameterizedTest
  @CsvSource({
    "db.t4g.micro, 112",
    "db.t4g.medium, 450",
    "db.t4g.large, 901",
    "db.r6g.large, 1802",
    "db.r6g.xlarge, 3604",
    "db.r6g.2xlarge, 5000",
    "db.r6g.16xlarge, 5000"
  })
  void connectionsFollowFromMemory(String name, int expected) {
    assertThat(DatabaseClass.find(name).orElseThrow().maxConnections()).isEqualTo(expected);
  }

  @Test
  void gravitonTwoEndsAtSixteenTimes() {
    assertThat(DatabaseClass.names())
        .contains("db.r6g.16xlarge", "db.r6i.24xlarge")
        .doesNotContain("db.r6g.24xlarge", "db.t4g.4xlarge", "db.r6g.medium");
  }
}
