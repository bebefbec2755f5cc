package io.mosquittoha.manifests;

/** Helm refused to render, or what it rendered is not what Kubernetes knows. */
public final class RenderingException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RenderingException(String message) {
    super(message);
  }

  RenderingException(String message, Throwable cause) {
    super(message, cause);
  }
}
