package kintsugi.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An interpreter of Python's pickles that can build dictionaries, lists, numbers, texts and
 * tensors, and nothing else. A pickle is a program that may call any function by its name; here
 * nothing is ever called. A reader of tensors passes over the objects of training frameworks
 * ({@link PickleNames}), and any other name ends the reading; a reader of models has objects
 * described.
 *
 * <p>Source: the opcodes' descriptions in CPython's {@code pickletools.py}.
 */
final class Pickle {
  /**
   * The maximum count of instructions, each of which takes up to 64 bytes: enough for 25 000
   * tensors.
   */
  private static final int MAX_OPCODES = 1_000_000;

  private static final Object MARK = new Object();

  /** A name that the pickle may call. */
  record Name(String text) {}

  /** A fixed sequence. */
  record Tuple(List<Object> items) {}

  /** A persistent object of a pickle: for torch the description of a storage. */
  record Persistent(Object id) {}

  /** A named call with its arguments, not executed: a tensor to be built. */
  record Call(String name, List<Object> arguments) {}

  /** Any value that no tensor needs. */
  record Other() {}

  /**
   * An object that is described and never made: the name of its class or of the function that
   * Python would call, the arguments, and the attributes and items that were set.
   */
  record Described(
      String type, List<Object> arguments, Map<Object, Object> attributes, List<Object> items) {
    Described(String type, List<Object> arguments) {
      this(type, arguments, new LinkedHashMap<>(), new ArrayList<>());
    }
  }

  private static final Other OTHER = new Other();

  private final ByteBuffer in;
  private final List<Persistent> persistents;

  /** Whether objects are described, in place of being passed over. */
  private final boolean objects;

  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  /** The count of attributes that were copied to objects. */
  private long merged;

  private Pickle(ByteBuffer in, List<Persistent> persistents, boolean objects) {
    this.in = in;
    this.persistents = persistents;
    this.objects = objects;
  }

  /**
   * Reads one pickle and leaves the buffer's position after it.
   *
   * @param persistents receives the persistent objects, those that are passed over included
   * @throws IllegalArgumentException if it asks for more than a tensor needs, or is damaged
   * @throws java.nio.BufferUnderflowException if it is cut short
   */
  static Object read(ByteBuffer in, List<Persistent> persistents) {
    return new Pickle(in, persistents, false).read();
  }

  /**
   * Reads one pickle with its objects, each of which becomes a {@link Described}. Names of any
   * class are taken, since nothing is made of them; names that no saved object needs and with which
   * a pickle could run a command, are not.
   *
   * @param persistents receives the persistent objects
   * @throws IllegalArgumentException if it is damaged, or names what runs commands
   * @throws java.nio.BufferUnderflowException if it is cut short
   */
  static Object readObjects(ByteBuffer in, List<Persistent> persistents) {
    return new Pickle(in, persistents, true).read();
  }

