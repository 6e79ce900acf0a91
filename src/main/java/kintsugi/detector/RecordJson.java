package kintsugi.detector;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;
import kintsugi.weights.JsonText;

/**
 * Records as JSON: recipes, summaries and calibrations in model files. Components are named in
 * snake_case; an optional value that is absent is null; a class with a static {@code
 * parse(String)}, such as an image size, is the text that a person writes for it.
 */
public final class RecordJson {
  /** The type of a component that is a list of numbers; other lists are of records or texts. */
  private record Doubles(List<Double> list) {}

  private static final Type DOUBLES = Doubles.class.getRecordComponents()[0].getGenericType();

  private RecordJson() {}

  /**
   * {@return a record as JSON}
   *
   * @param record of an exported package
   */
  public static String write(Record record) {
    return JsonText.write(tree(record));
  }

  /**
   * {@return the record that {@link #write} wrote}
   *
   * @param <T> its class
   * @param text JSON
   * @param type its class
   * @throws IllegalArgumentException if the text is not that of such a record
   */
  public static <T extends Record> T read(String text, Class<T> type) {
    return read(text, type, Map.of());
  }

  /**
   * {@return the record that {@link #write} wrote, or an earlier release}
   *
   * @param <T> its class
   * @param text JSON
   * @param type its class
   * @param renamed today's names of the outermost record's components by their earlier ones
   * @throws IllegalArgumentException if the text is not that of such a record
   */
  public static <T extends Record> T read(String text, Class<T> type, Map<String, String> renamed) {
    Map<String, Object> tree = new LinkedHashMap<>();
    object(text).forEach((name, value) -> tree.put(renamed.getOrDefault(name, name), value));
    return record(tree, type);
  }

