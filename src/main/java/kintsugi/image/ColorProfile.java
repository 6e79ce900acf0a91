package kintsugi.image;

/** The handling of a colour profile that is embedded in an image file. */
public enum ColorProfile {
  /** The stored values are kept, as torch and OpenCV see them. */
  KEEP,
  /** The values are converted to sRGB; an image without a profile is taken to be sRGB. */
  CONVERT
}
