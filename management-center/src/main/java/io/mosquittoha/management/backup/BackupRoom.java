package io.mosquittoha.management.backup;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.security.AclDecision;
import io.mosquittoha.management.security.Action;
import io.mosquittoha.management.security.Question;
import io.mosquittoha.management.security.Security;
import io.mosquittoha.management.security.SentJson;
import io.mosquittoha.management.security.Wish;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Backups of security and retained messages, and their restoration. */
public final class BackupRoom implements Room {

  private static final int SHOWN = 60;

  private final Settings settings;
  private final Security security;
  private final Retained retained;

  public BackupRoom(Settings settings, Security security, Cluster cluster, Account account) {
    this.settings = settings;
    this.security = security;
    this.retained = new Retained(cluster, account);
  }

  @Override
  public void open(Routes routes) {
    routes.page(
        "/admin/backup",
        Role.VIEWER,
        visit -> visit.render("backup/backup.jte", Map.of("mostMib", Retained.MOST_BYTES >> 20)));
    routes.get(
        "/api/v1/backup",
        Role.EDITOR,
        "Give out security (?security=true) and retained messages (?retained=FILTER) as one file.",
        ObjectNode.class,
        this::download);
    routes.post(
        "/api/v1/backup/restore",
        Role.ADMIN,
        "Make security and retained messages like a backup; ?remove=true takes away what is not in"
            + " it. With ?preview=true it only tells what that does, and whom it disconnects.",
        this::restore);
  }

  private void download(Visit visit) {
    var filter = visit.query("retained");
    boolean withSecurity = visit.query("security").equals("true");
    if (!filter.isEmpty()) {
      Backup.check(filter);
    } else if (!withSecurity) {
      throw new Problem(400, "Choose what the backup has: security, retained messages, or both.");
    }
    var backup =
        new Backup(
            withSecurity ? Optional.of(security.policy()) : Optional.empty(),
            filter,
            filter.isEmpty() ? Map.of() : retained.read(filter));
    var file = backup.write(settings.release()).toString().getBytes(StandardCharsets.UTF_8);
    // Security has no parts; where there is too much of it, a larger heap takes it.
    if (!filter.isEmpty() && !SentJson.takes(file)) {
      throw new Problem(
          413,
          "Such a backup could not be restored here: it takes too much memory. Make one of security"
              + " and others of retained messages, with narrower filters; or raise"
              + " managementCenter.heap.");
    }
    visit.audit(
        "backup.download",
        settings.release(),
        null,
        Map.of(
            "security", backup.security().isPresent(),
            "filter", filter,
            "messages", backup.retained().size()));
    var name =
        "%s-backup-%s.json"
            .formatted(
                settings.release().replaceAll("[^A-Za-z0-9._-]", "_"),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replace(":", ""));
    visit
        .context()
        .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
        .contentType("application/json")
        .result(file);
  }

  private void restore(Visit visit) {
    var backup = Backup.read(SentJson.of(visit), security::policy);
    boolean remove = visit.query("remove").equals("true");
    List<Wish> wishes =
        backup.security().map(policy -> security.toward(policy, remove)).orElse(List.of());
    var now =
        backup.filter().isEmpty() ? Map.<String, Message>of() : retained.read(backup.filter());
    var publications = backup.publications(now, remove);
    mayPublish(wishes, publications);
    if (visit.query("preview").equals("true")) {
      visit.json(preview(security.preview(wishes).json(), publications, now));
      return;
    }
    if (!wishes.isEmpty()) {
      security.carryOut(
          visit,
          "security.restore",
          "Restored clients, groups and roles from a backup.",
          wishes,
          visit.query("mark"),
          visit.query("insist").equals("true"));
    }
    var published = new AtomicInteger();
    if (!publications.isEmpty()) {
      try {
        retained.publish(publications, published);
      } finally {
        visit.audit(
            "backup.restore",
            backup.filter(),
            Map.of("messages", now.size()),
            Map.of("toPublish", publications.size(), "published", published.get()));
      }
    }
    visit.done(
        wishes.isEmpty() && published.get() == 0
            ? "Everything is as in the backup already."
            : "Restored the backup: %d retained messages, %s."
                .formatted(published.get(), wishes.isEmpty() ? "no security" : "security"));
  }

  /** Better told before anything is done than in the middle. */
  private void mayPublish(List<Wish> wishes, List<Message> publications) {
    // Security is restored before.
    var policy = security.after(wishes);
    var refused =
        publications.stream()
            .map(Message::topic)
            .filter(topic ->
                !AclDecision.decide(
                        policy, new Question(settings.account(), "", Action.PUBLISH, topic))
                    .allowed())
            .toList();
    if (!refused.isEmpty()) {
      throw new Problem(
          403,
          "The account '%s' of this management center may not publish to %d topics of the backup, such as '%s'. Give it a role that allows it. Nothing was done."
              .formatted(settings.account(), refused.size(), refused.getFirst()));
    }
  }

  /** Retained messages look like the other differences. */
  private static ObjectNode preview(
      ObjectNode plan, List<Message> publications, Map<String, Message> now) {
    if (publications.isEmpty()) {
      return plan;
    }
    plan.put("nothing", false);
    var all = (ArrayNode) plan.path("differences");
    for (var message : publications.stream().limit(SHOWN).toList()) {
      var there = Optional.ofNullable(now.get(message.topic()));
      boolean gone = message.payload().length == 0;
      var node = all.addObject();
      node.put("kind", "RETAINED").put("name", message.topic());
      node.put("what", gone ? "deleted" : there.isPresent() ? "changed" : "created");
      node.put("words", "retained message of '" + message.topic() + "'");
      node.putArray("lines")
          .addObject()
          .put("field", "payload")
          .put("before", there.map(BackupRoom::shown).orElse(""))
          .put("after", gone ? "" : shown(message));
    }
    if (publications.size() > SHOWN) {
      var node = all.addObject();
      node.put("kind", "RETAINED").put("name", "").put("what", "");
      node.put("words", (publications.size() - SHOWN) + " more retained messages");
      node.putArray("lines");
    }
    var impact = (ObjectNode) plan.path("impact");
    impact.put(
        "sentence",
        "%s %d retained messages are published, which clients that subscribe to them get."
            .formatted(impact.path("sentence").asText(), publications.size()));
    return plan;
  }

  private static String shown(Message message) {
    var payload = message.payload();
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
      if (text.chars().noneMatch(Character::isISOControl)) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
      }
    } catch (CharacterCodingException e) {
      // It is no text.
    }
    return payload.length + " bytes";
  }
}
