package kintsugi.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.detector.Session;
import kintsugi.image.Alignment;
import kintsugi.image.Decoded;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.TargetSize;

/**
 * What images look like at a first look, before anything is learnt from them.
 *
 * @param images how many could be read
 * @param width of an image of the median aspect and the median area
 * @param height of the same
 * @param lines what was seen, a line each
 * @param warnings what may keep a model from learning well, a line each
 */
public record Survey(int images, int width, int height, List<String> lines, List<String> warnings) {
  private static final int NAMED = 3;

  /** Images from which on single ones can be said to differ. */
  private static final int MANY = 8;

  /** Robust standard deviations of the logarithm of sharpness below which an image is blurred. */
  private static final double BLURRED = 4;

  /** The part of a side from which on an edge of one colour is worth a word. */
  private static final double WIDE_BORDER = 0.03;

  /** Images whose alignment is measured. */
  private static final int ALIGNED = 24;

  /** The part of them that can be aligned where all show one view. */
  private static final double ONE_VIEW = 0.7;

  /** The part of an image's side from which on a shift is worth a word. */
  private static final double SHIFTED = 0.02;

  /** Copies the lists. */
  public Survey {
    lines = List.copyOf(lines);
    warnings = List.copyOf(warnings);
  }

  /**
   * Looks at images on all threads; those that cannot be read are left out where that is allowed.
   *
   * @param session the threads and the handling of failures
   * @param samples the images
   * @return what was seen of each, in the order of their content
   */
  static List<Surveyed> look(Session session, List<Sample> samples) {
    Surveyed[] seen = new Surveyed[samples.size()];
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(session.options().maxPixels());
    session
        .parallel()
        .forEach(
            seen.length,
            i -> {
              ImageSource source = ImageSource.of(samples.get(i).file());
              try {
                Decoded decoded = source.decode(decoding);
                seen[i] = Surveyed.of(samples.get(i), source, decoded);
              } catch (InputException e) {
                if (!session.options().skipUnreadable()) {
                  throw e;
                }
                session.skip(source);
              }
            });
    return Arrays.stream(seen)
        .filter(image -> image != null)
        .sorted(
            Comparator.comparingLong(Surveyed::digest)
                .thenComparing(image -> image.sample().file()))
        .toList();
  }

  /**
   * {@return the survey of normal images}
   *
   * @param images at least one
   * @param decoding the limit of pixels
   */
  static Survey of(List<Surveyed> images, Decoding decoding) {
    List<String> lines = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    double aspect = Math.exp(median(images, i -> Math.log((double) i.width() / i.height())));
    double area = median(images, i -> (double) i.width() * i.height());
    lines.add(sizes(images, aspect));
    lines.add(colours(images));
    repeated(images, lines, warnings);
    blurred(images, warnings);
    borders(images, lines);
    lines.add(alignment(images, decoding));
    return new Survey(
        images.size(),
        (int) Math.max(1, Math.round(Math.sqrt(area * aspect))),
        (int) Math.max(1, Math.round(Math.sqrt(area / aspect))),
        lines,
        warnings);
  }

  private static String sizes(List<Surveyed> images, double aspect) {
    List<String> sizes =
        images.stream()
            .sorted(Comparator.comparingLong(i -> (long) i.width() * i.height()))
            .map(i -> i.width() + "x" + i.height())
            .distinct()
            .toList();
    String count = images.size() + (images.size() == 1 ? " image" : " images");
    return sizes.size() == 1
        ? count + " of " + sizes.getFirst()
        : String.format(
            Locale.ROOT,
            "%s of %d sizes, %s to %s, median aspect %.2f; all are brought to one size",
            count,
            sizes.size(),
            sizes.getFirst(),
            sizes.getLast(),
            aspect);
  }

  private static String colours(List<Surveyed> images) {
    long grey = images.stream().filter(Surveyed::grey).count();
    long deep = images.stream().filter(Surveyed::deep).count();
    String colour =
        grey == images.size() ? "grey" : grey == 0 ? "colour" : grey + " grey, the rest colour";
    return colour + (deep == 0 ? ", 8 bits" : ", " + deep + " with 16 bits, of which 8 are used");
  }

