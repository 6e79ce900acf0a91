package kintsugi.detector;

import java.util.List;
import java.util.Map;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/**
 * A batch of images and the backbone's features of them.
 *
 * @param sources where the images came from, in the order asked for, without those left out
 * @param images their pixels
 * @param features {@code [N, h, w, C]} of each feature layer
 */
public record FeatureBatch(
    List<ImageSource> sources, List<Pixels> images, Map<String, Tensor> features) {}
