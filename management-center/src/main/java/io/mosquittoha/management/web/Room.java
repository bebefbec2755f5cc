package io.mosquittoha.management.web;

/** A part of the application that has pages or a part of the REST interface. */
@FunctionalInterface
public interface Room {

  /** Adds its routes. Called once, before the server listens. */
  void open(Routes routes);
}
