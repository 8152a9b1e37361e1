package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on the NAT gateways, through which tasks reach what has no endpoint in the VPC. */
final class NatAlarms {

  private NatAlarms() {}

  /**
   * @param gateways ids, in the order of the zones
   */
  static List<Alarm> of(List<String> gateways) {
    List<Alarm> alarms = new ArrayList<>();
    for (int zone = 0; zone < gateways.size(); zone++) {
      alarms.add(
          new Alarm(
              "nat-ports-" + (zone + 1),
              Severity.NOTIFY,
              "A NAT gateway has no port left for new connections to some address",
              Metric.of(
                  "AWS/NATGateway",
                  "ErrorPortAllocation",
                  "Sum",
                  List.of("NatGatewayId", gateways.get(zone))),
              300,
              3,
              Bound.atLeast(1),
              Missing.NOT_BREACHING));
    }
    return alarms;
  }
}
