package kintsugi.audit;

import java.util.List;
import java.util.Map;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/**
 * Somebody else's ResNet, to hold this one's features against. Found by {@link
 * java.util.ServiceLoader}: whoever has one on the module path has it asked.
 */
public interface BackboneReference {

  /**
   * What it is called in the audit's table.
   *
   * @return its name and version
   */
  String name();

  /**
   * The features of one picture.
   *
   * @param weights those of the audited network
   * @param picture {@code [1, H, W, 3]}
   * @param taps by torchvision's names, {@code layer1} to {@code layer3}
   * @return for each tap {@code [1, h, w, c]}; nothing where it has not these weights
   */
  Map<String, Tensor> features(Weights weights, Tensor picture, List<String> taps);
}
