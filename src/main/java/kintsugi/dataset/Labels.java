package kintsugi.dataset;

import java.util.Locale;
import java.util.Set;

/**
 * The words by which folders and lists tell normal images from anomalous ones, in any case; {@code
 * -}, {@code _} and blanks between words are alike.
 */
final class Labels {
  private static final Set<String> NORMAL =
      Set.of(
          "normal",
          "good",
          "ok",
          "okay",
          "0",
          "0.0",
          "no",
          "false",
          "negative",
          "none",
          "pass",
          "passed",
          "io",
          "i.o.",
          "gut",
          "healthy",
          "clean",
          "fine",
          "intact",
          "regular",
          "accept",
          "accepted",
          "undamaged",
          "no defect",
          "no anomaly",
          "no crack",
          "defect free",
          "non defective",
          "not anomalous");

  private static final Set<String> ANOMALOUS =
      Set.of(
          "anomalous",
          "anomaly",
          "abnormal",
          "bad",
          "nok",
          "not ok",
          "ng",
          "ko",
          "1",
          "1.0",
          "yes",
          "true",
          "positive",
          "fail",
          "failed",
          "nio",
          "n.i.o.",
          "defect",
          "defective",
          "faulty",
          "damaged",
          "reject",
          "rejected");

  /** Words for not knowing; -1 is an outlier to some libraries and 'no label' to others. */
  private static final Set<String> UNKNOWN =
      Set.of(
          "unknown",
          "?",
          "-",
          "n/a",
          "na",
          "nan",
          "null",
          "unlabeled",
          "unlabelled",
          "undefined",
          "unsure",
          "uncertain",
          "-1",
          "-1.0");

  private Labels() {}

  /** {@return whether a label means that nothing is wrong} */
  static boolean isNormal(String label) {
    return NORMAL.contains(plain(label));
  }

  /** {@return whether a label does not say if something is wrong} */
  static boolean isUnknown(String label) {
    return UNKNOWN.contains(plain(label));
  }

  /**
   * {@return the class that a label means: {@link Sample#NORMAL}, {@link Sample#ANOMALOUS} for a
   * word that says that something is wrong but not what, or the label itself}
   */
  static String classOf(String label) {
    String plain = plain(label);
    if (NORMAL.contains(plain)) {
      return Sample.NORMAL;
    }
    return ANOMALOUS.contains(plain) ? Sample.ANOMALOUS : label;
  }

  private static String plain(String label) {
    return label.strip().toLowerCase(Locale.ROOT).replaceAll("(?<=\\w)[-_\\s]+(?=\\w)", " ");
  }
}
