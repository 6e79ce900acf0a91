package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.weights.StoredTensor.Type;

/**
 * The reader of files that {@code torch.save} wrote: dictionaries of tensors, nested or not, in the
 * zip format and in the historic one before PyTorch 1.6. The names of nested dictionaries stand
 * before those of their tensors, with a dot. Tensors are views of storages: a type, an offset, a
 * shape and strides.
 */
final class TorchFile {
  /** The low 64 bits of the integer that the historic format begins with. */
  private static final long MAGIC = 0xa86a20f9469cfc6cL;

  private static final String PICKLE = "data.pkl";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";
  private static final int MAX_NAME = 1000;
  private static final int MAX_DIMENSIONS = 8;

  /** The maximum depth of nested dictionaries and lists. */
  private static final int MAX_DEPTH = 8;

  /** The maximum count of items in all of them; lists that hold each other have no end. */
  private static final int MAX_ITEMS = 1_000_000;

  private static final Map<String, Type> STORAGES =
      Map.of(
          "torch.FloatStorage", Type.F32,
          "torch.DoubleStorage", Type.F64,
          "torch.HalfStorage", Type.F16,
          "torch.BFloat16Storage", Type.BF16,
          "torch.LongStorage", Type.I64,
          "torch.IntStorage", Type.I32,
          "torch.ShortStorage", Type.I16,
          "torch.CharStorage", Type.I8,
          "torch.ByteStorage", Type.U8,
          "torch.BoolStorage", Type.BOOL);

  private TorchFile() {}

  /** A storage, which several tensors may view. */
  private record Storage(Type type, String key) {}

  /** A tensor before its values are known. */
  private record View(Storage storage, long offset, long[] shape, long[] strides) {}

  /** Reads the zip format. */
  static Map<String, StoredTensor> read(ZipEntries zip, Budget budget) {
    String pickle = zip.single(PICKLE);
    Object root = Pickle.read(ByteBuffer.wrap(zip.read(pickle)), new ArrayList<>());
    Map<String, View> views = views(root);
    Map<String, ByteBuffer> storages = new HashMap<>();
    for (View view : views.values()) {
      storages.computeIfAbsent(view.storage.key, key -> storage(zip, key));
    }
    return materialise(views, storages, order(zip), budget);
  }

  /** The content of the zip format with its objects, none of which is made. */
  static Pickled readObjects(ZipEntries zip, Budget budget) {
    Object root =
        Pickle.readObjects(ByteBuffer.wrap(zip.read(zip.single(PICKLE))), new ArrayList<>());
    ByteOrder order = order(zip);
    Map<String, ByteBuffer> storages = new HashMap<>();
    return Pickled.of(
        root,
        call -> {
          View view = view(call);
          ByteBuffer storage = storages.computeIfAbsent(view.storage.key, key -> storage(zip, key));
          return tensor(call.name(), view, storage, order, budget);
        });
  }

  private static ByteBuffer storage(ZipEntries zip, String key) {
    return ByteBuffer.wrap(zip.read(folder(zip) + "data/" + key));
  }

  private static String folder(ZipEntries zip) {
    String pickle = zip.single(PICKLE);
    return pickle.substring(0, pickle.length() - PICKLE.length());
  }

  private static ByteOrder order(ZipEntries zip) {
    String name = folder(zip) + "byteorder";
    return zip.has(name)
            && new String(zip.read(name), StandardCharsets.US_ASCII).strip().equals("big")
        ? ByteOrder.BIG_ENDIAN
        : ByteOrder.LITTLE_ENDIAN;
  }

  /** Reads the historic format: pickles one after the other, then the storages. */
  static Map<String, StoredTensor> readHistoric(ByteBuffer in, Budget budget) {
    List<Pickle.Persistent> persistents = new ArrayList<>();
    if (!(Pickle.read(in, persistents) instanceof Long magic) || magic != MAGIC) {
      throw new IllegalArgumentException("it does not begin like a file of torch.save");
    }
    Pickle.read(in, persistents); // the protocol's version
    Object system = Pickle.read(in, persistents);
    Object root = Pickle.read(in, persistents);
    boolean big = system instanceof Map<?, ?> map && Boolean.FALSE.equals(map.get("little_endian"));
    ByteOrder order = big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    Map<String, View> views = views(root);
    Map<String, Type> types = new HashMap<>();
    persistents.stream().map(p -> storage(p.id())).forEach(st -> types.put(st.key, st.type));
    if (!(Pickle.read(in, persistents) instanceof List<?> keys)) {
      throw new IllegalArgumentException("it has no list of storages");
    }
    Map<String, ByteBuffer> storages = new HashMap<>();
    for (Object item : keys) {
      if (!(item instanceof String key)) {
        throw new IllegalArgumentException("its list of storages is invalid");
      }
      Type type = types.get(key);
      // The order is set again since pickles are always little-endian.
      long count = in.order(order).getLong();
      if (type == null || count < 0 || count > in.remaining() / type.size()) {
        throw type == null
            ? new IllegalArgumentException("it has a storage that no tensor uses")
            : new BufferUnderflowException();
      }
      int length = (int) count * type.size();
      storages.put(key, in.slice(in.position(), length));
      in.position(in.position() + length);
    }
    return materialise(views, storages, order, budget);
  }

