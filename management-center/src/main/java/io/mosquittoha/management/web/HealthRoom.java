package io.mosquittoha.management.web;

import io.mosquittoha.management.store.Store;

/** Whether it lives, and whether it can work. */
final class HealthRoom implements Room {

  private final Store store;

  HealthRoom(Store store) {
    this.store = store;
    store.migrate(
        "health",
        1,
        "CREATE TABLE health (at INTEGER NOT NULL) STRICT",
        "INSERT INTO health VALUES (0)");
  }

  @Override
  public void open(Routes routes) {
    routes.page("/healthz", Role.ANYONE, visit -> visit.context().result("ok\n"));
    routes.page("/readyz", Role.ANYONE, this::ready);
  }

  private void ready(Visit visit) {
    if (!store.isThere()) {
      throw new Problem(503, "The database's file is gone. Check its volume, and start again.");
    }
    store.read(connection -> {
      try (var query = connection.prepareStatement("SELECT at FROM health");
          var rows = query.executeQuery()) {
        return rows.next();
      }
    });
    visit.context().result("ok\n");
  }
}
