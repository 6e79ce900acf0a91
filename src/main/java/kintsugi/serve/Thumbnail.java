package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonValue;
import java.awt.image.BufferedImage;
import kintsugi.image.Pixels;
import kintsugi.report.Encoded;

/** A small copy of an image, which is encoded only when somebody looks at it: few are. */
final class Thumbnail {
  /** Pixels of the longer side. */
  private static final int SIDE = 96;

  private BufferedImage small;
  private String url;

  Thumbnail(Pixels image) {
    small = Encoded.small(image, SIDE);
  }

  /** {@return a JPEG as a URL} */
  @JsonValue
  synchronized String url() {
    if (url == null) {
      url = Encoded.url(small, "jpeg");
      small = null;
    }
    return url;
  }
}
