package io.mosquittoha.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The processes under test, with all their children, watched through /proc. */
public final class Processes {
  private static final Path PROC = Path.of("/proc");
  private static final double TICKS_PER_SECOND = 100;

  private final List<Long> roots;
  private final Map<Long, Long> ticksAtStart = new HashMap<>();
  private final Map<Long, Long> ticks = new HashMap<>();
  private long peak;
  private int most;

  public Processes(List<Long> roots) {
    this.roots = List.copyOf(roots);
    for (var pid : roots) {
      if (!Files.exists(PROC.resolve(pid + "/stat"))) {
        throw new IllegalArgumentException("there is no process " + pid);
      }
    }
  }

  /** Process ids, one a line. */
  public static List<Long> read(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .map(Long::valueOf)
        .toList();
  }

  /** Counts from here. */
  public void start() {
    ticksAtStart.clear();
    ticks.clear();
    peak = 0;
    sample();
    ticksAtStart.putAll(ticks);
  }

  /**
   * Looks once; to be called now and then, since a process that has ended can't be asked any more.
   */
  public void sample() {
    if (roots.isEmpty()) {
      return;
    }
    var resident = 0L;
    var seen = tree();
    for (var pid : seen) {
      var stat = stat(pid);
      if (stat.length > 21) {
        ticks.put(pid, Long.parseLong(stat[11]) + Long.parseLong(stat[12]));
        resident += Long.parseLong(stat[21]) * 4096;
      }
    }
    peak = Math.max(peak, resident);
    most = Math.max(most, seen.size());
  }

  /** Since the start. */
  public Usage usage() {
    sample();
    var used = 0L;
    for (var entry : ticks.entrySet()) {
      used += entry.getValue() - ticksAtStart.getOrDefault(entry.getKey(), 0L);
    }
    return new Usage(used / TICKS_PER_SECOND, peak, most);
  }

  private Set<Long> tree() {
    var children = new HashMap<Long, List<Long>>();
    try (var folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (var folder : folders) {
        var pid = Long.parseLong(folder.getFileName().toString());
        var stat = stat(pid);
        if (stat.length > 1) {
          children.computeIfAbsent(Long.valueOf(stat[1]), parent -> new ArrayList<>()).add(pid);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "/proc can't be read; processes can be watched on Linux only", e);
    }
    var found = new LinkedHashSet<Long>();
    var open = new ArrayList<>(roots);
    while (!open.isEmpty()) {
      var pid = open.removeLast();
      if (found.add(pid)) {
        open.addAll(children.getOrDefault(pid, List.of()));
      }
    }
    return found;
  }

  /**
   * The fields after the name, which may have spaces in it: 0 is the state, 1 the parent, 11 and 12
   * ticks, 21 pages.
   */
  private static String[] stat(long pid) {
    try {
      var line = Files.readString(PROC.resolve(pid + "/stat"));
      return line.substring(line.lastIndexOf(')') + 2).split(" ");
    } catch (IOException e) {
      return new String[0];
    }
  }
}
