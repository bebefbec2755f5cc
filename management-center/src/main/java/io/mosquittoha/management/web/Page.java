package io.mosquittoha.management.web;

/**
 * What every template knows.
 *
 * @param base the path that all addresses begin with, without a slash at its end: "" or "/mqtt"
 * @param path the page's own path, without base
 * @param who who looks at it
 * @param csrf what requests that change something have to carry
 * @param version this application's
 * @param release the Helm release that is looked at
 */
public record Page(
    String base, String path, Person who, String csrf, String version, String release) {

  /**
   * The address of a file of {@code resources/assets}, or {@code htmx.js}, {@code uplot.js}, {@code
   * uplot.css}. It has the content's hash in it, so that browsers keep it for good.
   */
  public String asset(String name) {
    return base + Assets.address(name);
  }

  public boolean may(Role role) {
    return who.role().includes(role);
  }

  /** For templates, which know no enums by their short names. */
  public boolean mayEdit() {
    return may(Role.EDITOR);
  }

  public boolean mayAdminister() {
    return may(Role.ADMIN);
  }
}
