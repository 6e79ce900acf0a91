package kintsugi.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kintsugi.image.Decoded;
import kintsugi.image.ImageSource;

/**
 * The notes on the image files of one piece of work, gathered over all of them and passed on at its
 * end: a line per kind of note, whatever the number of files. Used by one thread at a time.
 */
final class ImageNotes {
  /** The depths of cameras whose values come in 16-bit files. */
  private static final int[] DEPTHS = {8, 10, 12, 14};

  private final Map<String, List<String>> names = new TreeMap<>();
  private int maximum16;

  /** Takes in what is known of a file. */
  void add(ImageSource source, Decoded decoded) {
    for (String note : decoded.notes()) {
      names.computeIfAbsent(note, any -> new ArrayList<>()).add(source.name());
    }
    maximum16 = Math.max(maximum16, decoded.maximum16());
  }

  /**
   * Passes the notes on.
   *
   * @param session receives a line each
   * @param recipe with which the files were read
   */
  void pass(Session session, Recipe recipe) {
    names.forEach(
        (note, files) ->
            session.notice(
                files.getFirst()
                    + ": "
                    + note
                    + (files.size() == 1
                        ? ""
                        : "; the same for " + (files.size() - 1) + " more images")));
    names.clear();
    for (int depth : DEPTHS) {
      if (maximum16 > 0 && maximum16 < 1 << depth && recipe.preprocessing().bitDepth().isEmpty()) {
        session.notice(notice(depth));
        return;
      }
    }
  }

  private static String notice(int depth) {
    return "the 16-bit images have no value above "
        + ((1 << depth) - 1)
        + " and are nearly black, since the upper 8 of 16 bits are taken; if their depth is "
        + depth
        + " bits, fit with that depth (bit-depth)";
  }
}
