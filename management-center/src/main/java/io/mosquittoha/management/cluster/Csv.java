package io.mosquittoha.management.cluster;

import java.util.List;

/** Occurrences as a table for spreadsheets (RFC 4180). */
final class Csv {

  private static final List<String> PHASES =
      List.of("detectMs", "electMs", "commitMs", "warmMs", "restoreMs");

  private Csv() {}

  static String of(List<Occurrence> occurrences) {
    var csv = new StringBuilder("time,epoch,kind,member,detail");
    PHASES.forEach(phase -> csv.append(',').append(phase));
    csv.append(",outageMs,clientsBefore,clientsBackMs\r\n");
    for (var it : occurrences) {
      csv.append(it.time()).append(',').append(it.epoch());
      csv.append(',').append(text(it.kind()));
      csv.append(',').append(text(it.member()));
      csv.append(',').append(text(it.detail()));
      for (var phase : PHASES) {
        csv.append(',');
        if (it.phases().containsKey(phase)) {
          csv.append(it.phases().get(phase));
        }
      }
      csv.append(',');
      if (it.changesLeader()) {
        csv.append(it.outageMs());
      }
      csv.append(',');
      it.clientsBefore().ifPresent(csv::append);
      csv.append(',');
      it.clientsBackMs().ifPresent(csv::append);
      csv.append("\r\n");
    }
    return csv.toString();
  }

  /** Quoted if need be; a spreadsheet must not take text for a formula. */
  private static String text(String text) {
    var safe = text.isEmpty() || "=+-@\t\r".indexOf(text.charAt(0)) < 0 ? text : "'" + text;
    return safe.matches("[^\",\\r\\n]*") ? safe : '"' + safe.replace("\"", "\"\"") + '"';
  }
}
