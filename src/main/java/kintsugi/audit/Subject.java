package kintsugi.audit;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;

/** One of the two that are compared: something that scores images, or the values that it left. */
public interface Subject {

  /** {@return its name in reports, such as that of its file} */
  String name();

  /** {@return the names of the images whose values it holds; empty if it computes any image's} */
  List<String> images();

  /**
   * {@return the values of an image, as far as there are any}
   *
   * @param image one of its images by name, or any if it computes them
   * @throws kintsugi.InputException if the image cannot be read or is not among its images
   */
  Dump values(ImageSource image);

  /**
   * {@return the values that follow from another input of the network; empty if it cannot compute
   * them}
   *
   * @param input {@code [1, H, W, 3]}
   */
  default Optional<Dump> from(Tensor input) {
    return Optional.empty();
  }

  /** {@return what a user should know of how the values came about, in sentences} */
  default List<String> notices() {
    return List.of();
  }

  /**
   * {@return how it computes a stage, in words, where that is known}
   *
   * @param stage its name
   */
  default Optional<String> how(String stage) {
    return Optional.empty();
  }

  /** {@return what is added to the diagonals of covariances, where it is known} */
  default OptionalDouble regularisation() {
    return OptionalDouble.empty();
  }
}