  private static void repeated(List<Surveyed> images, List<String> lines, List<String> warnings) {
    List<Surveyed> distinct = Repeats.distinct(images);
    List<Surveyed> copies = images.stream().filter(image -> !distinct.contains(image)).toList();
    Repeats repeats = Repeats.of(distinct);
    List<Surveyed> near =
        repeats.groups().stream().flatMap(group -> group.stream().skip(1)).toList();
    if (copies.isEmpty() && near.isEmpty() && repeats.alike() == 0) {
      lines.add("no image is there twice");
    }
    if (repeats.alike() > 0) {
      lines.add(
          repeats.alike()
              + " of "
              + distinct.size()
              + " images are nearly the same, as a steady camera over like parts takes them; if one"
              + " part was photographed again and again, the figures are too good");
    }
    if (!copies.isEmpty()) {
      warnings.add(
          repeat(copies, "exactly", "what is there twice counts once where candidates are judged"));
    }
    if (!near.isEmpty()) {
      warnings.add(repeat(near, "nearly", "such images are kept in one fold, and teach little"));
    }
  }

  private static String repeat(List<Surveyed> images, String how, String consequence) {
    return images.size()
        + (images.size() == 1 ? " image repeats" : " images repeat")
        + " another one "
        + how
        + ": "
        + names(images)
        + "; "
        + consequence;
  }

  private static void blurred(List<Surveyed> images, List<String> warnings) {
    if (images.size() < MANY) {
      return;
    }
    double middle = median(images, Survey::logSharpness);
    double spread = 1.4826 * median(images, i -> Math.abs(logSharpness(i) - middle)) + 0.05;
    List<Surveyed> blurred =
        images.stream()
            .filter(i -> logSharpness(i) < middle - BLURRED * spread)
            .sorted(Comparator.comparingDouble(Surveyed::sharpness))
            .toList();
    if (!blurred.isEmpty()) {
      warnings.add(
          blurred.size()
              + (blurred.size() == 1 ? " image is" : " images are")
              + " much less sharp than the others: "
              + names(blurred)
              + "; what is learnt from them passes as normal later");
    }
  }

  private static double logSharpness(Surveyed image) {
    return Math.log(1 + image.sharpness());
  }

  private static void borders(List<Surveyed> images, List<String> lines) {
    long wide = images.stream().filter(i -> i.border() >= WIDE_BORDER).count();
    if (wide > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%d of %d images have an edge of one colour, up to %.0f %% of the side; it costs time"
                  + " and shows nothing",
              wide,
              images.size(),
              100 * images.stream().mapToDouble(Surveyed::border).max().orElse(0)));
    }
  }

  /** How far a sample of the images is shifted against the one that resembles the others most. */
  private static String alignment(List<Surveyed> images, Decoding decoding) {
    List<Surveyed> sample = images.subList(0, Math.min(ALIGNED, images.size()));
    Surveyed reference =
        sample.stream()
            .min(
                Comparator.comparingLong(
                    image -> sample.stream().mapToLong(image::difference).sum()))
            .orElseThrow();
    Alignment alignment =
        Alignment.with(
            new Alignment.Limit(TargetSize.MAXIMUM, 0), reference.source().read(decoding));
    double[] shifts =
        sample.stream()
            .filter(image -> image != reference)
            .mapToDouble(image -> shift(alignment, image, decoding))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (shifts.length < (sample.size() - 1) * ONE_VIEW) {
      return "the images do not show one view ("
          + (sample.size() - 1 - shifts.length)
          + " of "
          + (sample.size() - 1)
          + " cannot be aligned): PaDiM, which expects one, is unlikely to win";
    }
    double side = Math.sqrt((double) reference.width() * reference.height());
    double middle = shifts.length == 0 ? 0 : shifts[shifts.length / 2];
    return String.format(
        Locale.ROOT,
        "the images show one view, shifted by %.0f pixels in the median and %.0f at most%s",
        middle,
        shifts.length == 0 ? 0 : shifts[shifts.length - 1],
        middle > SHIFTED * side ? "; a fit that aligns them may be better" : "");
  }

  private static double shift(Alignment alignment, Surveyed image, Decoding decoding) {
    try {
      return alignment.of(image.source().read(decoding)).shift();
    } catch (IllegalArgumentException e) {
      return Double.NaN;
    }
  }

  private static String names(List<Surveyed> images) {
    return images.stream()
            .limit(NAMED)
            .map(image -> image.source().name())
            .collect(Collectors.joining(", "))
        + (images.size() > NAMED ? ", …" : "");
  }

  private static double median(List<Surveyed> images, ToDoubleFunction<Surveyed> value) {
    double[] values = images.stream().mapToDouble(value).sorted().toArray();
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
}
