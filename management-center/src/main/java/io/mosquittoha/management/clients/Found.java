package io.mosquittoha.management.clients;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.mosquittoha.management.cluster.Cluster.Client;
import io.mosquittoha.management.cluster.Cluster.Clients;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of clients, for the template.
 *
 * @param broker who serves all of them; "" if nobody is known to
 */
public record Found(Search search, List<ClientRow> rows, int total, String broker) {

  static Found of(Search search, Clients clients, String broker) {
    return new Found(
        search, clients.clients().stream().map(ClientRow::new).toList(), clients.total(), broker);
  }

  public int from() {
    return rows.isEmpty() ? 0 : search.offset() + 1;
  }

  public int to() {
    return search.offset() + rows.size();
  }

  public boolean hasPrevious() {
    return search.offset() > 0;
  }

  public boolean hasNext() {
    return to() < total;
  }

  /** One of them. */
  public record ClientRow(Client client) {

    /** For addresses. */
    public String key() {
      return ClientKey.of(client.id());
    }

    public String name() {
      return client.id().isEmpty() ? "(no id)" : Visible.start(client.id());
    }

    public String user() {
      return Visible.start(client.username());
    }

    /** What the REST interface of security is sent to disable the account. */
    public String disabling() {
      var body = JsonNodeFactory.instance.objectNode().put("action", "disable");
      body.putArray("names").add(client.username());
      return body.toString();
    }

    /** For a narrow column. */
    public String shortUser() {
      return Visible.start(client.username(), 32);
    }

    public String address() {
      return Visible.start(client.address());
    }

    /** When it connected or left; null if nobody knows. */
    public @Nullable Instant since() {
      try {
        return client.since().isEmpty() ? null : Instant.parse(client.since());
      } catch (DateTimeParseException e) {
        return null;
      }
    }

    public String protocol() {
      return switch (client.protocol()) {
        case 3 -> "3.1";
        case 4 -> "3.1.1";
        case 5 -> "5";
        default -> "";
      };
    }
  }
}
