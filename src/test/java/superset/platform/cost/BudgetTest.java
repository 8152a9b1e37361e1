package superset.platform.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;

final class BudgetTest {

  @Test
  void everyStepAndTheForecastAreTold() {
    JsonNode budget = budget(true);

    assertThat(budget.path("limit_amount").asText()).isEqualTo("3000");
    assertThat(budget.path("time_unit").asText()).isEqualTo("MONTHLY");
    assertThat(budget.path("notification"))
        .extracting(
            one -> one.path("notification_type").asText(), one -> one.path("threshold").asInt())
        .containsExactly(tuple("ACTUAL", 80), tuple("ACTUAL", 100), tuple("FORECASTED", 100));
    assertThat(budget.path("notification"))
        .allSatisfy(
            one ->
                assertThat(Synthesized.texts(one.path("subscriber_email_addresses")))
                    .containsExactly("a@example.com"));
  }

  @Test
  void theForecastIsTheConfigurations() {
    assertThat(budget(false).path("notification")).hasSize(2);
  }

  private static JsonNode budget(boolean forecast) {
    return Synthesized.of(
            scope ->
                new Budget(
                    scope,
                    "budget",
                    new Budget.Props(
                        new PlatformConfig.Budget(3000, List.of(80, 100), forecast),
                        List.of("a@example.com"),
                        new Names("prod", "123456789012"))))
        .resource("aws_budgets_budget");
  }
}
