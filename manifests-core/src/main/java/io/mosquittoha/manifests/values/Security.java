package io.mosquittoha.manifests.values;

import java.util.List;

/** Who may do what. */
public record Security(
    @Value(
            value =
                "Secret with one password per account (key: name of the account); empty: the"
                    + " chart makes one with random passwords and keeps it over upgrades",
            pattern = Patterns.NAME,
            example = "mqtt-accounts")
        String existingSecret,
    @Value("Accounts that every broker has, beside `admin`, which is always there")
        List<Account> accounts,
    @Value(
            value =
                "Secret with the key `dynamic-security.json`: what a broker starts from when its"
                    + " volume has none (a backup)",
            pattern = Patterns.NAME,
            example = "dynamic-security-backup")
        String dynamicSecuritySeedSecret,
    @Value("Let clients in without name and password; leave it off") boolean anonymous,
    @Value(
            value = "User id of the containers; ignored with `openshift.enabled`",
            minimum = 1,
            maximum = 4294967294L)
        long runAsUser,
    @Value(
            value = "Group id of the containers; ignored with `openshift.enabled`",
            minimum = 0,
            maximum = 4294967294L)
        long runAsGroup,
    @Value(
            value = "Group that owns the volumes; ignored with `openshift.enabled`",
            minimum = 0,
            maximum = 4294967294L)
        long fsGroup) {

  public Security {
    accounts = Frozen.list(accounts);
  }

  /** An account of dynamic security, the same on every broker. */
  public record Account(
      @Value(
              value = "Name that the client gives; also the key of the password in the Secret",
              pattern = Patterns.ACCOUNT,
              example = "sensor-7")
          String username,
      @Value(
              value = "Roles of dynamic security, such as `client` or `super-admin`",
              pattern = "^.+$",
              example = "client",
              minimumItems = 1)
          List<String> roles) {

    public Account {
      roles = Frozen.list(roles);
    }
  }

  static Security defaults() {
    return new Security(
        "", List.of(new Account("mqtt", List.of("client"))), "", false, 10_001, 0, 10_001);
  }
}
