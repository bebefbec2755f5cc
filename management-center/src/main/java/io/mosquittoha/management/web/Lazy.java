package io.mosquittoha.management.web;

import java.util.Optional;
import java.util.function.Supplier;

/** Made when it is asked for first. */
final class Lazy<T> implements Supplier<T> {

  private final Supplier<T> maker;
  private Optional<T> made = Optional.empty();

  Lazy(Supplier<T> maker) {
    this.maker = maker;
  }

  @Override
  public synchronized T get() {
    if (made.isEmpty()) {
      made = Optional.of(maker.get());
    }
    return made.get();
  }
}
