package superset.platform.cost;

import com.hashicorp.cdktf.providers.aws.budgets_budget.BudgetsBudget;
import com.hashicorp.cdktf.providers.aws.budgets_budget.BudgetsBudgetNotification;
import java.util.ArrayList;
import java.util.List;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;

/** A bound on what the account costs in a month: who is told when it is near. It stops nothing. */
public final class Budget extends Construct {

  /**
   * @param email addresses that are told, at most 10
   */
  public record Props(PlatformConfig.Budget budget, List<String> email, Names names) {
    public Props {
      email = List.copyOf(email);
    }
  }

  public Budget(Construct scope, String id, Props props) {
    super(scope, id);
    BudgetsBudget.Builder.create(this, "month")
        .name(props.names().of("month"))
        .budgetType("COST")
        .timeUnit("MONTHLY")
        .limitAmount(String.valueOf(props.budget().monthlyUsd()))
        .limitUnit("USD")
        .notification(notifications(props))
        .build();
  }

  private static List<BudgetsBudgetNotification> notifications(Props props) {
    List<BudgetsBudgetNotification> notifications = new ArrayList<>();
    props.budget().alertAt().forEach(at -> notifications.add(notification("ACTUAL", at, props)));
    if (props.budget().forecast()) {
      notifications.add(notification("FORECASTED", 100, props));
    }
    return notifications;
  }

  private static BudgetsBudgetNotification notification(String type, int percent, Props props) {
    return BudgetsBudgetNotification.builder()
        .notificationType(type)
        .comparisonOperator("GREATER_THAN")
        .threshold(percent)
        .thresholdType("PERCENTAGE")
        .subscriberEmailAddresses(props.email())
        .build();
  }
}
