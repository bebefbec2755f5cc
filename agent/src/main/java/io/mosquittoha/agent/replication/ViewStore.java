package io.mosquittoha.agent.replication;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where the view is kept. Answers come later, on any thread; each call is answered exactly once, an
 * unavailable store's too.
 */
public interface ViewStore {

  /** What the store said. */
  sealed interface Answer {

    /**
     * The view as it is now.
     *
     * @param view empty if no cluster was formed yet
     * @param version to be named when it is replaced
     */
    record Found(Optional<View> view, String version) implements Answer {}

    /**
     * It was replaced.
     *
     * @param version of the new view
     */
    record Stored(String version) implements Answer {}

    /** Somebody else was faster: read it again. */
    record Conflict() implements Answer {}

    /**
     * Nobody knows. A replacement may have happened all the same.
     *
     * @param why for people
     */
    record Unavailable(String why) implements Answer {}
  }

  /** Something may have to be asked in a moment: what takes time before that is done now. */
  default void prepare() {}

  /** Answers {@link Answer.Found} or {@link Answer.Unavailable}. */
  void read(Consumer<Answer> answer);

  /**
   * Replaces the view if its version is still the one that is named. Answers {@link Answer.Stored},
   * {@link Answer.Conflict} or {@link Answer.Unavailable}.
   */
  void replace(String version, View next, Consumer<Answer> answer);
}
