package kintsugi.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import kintsugi.detector.Session;
import kintsugi.patchcore.PatchPart;

/**
 * The parts of a fit's patches that this process holds from one job to the next. A part that is not
 * here is made from its images.
 */
final class HeldParts {
  private static final Map<String, HeldParts> FITS = new ConcurrentHashMap<>();

  private final Session session;
  private final Map<Integer, Held> parts = new ConcurrentHashMap<>();

  /** The place of a part; tasks for other parts need not wait while it is made. */
  private static final class Held {
    private PatchPart part;

    synchronized PatchPart get(Session session, Function<Session, PatchPart> maker) {
      part = part == null ? maker.apply(session) : part;
      return part;
    }

    synchronized void close() {
      if (part != null) {
        part.close();
        part = null;
      }
    }
  }

  private HeldParts(Settings settings, int together) {
    Session all = Worker.of(settings).kintsugi().session();
    Session.Options options = all.options();
    session =
        new Session(
            all.engine(),
            all.parallel(),
            all.weights(),
            new Session.Options(
                options.progress(),
                options.skipUnreadable(),
                options.memory() / together,
                options.maxPixels(),
                options.interrupted(),
                options.notices()),
            all.scope());
  }

  /**
   * {@return a part of a fit}
   *
   * @param settings of the fit
   * @param together how many parts of it share the memory of this process
   * @param number of the part
   * @param maker makes it
   */
  static PatchPart get(
      Settings settings, int together, int number, Function<Session, PatchPart> maker) {
    HeldParts fit = FITS.computeIfAbsent(settings.id(), id -> new HeldParts(settings, together));
    return fit.parts.computeIfAbsent(number, key -> new Held()).get(fit.session, maker);
  }

  /** Releases the parts of a fit in this process. */
  static void release(Settings settings) {
    HeldParts fit = FITS.remove(settings.id());
    if (fit != null) {
      fit.parts.values().forEach(Held::close);
    }
  }
}
