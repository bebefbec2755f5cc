package io.mosquittoha.agent.kubernetes;

import io.mosquittoha.agent.replication.ViewStore.Answer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Asks a store on a thread of its own, answers each call once, and says when it goes away or comes
 * back.
 */
final class Asked implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Asked.class.getName());

  /** While a store is away for one reason, another reason is said so much later only. */
  private static final long ANOTHER_REASON = TimeUnit.SECONDS.toNanos(10);

  private final String what;
  private final ExecutorService thread;
  private String away = ""; // why; as it was said. The thread's
  private long saidAt;

  Asked(String what) {
    this.what = what;
    var pool =
        new ThreadPoolExecutor(
            1,
            1,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("view").daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    thread = pool;
  }

  void ask(Supplier<Answer> question, Consumer<Answer> answer) {
    try {
      thread.execute(() -> {
        var found = judged(question);
        try {
          answer.accept(found);
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.ERROR, "What " + what + " said could not be used", e);
        }
      });
    } catch (RejectedExecutionException e) {
      answer.accept(new Answer.Unavailable("the agent is being stopped"));
    }
  }

  /** Does something between two questions. */
  void run(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The agent is being stopped.
    }
  }

  private Answer judged(Supplier<Answer> question) {
    Answer found;
    try {
      found = question.get();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, what + " could not be asked", e);
      found = new Answer.Unavailable("%s could not be asked: %s".formatted(what, e));
    }
    var why = found instanceof Answer.Unavailable unavailable ? unavailable.why() : "";
    var changed = why.isEmpty() != away.isEmpty();
    if (changed || (!why.equals(away) && System.nanoTime() - saidAt > ANOTHER_REASON)) {
      if (why.isEmpty()) {
        LOG.log(System.Logger.Level.INFO, "{0} answers again", what);
      } else {
        LOG.log(System.Logger.Level.WARNING, "{0} is not available: {1}", what, why);
      }
      away = why;
      saidAt = System.nanoTime();
    }
    return found;
  }

  @Override
  public void close() {
    thread.shutdown(); // What was asked is still answered.
  }
}
