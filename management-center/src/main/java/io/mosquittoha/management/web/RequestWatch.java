package io.mosquittoha.management.web;

/** A room that is this too hears of each request after its answer. */
public interface RequestWatch {

  /**
   * Called by the request's thread; must not block.
   *
   * @param path the route's, with the names of its parameters, never their values; "" if none fits
   * @param seconds from its arrival to the end of its answer
   */
  void answered(String method, String path, int status, double seconds);
}
