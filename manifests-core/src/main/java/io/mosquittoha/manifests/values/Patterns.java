package io.mosquittoha.manifests.values;

/** How texts that Kubernetes, Mosquitto or HAProxy read have to look. */
final class Patterns {

  static final String QUANTITY = "^[0-9]+(\\.[0-9]+)?(m|Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?$";
  static final String STORAGE = "^[1-9][0-9]*(\\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$";
  static final String NAME = "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$";
  static final String SHORT_NAME = "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$";
  static final String DOMAIN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
  static final String HOST =
      "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
  static final String OPTIONAL_HOST =
      "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$";
  static final String LABEL_VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";
  static final String LABEL_KEY =
      "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";
  static final String GO_DURATION = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";
  static final String SCRAPE_INTERVAL = "^([0-9]+(ms|s|m|h))+$";
  static final String HAPROXY_TIME = "^[1-9][0-9]*(us|ms|s|m|h|d)$";
  static final String TIME = "^[1-9][0-9]*(ms|s|m)$";
  static final String BYTES = "^[1-9][0-9]*(KiB|MiB|GiB)$";
  static final String ACCOUNT = "^[A-Za-z0-9][A-Za-z0-9._-]*$";
  static final String IP_ADDRESS = "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$";
  static final String CIDR =
      "^([0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*/[0-9]{1,3})$";
  static final String REGISTRY =
      "^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]+)?(/[-a-z0-9._/]+)?)?$";
  static final String REPOSITORY = "^[a-z0-9]+([._/-]+[a-z0-9]+)*$";
  static final String TAG = "^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$";
  static final String DIGEST = "^(sha256:[0-9a-f]{64})?$";

  private Patterns() {}
}
