package kintsugi.detector;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import kintsugi.patchcore.RandomProjection;
import kintsugi.scoremap.ImageScore;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/** Recipes and calibrations as JSON: names in snake_case, sizes and rules as they are written. */
final class RecipeFormat {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(written(TargetSize.class, TargetSize::parse))
          .addModule(written(ImageScore.class, ImageScore::parse))
          .addModule(written(RandomProjection.class, RandomProjection::parse))
          .addModule(written(ThresholdRule.class, ThresholdRule::parse))
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enumNamingStrategy(EnumNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  private RecipeFormat() {}

  /** A type that writes itself by {@code toString} and is read by its own parser. */
  private static <T> SimpleModule written(Class<T> type, Function<String, ? extends T> parser) {
    return new SimpleModule(type.getName())
        .addSerializer(type, new ToStringSerializer(type))
        .addDeserializer(
            type,
            new StdDeserializer<T>(type) {
              @Override
              public T deserialize(JsonParser json, DeserializationContext context) {
                return parser.apply(json.getString());
              }
            });
  }

  static Map<String, Object> choices(Recipe recipe) {
    return JSON.convertValue(recipe, new TypeReference<LinkedHashMap<String, Object>>() {});
  }

  static Recipe with(Recipe recipe, Map<String, ?> choices) {
    if (choices.isEmpty()) {
      return recipe;
    }
    Map<String, Object> all = choices(recipe);
    all.putAll(JSON.convertValue(choices, new TypeReference<Map<String, Object>>() {}));
    boolean changed = !all.equals(choices(recipe));
    String name = recipe.name();
    all.put("name", changed && !name.endsWith("*") ? name + "*" : name);
    return convert(() -> JSON.convertValue(all, recipe.getClass()), recipe.algorithm());
  }

  static String write(Object value) {
    return JSON.writeValueAsString(value);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static <T> T read(String text, Class<T> type) {
    return convert(() -> JSON.readValue(text, type), type.getSimpleName());
  }

  private static <T> T convert(java.util.function.Supplier<T> conversion, String what) {
    try {
      return conversion.get();
    } catch (JacksonException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new IllegalArgumentException(what + ": " + firstLine(cause), e);
    }
  }

  private static String firstLine(Throwable e) {
    String message = e instanceof JacksonException j ? j.getOriginalMessage() : e.getMessage();
    return message.lines().findFirst().orElse("");
  }
}
