package kintsugi.lesson;

import java.util.List;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.weights.StoredTensor;

/**
 * The numbers of a playable page.
 *
 * @param numbers a record that becomes JSON; its byte arrays are fp32 values ({@link #packed})
 * @param images that the page shows, in the order by which its script knows them
 * @param learnt how many of the normal images were learnt from
 * @param compared the images that were compared with these: the one in question, and perhaps the
 *     normal one that was held out
 */
public record Playable(
    Object numbers, List<Pixels> images, int learnt, List<ImageSource> compared) {

  /** {@return fp32 values as a page's script reads them: little-endian, and base64 in the JSON} */
  static byte[] packed(float[] values) {
    return StoredTensor.of(values, values.length).bytes().array();
  }
}
