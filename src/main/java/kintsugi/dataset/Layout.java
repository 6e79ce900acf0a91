package kintsugi.dataset;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A way in which data sets are laid out in folders. One value or class per layout. */
interface Layout {
  /** {@return the name by which it is chosen} */
  String name();

  /**
   * {@return whether a folder or file is laid out so}
   *
   * @param data the data set's, or one object's
   */
  boolean recognises(Path data);

  /**
   * {@return the names of the objects, sorted; empty where {@code data} itself is one}
   *
   * @param data the data set's place
   */
  List<String> objects(Path data);

  /**
   * {@return the samples of an object}
   *
   * @param data the data set's place
   * @param object the object's name; empty where {@code data} itself is one
   * @param notices receives what was left out, a line each
   * @throws kintsugi.InputException if it is missing or laid out differently
   */
  DataSet read(Path data, String object, Consumer<String> notices);
}
