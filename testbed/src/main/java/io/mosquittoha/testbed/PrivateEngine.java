package io.mosquittoha.testbed;

import java.net.URI;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.dockerclient.TransportConfig;

/**
 * Leads Testcontainers to the engine that {@code testbed/engine} started; it finds every other one
 * by itself. Made by the service loader.
 */
public final class PrivateEngine extends DockerClientProviderStrategy {

  /** For the service loader. */
  public PrivateEngine() {}

  @Override
  public String getDescription() {
    return "The testbed's private Docker engine";
  }

  @Override
  protected boolean isApplicable() {
    return !Engine.address().equals(System.getenv("DOCKER_HOST"))
        && !Engine.address().equals("unix:///var/run/docker.sock");
  }

  // It goes away with `engine down`, so it must not be remembered in the user's settings.
  @Override
  protected boolean isPersistable() {
    return false;
  }

  @Override
  protected int getPriority() {
    return 1000;
  }

  // Testcontainers would take a machine that is itself a container for one beside the engine.
  @Override
  public synchronized String getDockerHostIpAddress() {
    return "localhost";
  }

  @Override
  public TransportConfig getTransportConfig() {
    return TransportConfig.builder().dockerHost(URI.create(Engine.address())).build();
  }
}
