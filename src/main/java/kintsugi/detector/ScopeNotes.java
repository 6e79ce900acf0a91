package kintsugi.detector;

import java.util.Locale;
import java.util.Optional;

/** What a fit's images showed of its scope: how much was looked at, and how far they were moved. */
final class ScopeNotes {
  private double least = 1;
  private double most;
  private double shift;
  private double degrees;

  /** Takes in the images of a batch. */
  void add(Inside inside, int images) {
    for (Inside.View view : inside.views()) {
      double fraction = view.region().fraction();
      least = Math.min(least, fraction);
      most = Math.max(most, fraction);
      shift = Math.max(shift, view.placement().shift());
      degrees = Math.max(degrees, Math.abs(view.placement().degrees()));
    }
    most = inside.views().size() < images ? 1 : most;
  }

  /** {@return a line on how much of the images was looked at, if it was not all} */
  Optional<String> looked() {
    if (least == 1) {
      return Optional.empty();
    }
    String range = percent(least).equals(percent(most)) ? "" : percent(least) + " to ";
    return Optional.of("looked at " + range + percent(most) + " % of the images");
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.0f", 100 * fraction);
  }

  /** {@return a line on how far images were moved to lie on the first} */
  String moved(String reference) {
    return String.format(
        Locale.ROOT,
        "aligned with %s: images were moved by up to %.1f pixels and turned by up to %.1f degrees",
        reference,
        shift,
        degrees);
  }
}