  private Object read() {
    in.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < MAX_OPCODES; i++) {
      int opcode = in.get() & 0xff;
      if (opcode == '.') {
        return pop();
      }
      execute(opcode);
    }
    throw new IllegalArgumentException("its pickle has no end");
  }

  private void execute(int opcode) {
    switch (opcode) {
      case 0x80 -> version();
      case 0x95 -> in.getLong(); // a frame's length, which is redundant
      case '(' -> stack.add(MARK);
      case '0' -> pop();
      case '1' -> popMarked();
      case 'N' -> stack.add(null);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'K' -> stack.add((long) (in.get() & 0xff));
      case 'M' -> stack.add((long) (in.getShort() & 0xffff));
      case 'J' -> stack.add((long) in.getInt());
      case 0x8a -> stack.add(longInteger(in.get() & 0xff));
      case 0x8b -> stack.add(longInteger(in.getInt()));
      case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 'X' -> stack.add(text(in.getInt()));
      case 0x8c -> stack.add(text(in.get() & 0xff));
      case 0x8d -> stack.add(text(Math.toIntExact(in.getLong())));
      case 'U' -> stack.add(text(in.get() & 0xff));
      case 'T' -> stack.add(text(in.getInt()));
      case 'C' -> skip(in.get() & 0xff);
      case 'B' -> skip(in.getInt());
      case 0x8e, 0x96 -> skip(in.getLong());
      case ')' -> stack.add(new Tuple(List.of()));
      case 't' -> stack.add(new Tuple(popMarked()));
      case 0x85 -> stack.add(new Tuple(popSome(1)));
      case 0x86 -> stack.add(new Tuple(popSome(2)));
      case 0x87 -> stack.add(new Tuple(popSome(3)));
      case '}' -> stack.add(new LinkedHashMap<Object, Object>());
      case ']' -> stack.add(new ArrayList<Object>());
      case 's' -> set(popSome(2));
      case 'u' -> set(popMarked());
      case 'a' -> append(popSome(1));
      case 'e' -> append(popMarked());
      case 'q' -> memo.put(in.get() & 0xff, top());
      case 'r' -> memo.put(in.getInt(), top());
      case 0x94 -> memo.put(memo.size(), top());
      case 'h' -> stack.add(recall(in.get() & 0xff));
      case 'j' -> stack.add(recall(in.getInt()));
      case 'c' -> stack.add(name(line(), line()));
      case 0x93 -> {
        List<Object> parts = popSome(2);
        stack.add(name(text(parts.get(0)), text(parts.get(1))));
      }
      case 'Q' -> persistent();
      case 'R' -> call();
      case 'b' -> build(pop());
      case 0x81 -> other(2);
      case 0x92 -> other(3);
      case 0x8f -> stack.add(OTHER);
      case 0x90 -> popMarked(); // the items of a set
      case 0x91 -> {
        popMarked();
        stack.add(OTHER);
      }
      default ->
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT, "its pickle has the opcode 0x%02x, which no tensor needs", opcode));
    }
  }

  private void version() {
    int version = in.get() & 0xff;
    if (version > 5) {
      throw new IllegalArgumentException("its pickle is of the unknown version " + version);
    }
  }

  private Object name(String module, String member) {
    String name = module + "." + member;
    if (objects) {
      PickleNames.refuseCommands(name);
      return new Name(name);
    }
    PickleNames.check(name);
    return PickleNames.isOfTensors(name) ? new Name(name) : OTHER;
  }

  private void persistent() {
    Persistent persistent = new Persistent(pop());
    persistents.add(persistent);
    stack.add(persistent);
  }

  /** An object of a class, from its class and its arguments. */
  private void other(int parts) {
    List<Object> popped = popSome(parts);
    stack.add(objects ? described(popped.get(0), popped.get(1)) : OTHER);
  }

  private static Object described(Object called, Object arguments) {
    String type = called instanceof Name name ? name.text : "";
    List<Object> items = arguments instanceof Tuple tuple ? tuple.items : List.of();
    if (type.equals("copyreg._reconstructor") && !items.isEmpty()) {
      return described(items.getFirst(), null);
    }
    return new Described(type, items);
  }

  /** Attributes: those of an object, or an OrderedDict's {@code _metadata}, which no one needs. */
  private void build(Object state) {
    if (!(top() instanceof Described object)) {
      return;
    }
    // A class with slots has a tuple of its dictionary and its slots.
    List<Object> parts = state instanceof Tuple tuple ? tuple.items : Arrays.asList(state);
    for (Object part : parts) {
      if (part instanceof Map<?, ?> attributes) {
        // An attribute takes some bytes; recalling a dictionary of thousands takes two.
        merged += attributes.size();
        if (merged > in.limit()) {
          throw new IllegalArgumentException(
              "its objects have more attributes in all than the file's size justifies");
        }
        object.attributes.putAll(attributes);
      }
    }
  }

  /** Bytes, which no tensor needs. */
  private void skip(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new java.nio.BufferUnderflowException();
    }
    in.position(in.position() + (int) length);
    stack.add(OTHER);
  }

  private void call() {
    List<Object> both = popSome(2);
    if (both.get(0) == OTHER) {
      stack.add(OTHER);
      return;
    }
    boolean named = both.get(0) instanceof Name name && PickleNames.isOfTensors(name.text);
    if (objects && !named) {
      stack.add(described(both.get(0), both.get(1)));
      return;
    }
    if (!(both.get(0) instanceof Name function) || !(both.get(1) instanceof Tuple arguments)) {
      throw new IllegalArgumentException("its pickle calls something other than a name");
    }
    switch (function.text) {
      case "collections.OrderedDict" -> {
        stack.add(new LinkedHashMap<Object, Object>());
        if (!arguments.items.isEmpty()) {
          throw new IllegalArgumentException("its pickle fills a dictionary in an unknown way");
        }
      }
      case "torch.Size" -> stack.add(arguments);
      default -> stack.add(new Call(function.text, arguments.items));
    }
  }

  private void set(List<Object> items) {
    if (top() == OTHER) {
      return;
    }
    Object filled = top() instanceof Described object ? object.attributes : top();
    if (!(filled instanceof Map<?, ?> map) || items.size() % 2 != 0) {
      throw new IllegalArgumentException(
          "its pickle sets items of something other than a dictionary");
    }
    @SuppressWarnings("unchecked")
    Map<Object, Object> target = (Map<Object, Object>) map;
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      // Other keys lead to no tensor, and the hash of a tuple could take forever.
      if (key instanceof String || key instanceof Long) {
        if (target.containsKey(key) && !objects) {
          throw new IllegalArgumentException("it has " + key + " twice");
        }
        target.put(key, items.get(i + 1));
      }
    }
  }

  private void append(List<Object> items) {
    if (top() == OTHER) {
      return;
    }
    Object filled = top() instanceof Described object ? object.items : top();
    if (!(filled instanceof List<?> list)) {
      throw new IllegalArgumentException("its pickle appends to something other than a list");
    }
    @SuppressWarnings("unchecked")
    List<Object> target = (List<Object>) list;
    target.addAll(items);
  }

  private Object recall(int key) {
    if (!memo.containsKey(key)) {
      throw new IllegalArgumentException("its pickle recalls an object that it did not store");
    }
    return memo.get(key);
  }

  private Object top() {
    if (stack.isEmpty() || stack.getLast() == MARK) {
      throw new IllegalArgumentException("its pickle takes more from the stack than is there");
    }
    return stack.getLast();
  }

  private Object pop() {
    Object last = top();
    stack.removeLast();
    return last;
  }

  private List<Object> popSome(int count) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.addFirst(pop());
    }
    return items;
  }

  private List<Object> popMarked() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw new IllegalArgumentException("its pickle takes more from the stack than is there");
    }
    List<Object> items = new ArrayList<>(stack.subList(mark + 1, stack.size()));
    stack.subList(mark, stack.size()).clear();
    return items;
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (int c = in.get(); c != '\n'; c = in.get()) {
      line.append((char) c);
      if (line.length() > 200) {
        throw new IllegalArgumentException("its pickle has a name without an end");
      }
    }
    return line.toString();
  }

  /** A value that must be a text; the text of a list that contains itself would be endless. */
  private static String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("its pickle has something else instead of a text");
  }

  private String text(int length) {
    return new String(bytes(length), StandardCharsets.UTF_8);
  }

  private byte[] bytes(int length) {
    if (length < 0 || length > in.remaining()) {
      throw new java.nio.BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /** A little-endian two's complement of any length; only the low 64 bits are kept. */
  private long longInteger(int length) {
    byte[] bytes = bytes(length);
    long value = length > 0 && bytes[length - 1] < 0 ? -1 : 0;
    for (int i = Math.min(length, Long.BYTES) - 1; i >= 0; i--) {
      value = value << 8 | bytes[i] & 0xff;
    }
    return value;
  }
}
