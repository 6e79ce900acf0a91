package kintsugi.image;

import java.io.IOException;

/** The failure of a file that is intact but of a kind that is not read; its message says which. */
final class UnsupportedImageException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * A failure.
   *
   * @param what what the file is or has, and how to save it instead, after the file's name
   */
  UnsupportedImageException(String what) {
    super(what);
  }
}
