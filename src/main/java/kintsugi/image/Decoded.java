package kintsugi.image;

import java.util.List;

/**
 * A decoded image, and what a person should know of its file.
 *
 * @param pixels the image, upright
 * @param maximum16 the largest sample of a 16-bit file, before any bits are dropped; 0 for others
 * @param notes what of the file is not in the pixels, such as {@code has 12 frames; the first is
 *     used}; without the file's name
 */
public record Decoded(Pixels pixels, int maximum16, List<String> notes) {
  /** Copies the notes. */
  public Decoded {
    notes = List.copyOf(notes);
  }
}
