package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {

  @ParameterizedTest
  @CsvSource({
    "03:00-04:00, sun:05:00-sun:06:00, false",
    "03:00-04:00, sun:04:00-sun:05:00, false",
    "03:00-04:00, sun:02:00-sun:03:00, false",
    "03:00-04:00, sun:03:59-sun:04:30, true",
    "03:00-04:00, wed:02:00-wed:03:01, true",
    "03:00-04:00, tue:00:00-tue:23:59, true",
    "23:30-00:30, mon:00:15-mon:00:45, true",
    "23:30-00:30, sun:22:00-sun:23:30, false",
    "00:00-00:30, sun:23:45-mon:00:15, true",
    "00:15-00:45, sun:23:45-mon:00:15, false"
  })
  void overlapsWhereAMinuteIsShared(String daily, String weekly, boolean expected) {
    Window backup = Window.daily(daily);
    Window maintenance = Window.weekly(weekly);
    assertThat(backup.overlaps(maintenance)).isEqualTo(expected);
    assertThat(maintenance.overlaps(backup)).isEqualTo(expected);
  }

  @Test
  void lengthPassesMidnightAndSunday() {
    assertThat(Window.daily("23:30-00:30").length()).isEqualTo(60);
    assertThat(Window.weekly("sun:23:30-mon:00:30").length()).isEqualTo(60);
    assertThat(Window.daily("03:00-03:00").length()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"3:00-4:00", "03:00", "03:00-24:00", "03:60-04:00", "sun:03:00-sun:04:00"})
  void dailyHasOneForm(String text) {
    assertThatThrownBy(() -> Window.daily(text)).hasMessageContaining("hh:mm-hh:mm");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Sun:05:00-sun:06:00", "day:05:00-day:06:00", "05:00-06:00", "sun:5:00-sun:6:00"})
  void weeklyHasOneForm(String text) {
    assertThatThrownBy(() -> Window.weekly(text)).hasMessageContaining("ddd:hh:mm-ddd:hh:mm");
  }
}
