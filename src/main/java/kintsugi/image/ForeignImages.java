package kintsugi.image;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The image formats that are not read, by their first bytes, so that a message can name them. */
final class ForeignImages {
  /** First bytes as ISO 8859-1, {@code ?} for any byte. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("\0\0\0\fjP  ", "a JPEG 2000");
    NAMES.put("\u00ffO\u00ffQ", "a JPEG 2000");
    NAMES.put("\u00ff\n", "a JPEG XL");
    NAMES.put("\0\0\0\fJXL ", "a JPEG XL");
    NAMES.put("II\u00bc\1", "a JPEG XR");
    NAMES.put("????ftypavi", "an AVIF");
    NAMES.put("????ftyphei", "a HEIC");
    NAMES.put("????ftyphev", "a HEIC");
    NAMES.put("????ftypmif1", "a HEIF");
    NAMES.put("????ftypmsf1", "a HEIF");
    NAMES.put("????ftypcrx ", "a camera's raw image");
    NAMES.put("FUJIFILMCCD-RAW", "a camera's raw image");
    NAMES.put("IIRO", "a camera's raw image");
    NAMES.put("8BPS", "a Photoshop file");
    NAMES.put("v/1\1", "an OpenEXR file");
    NAMES.put("#?RADIANCE", "a Radiance HDR file");
    NAMES.put("#?RGBE", "a Radiance HDR file");
    NAMES.put("SIMPLE  =", "a FITS file");
    NAMES.put("qoif", "a QOI");
    NAMES.put("DDS ", "a DirectDraw surface");
    NAMES.put("\0\0\1\0?\0", "a Windows icon");
    NAMES.put("\u00d7\u00cd\u00c6\u009a", "a Windows metafile");
    NAMES.put("P7\n", "a PAM file");
    NAMES.put("PF\n", "a PFM file");
    NAMES.put("Pf\n", "a PFM file");
    NAMES.put("\u0001\u00da", "an SGI image");
    NAMES.put("gimp xcf", "a GIMP file");
    NAMES.put("AT&TFORM", "a DjVu file");
    NAMES.put("BPG\u00fb", "a BPG");
  }

  private static final int DICOM_MARK = 128;

  private ForeignImages() {}

  /** The format's name with its article, or null for one that is not known. */
  static String name(byte[] bytes) {
    int length = Math.min(bytes.length, DICOM_MARK + 4);
    String head = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    if (head.startsWith("DICM", DICOM_MARK)) {
      return "a DICOM file";
    }
    for (Map.Entry<String, String> format : NAMES.entrySet()) {
      if (begins(head, format.getKey())) {
        return format.getValue();
      }
    }
    return null;
  }

  private static boolean begins(String head, String wanted) {
    if (head.length() < wanted.length()) {
      return false;
    }
    for (int i = 0; i < wanted.length(); i++) {
      if (wanted.charAt(i) != '?' && wanted.charAt(i) != head.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
