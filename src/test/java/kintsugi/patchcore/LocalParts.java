package kintsugi.patchcore;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import kintsugi.detector.Session;

/** Parts in this process, through which everything goes as bytes, and which may be lost. */
final class LocalParts implements PatchParts {
  private final Session session;
  private final IntFunction<PatchPart> maker;
  private final List<PatchPart> parts;

  /** The part that is made again before the work of this number, and is asked twice. */
  int lostPart;

  int lostBefore = -1;
  private int works;

  LocalParts(Session session, int count, IntFunction<PatchPart> maker) {
    this.session = session;
    this.maker = maker;
    this.parts = new ArrayList<>(IntStream.range(0, count).mapToObj(maker).toList());
  }

  @Override
  public <T extends Serializable> List<T> each(Work<T> work) {
    if (works++ == lostBefore) {
      parts.set(lostPart, maker.apply(lostPart));
      copy(work).on(parts.get(lostPart), lostPart);
    }
    return IntStream.range(0, parts.size())
        .mapToObj(i -> copy(copy(work).on(parts.get(i), i)))
        .toList();
  }

  @Override
  public <T extends Serializable, R extends Serializable> R together(
      Work<T> work, Union<T, R> union) {
    return copy(copy(union).of(each(work), session));
  }

  @Override
  public <T extends Serializable> Shared<T> share(T value) {
    T copy = copy(value);
    return () -> copy;
  }

  @SuppressWarnings("unchecked")
  private static <T extends Serializable> T copy(T value) {
    try {
      var bytes = new ByteArrayOutputStream();
      try (var out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      }
      try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        return (T) in.readObject();
      }
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
