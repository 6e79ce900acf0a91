package kintsugi.patchcore;

import java.io.Serializable;
import java.util.List;
import kintsugi.detector.Session;

/**
 * The patches of a fit's images in parts, each of them where its images were read: here, or on the
 * machines of a cluster. A part is made of a range of the fit's images in the fit's order, so that
 * the images and the number of parts define the parts, and not the machine that holds one now.
 * Parts that are lost are made again; all work on a part has the same result each time.
 */
public interface PatchParts {

  /**
   * Work on a part.
   *
   * @param <T> its result
   */
  @FunctionalInterface
  interface Work<T extends Serializable> extends Serializable {
    /**
     * {@return the result}
     *
     * @param part the part
     * @param number its number, from 0 on
     */
    T on(PatchPart part, int number);
  }

  /**
   * What unites the results of all parts, on any one machine.
   *
   * @param <T> a part's result
   * @param <R> the result of all
   */
  @FunctionalInterface
  interface Union<T extends Serializable, R extends Serializable> extends Serializable {
    /**
     * {@return the result of all}
     *
     * @param results of the parts, in their order
     * @param session of that machine
     */
    R of(List<T> results, Session session);
  }

  /**
   * A value that work on any machine can get.
   *
   * @param <T> its class
   */
  @FunctionalInterface
  interface Shared<T extends Serializable> extends Serializable {
    /** {@return the value, brought to this machine the first time} */
    T get();
  }

  /**
   * {@return the results of work on each part, in their order}
   *
   * @param work the work
   * @param <T> a part's result
   */
  <T extends Serializable> List<T> each(Work<T> work);

  /**
   * {@return the united results of work on each part}
   *
   * @param work the work
   * @param union unites its results
   * @param <T> a part's result
   * @param <R> the result of all
   */
  <T extends Serializable, R extends Serializable> R together(Work<T> work, Union<T, R> union);

  /**
   * {@return a value for all machines}
   *
   * @param value the value
   * @param <T> its class
   */
  <T extends Serializable> Shared<T> share(T value);
}
