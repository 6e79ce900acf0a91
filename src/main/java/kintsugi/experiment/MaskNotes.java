package kintsugi.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import kintsugi.dataset.Sample;
import kintsugi.image.Mask;

/**
 * The notices of one evaluation about its masks: a threshold that was needed, masks that say
 * nothing, and masks that are missing. Each is one line with a count and the first three names.
 */
final class MaskNotes {
  private static final int NAMED = 3;
  private static final String IMAGE = "anomalous image";
  private static final String IMAGES = "anomalous images";

  private final Consumer<String> notices;
  private final List<Path> soft = new ArrayList<>();
  private final List<Path> empty = new ArrayList<>();
  private final List<Path> full = new ArrayList<>();
  private final List<Path> unreadable = new ArrayList<>();

  MaskNotes(Consumer<String> notices) {
    this.notices = notices;
  }

  /** Takes the mask of an anomalous image. */
  void add(Sample sample, Mask mask) {
    if (mask.isSoft()) {
      soft.add(sample.mask());
    }
    if (mask.isEmpty()) {
      empty.add(sample.file());
    } else if (mask.isFull()) {
      full.add(sample.file());
    }
  }

  /** Takes the file of a mask that was left out. */
  void addUnreadable(Path mask) {
    unreadable.add(mask);
  }

  /** Passes the notices on, once all samples are seen. */
  void finish(List<Sample> samples) {
    tell(soft, "mask is", "masks are", "soft or lossy; pixels above half of the range are taken");
    tell(empty, IMAGE + " has", IMAGES + " have", "a mask in which no pixel is anomalous");
    tell(full, IMAGE + " has", IMAGES + " have", "a mask in which every pixel is anomalous");
    tell(unreadable, "mask was", "masks were", "left out because unreadable");
    if (samples.stream().anyMatch(sample -> sample.mask() != null)) {
      List<Path> missing =
          samples.stream().filter(sample -> !sample.hasPixelTruth()).map(Sample::file).toList();
      tell(missing, IMAGE + " has", IMAGES + " have", "no mask, so there are no pixel figures");
    }
  }

  private void tell(List<Path> files, String one, String more, String what) {
    if (!files.isEmpty()) {
      String noun = files.size() == 1 ? one : more;
      notices.accept(files.size() + " " + noun + " " + what + ": " + names(files));
    }
  }

  private static String names(List<Path> files) {
    String first =
        files.stream().limit(NAMED).map(Path::toString).collect(Collectors.joining(", "));
    return files.size() > NAMED ? first + " and " + (files.size() - NAMED) + " more" : first;
  }
}
