package kintsugi.report;

import java.util.Locale;

/** The images that a report shows. */
public enum ReportImages {
  /** Small ones inside the page, as many as keep it below 25 MB. */
  THUMBNAILS,

  /** All of them, in a folder next to the page. */
  ALL,

  /** None. */
  NONE;

  /** {@return the name as it is typed} */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
