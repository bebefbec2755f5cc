package io.mosquittoha.manifests.values;

import java.util.List;
import java.util.Map;

/** What stands around the brokers, the same in every variant. */
public record Surroundings(
    @Value("Accounts and user ids") Security security,
    @Value("The Service that clients dial") ClientService service,
    @Value("The Service that gives each broker its name") HeadlessService headlessService,
    @Value("OpenShift Route for MQTT over TLS") Route route,
    @Value("The web application for operators") ManagementCenter managementCenter,
    @Value("Identity of the pods") ServiceAccountSettings serviceAccount,
    @Value("What `helm test` runs") Tests tests,
    @Value("Further objects, or texts with them; both go through Helm's `tpl`")
        List<Object> extraManifests) {

  public Surroundings {
    extraManifests = Frozen.list(extraManifests);
  }

  public static Surroundings defaults() {
    return new Surroundings(
        Security.defaults(),
        ClientService.defaults(),
        new HeadlessService(Map.of()),
        new Route(false, "", Map.of()),
        ManagementCenter.defaults(),
        new ServiceAccountSettings(true, "", Map.of()),
        new Tests(true),
        List.of());
  }
}
