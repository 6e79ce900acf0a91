package kintsugi.detector;

import java.util.Locale;

/** The prediction for an image. */
public enum Verdict {
  /** Its score is below the threshold. */
  NORMAL,

  /** Its score is at or above the threshold. */
  ANOMALOUS,

  /** The model has no threshold yet. */
  NOT_CALIBRATED;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