  private static Map<String, View> views(Object root) {
    if (!(root instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("it holds no state dictionary");
    }
    Map<String, View> views = new LinkedHashMap<>();
    collect("", map, 1, new int[1], views);
    if (views.isEmpty()) {
      throw new IllegalArgumentException("its dictionary holds no tensor");
    }
    return views;
  }

  /** Collects the tensors of nested dictionaries and lists under their joined names. */
  private static void collect(
      String name, Object value, int depth, int[] items, Map<String, View> views) {
    if (++items[0] > MAX_ITEMS) {
      throw new IllegalArgumentException("it holds more than " + MAX_ITEMS + " items");
    }
    if (value instanceof Pickle.Call call) {
      if (views.put(name, view(call)) != null) {
        throw new IllegalArgumentException("it has " + name + " twice");
      }
    } else if (value instanceof Map<?, ?> map && depth <= MAX_DEPTH) {
      map.forEach((key, inner) -> collect(join(name, key), inner, depth + 1, items, views));
    } else if (value instanceof List<?> list && depth <= MAX_DEPTH) {
      for (int i = 0; i < list.size(); i++) {
        collect(join(name, i), list.get(i), depth + 1, items, views);
      }
    } else if (value instanceof Pickle.Tuple tuple && depth <= MAX_DEPTH) {
      collect(name, tuple.items(), depth + 1, items, views);
    }
  }

  private static String join(String name, Object key) {
    String joined = name.isEmpty() ? key.toString() : name + "." + key;
    if (joined.length() > MAX_NAME) {
      throw new IllegalArgumentException("it has a name of " + joined.length() + " characters");
    }
    return joined;
  }

  private static View view(Pickle.Call call) {
    List<Object> arguments = call.arguments();
    if (call.name().startsWith(PARAMETER)) {
      if (!arguments.isEmpty()
          && arguments.getFirst() instanceof Pickle.Call inner
          && !inner.name().startsWith(PARAMETER)) {
        return view(inner);
      }
      throw new IllegalArgumentException("it has a parameter without a tensor");
    }
    if (arguments.size() >= 4
        && arguments.get(0) instanceof Pickle.Persistent persistent
        && arguments.get(1) instanceof Long offset) {
      return new View(
          storage(persistent.id()), offset, sizes(arguments.get(2)), sizes(arguments.get(3)));
    }
    throw new IllegalArgumentException("it has a tensor that is described in an unknown way");
  }

  private static Storage storage(Object id) {
    List<Object> parts = id instanceof Pickle.Tuple tuple ? tuple.items() : List.of();
    if (parts.size() >= 5
        && parts.get(1) instanceof Pickle.Name name
        && STORAGES.containsKey(name.text())
        && parts.get(2) instanceof String key) {
      return new Storage(STORAGES.get(name.text()), key);
    }
    throw new IllegalArgumentException("it has a storage that is described in an unknown way");
  }

  private static long[] sizes(Object tuple) {
    if (!(tuple instanceof Pickle.Tuple shape) || shape.items().size() > MAX_DIMENSIONS) {
      throw new IllegalArgumentException("it has an invalid shape");
    }
    List<Object> items = shape.items();
    long[] sizes = new long[items.size()];
    for (int i = 0; i < sizes.length; i++) {
      if (!(items.get(i) instanceof Long size) || size < 0) {
        throw new IllegalArgumentException("it has an invalid shape");
      }
      sizes[i] = size;
    }
    return sizes;
  }

  private static Map<String, StoredTensor> materialise(
      Map<String, View> views, Map<String, ByteBuffer> storages, ByteOrder order, Budget budget) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    views.forEach(
        (name, view) -> {
          ByteBuffer storage = storages.get(view.storage.key);
          if (storage == null) {
            throw new IllegalArgumentException("the storage of its tensor " + name + " is missing");
          }
          tensors.put(name, tensor(name, view, storage, order, budget));
        });
    return tensors;
  }

  private static StoredTensor tensor(
      String name, View view, ByteBuffer storage, ByteOrder order, Budget budget) {
    ByteBuffer values = storage.duplicate().order(order);
    return StoredTensor.view(
        name, view.storage.type, view.shape, view.offset, view.strides, values, budget);
  }
}