  /** The JSON object of a text. */
  static Map<String, Object> object(String text) {
    return object(JsonText.parse(text), "JSON");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object value, String what) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new IllegalArgumentException(what + ": " + value + " is not an object");
  }

  /** A record as nested maps, to be changed. */
  static Map<String, Object> tree(Record record) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      tree.put(snake(component.getName()), plain(invoke(component.getAccessor(), record)));
    }
    return tree;
  }

  private static Object plain(Object value) {
    return switch (value) {
      case null -> null;
      case OptionalInt number -> number.isPresent() ? (Object) (long) number.getAsInt() : null;
      case OptionalDouble number -> number.isPresent() ? (Object) number.getAsDouble() : null;
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
      case Integer number -> number.longValue();
      case List<?> list -> list.stream().map(RecordJson::plain).toList();
      case Record nested ->
          parser(nested.getClass()) == null ? tree(nested) : (Object) nested.toString();
      case Number number -> number;
      case Boolean bool -> bool;
      default -> value.toString();
    };
  }

  /**
   * Nested maps as a record.
   *
   * @throws IllegalArgumentException if a component is missing, unknown or of another type
   */
  static <T extends Record> T record(Map<String, Object> tree, Class<T> type) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    TreeSet<String> unknown = new TreeSet<>(tree.keySet());
    for (int i = 0; i < components.length; i++) {
      String name = snake(components[i].getName());
      if (!unknown.remove(name)) {
        throw new IllegalArgumentException(type.getSimpleName() + " has no " + name);
      }
      values[i] = value(name, tree.get(name), components[i]);
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          type.getSimpleName() + " does not have " + String.join(", ", unknown));
    }
    return construct(type, components, values);
  }

  private static <T> T construct(Class<T> type, RecordComponent[] components, Object[] values) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw rethrown(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " is not a public record of an exported package", e);
    }
  }

  private static Object value(String name, Object value, RecordComponent component) {
    if (component.getGenericType().equals(DOUBLES)) {
      return doubles(name, value);
    }
    if (component.getGenericType() instanceof ParameterizedType list
        && list.getActualTypeArguments()[0] instanceof Class<?> element
        && element.isRecord()) {
      return records(name, value, element.asSubclass(Record.class));
    }
    return value(name, value, component.getType());
  }

  private static Object value(String name, Object value, Class<?> type) {
    try {
      return converted(name, value, type);
    } catch (NumberFormatException | ArithmeticException e) {
      boolean decimal = type == double.class || type == OptionalDouble.class;
      boolean large = !decimal && value.toString().matches("-?\\d+");
      throw new IllegalArgumentException(
          name + ": " + value + (large ? " is out of range" : " is not a " + kind(decimal)), e);
    }
  }

  private static String kind(boolean decimal) {
    return decimal ? "number" : "whole number";
  }

  private static Object converted(String name, Object value, Class<?> type) {
    if (type == OptionalInt.class) {
      return value == null ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(whole(value)));
    }
    if (type == OptionalDouble.class) {
      return value == null ? OptionalDouble.empty() : OptionalDouble.of(decimal(value));
    }
    if (value == null) {
      throw new IllegalArgumentException(name + ": a value is missing");
    }
    if (type == int.class) {
      return Math.toIntExact(whole(value));
    }
    if (type == long.class) {
      return whole(value);
    }
    if (type == double.class) {
      return decimal(value);
    }
    if (type == boolean.class) {
      return bool(name, value);
    }
    if (type == List.class) {
      return texts(name, value);
    }
    if (type.isEnum()) {
      return constant(name, value.toString(), type);
    }
    if (type == String.class) {
      return value.toString();
    }
    Method parser = parser(type);
    return parser != null
        ? invoke(parser, null, value.toString())
        : record(object(value, name), type.asSubclass(Record.class));
  }

  private static List<String> texts(String name, Object value) {
    if (!(value instanceof List<?> list) || list.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(name + ": " + value + " is not a list of texts");
    }
    return list.stream().map(Object::toString).toList();
  }

  private static List<Double> doubles(String name, Object value) {
    if (!(value instanceof List<?> list) || !list.stream().allMatch(Number.class::isInstance)) {
      throw new IllegalArgumentException(name + ": " + value + " is not a list of numbers");
    }
    return list.stream().map(number -> ((Number) number).doubleValue()).toList();
  }

  private static List<? extends Record> records(
      String name, Object value, Class<? extends Record> type) {
    if (!(value instanceof List<?> list)) {
      throw new IllegalArgumentException(name + ": " + value + " is not a list");
    }
    return list.stream().map(element -> record(object(element, name), type)).toList();
  }

  private static long whole(Object value) {
    return value instanceof Long number ? number : Long.parseLong(value.toString());
  }

  private static double decimal(Object value) {
    return value instanceof Number number
        ? number.doubleValue()
        : Double.parseDouble(value.toString());
  }

  private static boolean bool(String name, Object value) {
    return switch (value.toString()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(name + ": true or false, not " + value);
    };
  }

  private static Object constant(String name, String text, Class<?> type) {
    List<String> names =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
            .toList();
    int index = names.indexOf(text.toLowerCase(Locale.ROOT).replace('-', '_'));
    if (index < 0) {
      throw new IllegalArgumentException(name + ": " + String.join(", ", names) + ", not " + text);
    }
    return type.getEnumConstants()[index];
  }

  /** The method that reads a person's text, or null for a class that is not written as text. */
  private static Method parser(Class<?> type) {
    // An image size's own kinds are records; their interface has the parser.
    for (Class<?> each : withInterfaces(type)) {
      for (Method method : each.getMethods()) {
        if (method.getName().equals("parse")
            && Modifier.isStatic(method.getModifiers())
            && Arrays.equals(method.getParameterTypes(), new Class<?>[] {String.class})
            && method.getReturnType() == each) {
          return method;
        }
      }
    }
    return null;
  }

  private static List<Class<?>> withInterfaces(Class<?> type) {
    List<Class<?>> all = new ArrayList<>(List.of(type));
    all.addAll(List.of(type.getInterfaces()));
    return all;
  }

  private static Object invoke(Method method, Object on, Object... arguments) {
    try {
      return method.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      throw rethrown(e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(method + " is not public in an exported package", e);
    }
  }

  private static RuntimeException rethrown(InvocationTargetException e) {
    if (e.getCause() instanceof RuntimeException cause) {
      return cause;
    }
    throw new IllegalStateException(e);
  }

  private static String snake(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }
}
