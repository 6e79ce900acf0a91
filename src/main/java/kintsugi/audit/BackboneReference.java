package kintsugi.audit;

import java.util.List;
import java.util.Map;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/**
 * Another implementation's ResNet, whose features this one's are compared with. Found by {@link
 * java.util.ServiceLoader}: one that is on the module path takes part in the audit.
 */
public interface BackboneReference {

  /** {@return its name and version, for the audit's table} */
  String name();

  /**
   * The features of one image.
   *
   * @param weights of the audited network
   * @param image {@code [1, H, W, 3]}
   * @param taps by torchvision's names, {@code layer1} to {@code layer3}
   * @return for each tap {@code [1, h, w, c]}; empty where it does not have these weights
   */
  Map<String, Tensor> features(Weights weights, Tensor image, List<String> taps);
}
