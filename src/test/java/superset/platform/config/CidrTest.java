package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

  @ParameterizedTest
  @ValueSource(strings = {"10.10.0.0/16", "0.0.0.0/0", "255.255.255.255/32", "192.168.128.0/17"})
  void isWrittenAsItWasRead(String text) {
    assertThat(Cidr.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "10.10.0.0, not of the form",
    "10.256.0.0/16, octet above 255",
    "10.10.0.0/33, 33 is not 0 to 32",
    "10.10.1.0/16, boundary of its size"
  })
  void saysWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void subnetsFollowOneAnother() {
    Cidr block = Cidr.parse("10.10.0.0/16");
    assertThat(block.subnet(24, 0)).hasToString("10.10.0.0/24");
    assertThat(block.subnet(24, 255)).hasToString("10.10.255.0/24");
    assertThatThrownBy(() -> block.subnet(24, 256)).hasMessageContaining("no /24 number 256");
    assertThatThrownBy(() -> block.subnet(15, 0)).hasMessageContaining("no /15 number 0");
  }

  @ParameterizedTest
  @CsvSource({
    "10.10.0.0/16, 10.10.128.0/20, true",
    "10.10.128.0/20, 10.10.0.0/16, true",
    "10.10.0.0/16, 10.10.0.0/16, true",
    "10.10.0.0/16, 10.11.0.0/16, false",
    "10.10.0.0/17, 10.10.128.0/17, false"
  })
  void overlapsWhereAnAddressIsShared(String one, String other, boolean expected) {
    assertThat(Cidr.parse(one).overlaps(Cidr.parse(other))).isEqualTo(expected);
  }

  @Test
  void containsOnlyWhatLiesWhollyWithin() {
    Cidr ten = Cidr.parse("10.0.0.0/8");
    assertThat(ten.contains(Cidr.parse("10.255.0.0/16"))).isTrue();
    assertThat(ten.contains(Cidr.parse("0.0.0.0/0"))).isFalse();
    assertThat(ten.contains(Cidr.parse("11.0.0.0/16"))).isFalse();
  }
}
