package kintsugi.interop;

import java.util.Map;

/** The nodes of a method: those between the feature layers and the distances, and its score. */
interface MethodGraph {

  /** {@return bytes of its constants, before any is made} */
  long bytes();

  /**
   * Adds the nodes up to the distances, the embedding among them under that name.
   *
   * @param taps {@code F32 [N, C, h, w]} of each feature layer
   * @return {@code F32 [N, h, w]}
   */
  String distances(Map<String, String> taps);

  /**
   * Adds the nodes of the image score.
   *
   * @param distances {@code F32 [N, h, w]}
   * @param map {@code F32 [N, H, W]}
   * @param pixels of a map
   * @return {@code F64 [N]}
   */
  String score(String distances, String map, int pixels);
}
