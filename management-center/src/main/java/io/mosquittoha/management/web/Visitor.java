package io.mosquittoha.management.web;

import java.util.Optional;

/**
 * Somebody who sends requests.
 *
 * @param csrf what requests of theirs have to carry if they change something; empty for those that
 *     no browser sends by itself
 * @param mustChange whether they may do nothing but choose another password
 * @param session the hash of the session's token, or of the API token
 */
record Visitor(Person person, Optional<String> csrf, boolean mustChange, String session) {

  static Visitor nobody(String from) {
    return new Visitor(new Person("", Role.ANYONE, from), Optional.empty(), false, "");
  }

  boolean isKnown() {
    return person.role() != Role.ANYONE;
  }
}
