package kintsugi.dataset;

import java.util.Locale;
import java.util.Set;

/** The words by which folders and lists tell normal images from anomalous ones, in any case. */
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

  private Labels() {}

  /** {@return whether a label means that nothing is wrong; any other is a class of defect} */
  static boolean isNormal(String label) {
    return NORMAL.contains(plain(label));
  }

  /** {@return whether a label means that something is wrong without saying what} */
  static boolean isAnomalous(String label) {
    return ANOMALOUS.contains(plain(label));
  }

  private static String plain(String label) {
    return label.strip().toLowerCase(Locale.ROOT).replaceAll("[-_\\s]+", " ");
  }
}
