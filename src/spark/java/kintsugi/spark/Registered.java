package kintsugi.spark;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A registration of the function, on its way to the workers. Where a later one is used for the
 * first time, the libraries of those before are closed, as soon as none of their calls is under
 * way; a query that still uses one opens it again, and keeps it.
 *
 * @param settings of the model and its weights
 * @param number of the registration; later ones are larger
 */
record Registered(Settings settings, long number) implements Serializable {
  private static final Map<String, Use> USES = new HashMap<>();

  /** The use of a library in this process. */
  private static final class Use {
    private final Registered by;
    private int calls;
    private boolean replaced;

    private Use(Registered by) {
      this.by = by;
    }
  }

  /** The result of a call to the library. */
  <T> T call(Function<Worker, T> call) {
    Use use = begin();
    try {
      return call.apply(Worker.of(settings));
    } finally {
      end(use);
    }
  }

  private Use begin() {
    synchronized (USES) {
      Use use = USES.get(settings.id());
      if (use == null) {
        use = new Use(this);
        USES.values().stream()
            .filter(each -> each.by.number < number)
            .forEach(e -> e.replaced = true);
        USES.values().removeIf(Registered::closed);
        USES.put(settings.id(), use);
      }
      use.calls++;
      return use;
    }
  }

  private static void end(Use use) {
    synchronized (USES) {
      use.calls--;
      USES.values().removeIf(Registered::closed);
    }
  }

  /** Closes a library that was replaced and is not called, and returns whether it was. */
  private static boolean closed(Use use) {
    boolean over = use.replaced && use.calls == 0;
    if (over) {
      Worker.close(use.by.settings);
    }
    return over;
  }
}
