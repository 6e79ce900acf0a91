package kintsugi.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import kintsugi.detector.Evaluation.Outcome;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;

/**
 * Pictures for the report: the worst of the wrong verdicts, and right ones from everywhere between
 * the clearest and the closest.
 */
final class Gallery {
  /** Pictures of each kind. */
  private static final int EACH = 12;

  /** The longer side of a picture in the page. */
  private static final int LONGEST_SIDE = 360;

  private Gallery() {}

  /**
   * One picture.
   *
   * @param outcome {@code tn}, {@code fp}, {@code fn} or {@code tp}
   * @param picture a {@code data:} address
   * @param overlay a {@code data:} address
   */
  record Item(String outcome, String file, double score, String picture, String overlay) {}

  /** Scores the chosen pictures once more, since maps are too large to keep, and draws them. */
  static List<Item> draw(Session session, Model model, List<Outcome> outcomes) {
    Map<Path, Outcome> chosen = new HashMap<>();
    List<Path> files = new ArrayList<>();
    for (Outcome outcome : choose(outcomes)) {
      chosen.put(outcome.sample().file(), outcome);
      files.add(outcome.sample().file());
    }
    List<Item> items = new ArrayList<>();
    model
        .detector()
        .score(
            session,
            files,
            "overlays",
            scored -> {
              BufferedImage overlay = Overlay.draw(model, scored);
              Outcome outcome = chosen.get(scored.file());
              items.add(
                  new Item(
                      kind(outcome),
                      scored.file().toString(),
                      outcome.score(),
                      dataAddress(scored.picture()),
                      dataAddress(Pixels.of(overlay))));
            });
    return items;
  }

  private static List<Outcome> choose(List<Outcome> outcomes) {
    Comparator<Outcome> lowestFirst = Comparator.comparingDouble(Outcome::score);
    Comparator<Outcome> highestFirst = lowestFirst.reversed();
    List<Outcome> chosen = new ArrayList<>();
    List<Outcome> falsePositives = ofKind(outcomes, "fp", highestFirst);
    List<Outcome> falseNegatives = ofKind(outcomes, "fn", lowestFirst);
    chosen.addAll(falsePositives.subList(0, Math.min(EACH, falsePositives.size())));
    chosen.addAll(falseNegatives.subList(0, Math.min(EACH, falseNegatives.size())));
    chosen.addAll(spread(ofKind(outcomes, "tp", highestFirst)));
    chosen.addAll(spread(ofKind(outcomes, "tn", lowestFirst)));
    return chosen;
  }

  private static List<Outcome> ofKind(
      List<Outcome> outcomes, String kind, Comparator<Outcome> order) {
    return outcomes.stream().filter(o -> kind(o).equals(kind)).sorted(order).toList();
  }

  /** The first, the last, and some between them at equal steps. */
  private static List<Outcome> spread(List<Outcome> sorted) {
    if (sorted.size() <= EACH) {
      return sorted;
    }
    List<Outcome> some = new ArrayList<>();
    for (int i = 0; i < EACH; i++) {
      some.add(sorted.get((int) ((long) i * (sorted.size() - 1) / (EACH - 1))));
    }
    return some;
  }

  private static String kind(Outcome outcome) {
    return (outcome.isRight() ? "t" : "f") + (outcome.foundAnomalous() ? "p" : "n");
  }

  private static String dataAddress(Pixels picture) {
    double scale = Math.min(1, (double) LONGEST_SIDE / Math.max(picture.width(), picture.height()));
    int width = Math.max(1, (int) Math.rint(picture.width() * scale));
    int height = Math.max(1, (int) Math.rint(picture.height() * scale));
    Pixels small = Resize.resize(picture, width, height, Interpolation.BILINEAR);
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    try {
      ImageIO.write(small.toImage(), "jpeg", jpeg);
    } catch (IOException e) {
      throw new IllegalStateException("a stream in memory failed", e);
    }
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg.toByteArray());
  }
}
