package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import io.towpath.adapter.Answer;
import java.lang.reflect.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of an event or of an ack, as they came off the wire: checked to be valid JSON,
 * parsed only when they are asked for, and passed on unchanged when they are emitted again.
 * Immutable; any thread.
 */
public final class Arguments {
  private final Json json;
  private final Payload payload;
  private final int size;

  /** Whether the first element of the array is the event's name and no argument. */
  private final boolean named;

  Arguments(Json json, Payload payload, int size, boolean named) {
    this.json = json;
    this.payload = payload;
    this.size = size;
    this.named = named;
  }

  /** Returns how many arguments there are. */
  public int size() {
    return size;
  }

  /**
   * Returns an argument as a type; null if it is JSON null or if there are fewer arguments.
   *
   * @throws IllegalArgumentException if the argument does not fit the type
   */
  public <T> @Nullable T get(int index, Class<T> type) {
    return cast(read(index, type));
  }

  /**
   * Returns an argument as a type with parameters, for example a list of records; null as in {@link
   * #get(int, Class)}.
   *
   * @throws IllegalArgumentException if the argument does not fit the type
   */
  public <T> @Nullable T get(int index, TypeRef<T> type) {
    return cast(read(index, type.type()));
  }

  /** Returns an argument as a JSON tree; null if there are fewer arguments. */
  public @Nullable JsonNode get(int index) {
    return get(index, JsonNode.class);
  }

  private @Nullable Object read(int index, Type type) {
    if (index < 0 || index >= size) {
      return null;
    }
    PayloadReader reader = json.read(payload);
    reader.skip(named ? index + 1 : index);
    Object value = reader.next(type);
    if (reader.misfit() != null) {
      throw new IllegalArgumentException(reader.misfit().getOriginalMessage(), reader.misfit());
    }
    return value;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T> @Nullable T cast(@Nullable Object value) {
    return (T) value;
  }

  /** Returns the arguments for an adapter; only where no event's name stands before them. */
  Answer answer() {
    return new Answer(payload.bytes(), payload.offset(), payload.length(), payload.attachments());
  }

  List<byte[]> attachments() {
    return payload.attachments();
  }

  /**
   * Appends the arguments and the closing bracket as they were received, after a comma if one is
   * due.
   */
  void copyTo(PacketBuffer buffer, boolean comma) {
    byte[] bytes = payload.bytes();
    int end = payload.offset() + payload.length();
    int at = skipBlanks(payload.offset()) + 1;
    if (named) {
      at = skipBlanks(afterName(skipBlanks(at)));
      if (bytes[at] == ',') {
        at++;
      }
    }
    if (comma && size > 0) {
      buffer.write(',');
    }
    buffer.write(bytes, at, end - at);
  }

  private int afterName(int at) {
    byte[] bytes = payload.bytes();
    if (bytes[at] != '"') {
      while (bytes[at] != ',' && bytes[at] != ']') {
        at++;
      }
      return at;
    }
    at++;
    while (bytes[at] != '"') {
      at += bytes[at] == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  private int skipBlanks(int at) {
    byte[] bytes = payload.bytes();
    while (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r') {
      at++;
    }
    return at;
  }

  /** Returns the arguments as JSON text, for logs and tests. */
  @Override
  public String toString() {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.write('[');
      copyTo(buffer, false);
      byte[] text = new byte[buffer.length()];
      buffer.copyTo(text, 0);
      return new String(text, java.nio.charset.StandardCharsets.UTF_8);
    } finally {
      buffer.giveBack();
    }
  }
}
