package io.towpath.socket;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import io.towpath.adapter.Answer;
import io.towpath.engine.PacketException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Jackson behind one seam: JSON arrays of events and acks, read from UTF-8 bytes into the types
 * that handlers ask for and written into packets, with bounds on depth and length. Binary values
 * become attachments on the way out; placeholders become binary values on the way in, on the token
 * stream and never by searching text. Any thread.
 */
final class Json {
  private final ObjectMapper mapper;
  private final ConcurrentHashMap<Type, ObjectReader> readers = new ConcurrentHashMap<>();
  private final int maxPlainText;
  private final int maxPlainNumber;

  /** Whether the mapper writes plain text as it is, so that it may be written without it. */
  private final boolean plainWrites;

  Json(SocketOptions options) {
    mapper = options.mapper().copy();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(options.maxJsonDepth())
                .maxStringLength(options.maxJsonStringLength())
                .maxNumberLength(options.maxJsonNumberLength())
                .build());
    maxPlainText = options.maxJsonStringLength();
    maxPlainNumber = options.maxJsonNumberLength();
    plainWrites =
        mapper.getFactory().getCharacterEscapes() == null
            && mapper.getFactory().getOutputDecorator() == null
            && !mapper
                .getFactory()
                .isEnabled(JsonWriteFeature.ESCAPE_FORWARD_SLASHES.mappedFeature());
    // A surrogate pair as the four bytes that it is in UTF-8, not as two escapes.
    mapper.getFactory().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8.mappedFeature());
    mapper.disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    SimpleModule binary = new SimpleModule("towpath-binary");
    binary.addSerializer(byte[].class, new BytesSerializer());
    binary.addSerializer(ByteBuffer.class, new BufferSerializer());
    mapper.registerModule(binary);
  }

  ObjectReader reader(Type type) {
    ObjectReader reader = readers.get(type);
    if (reader == null) {
      reader = mapper.readerFor(mapper.constructType(type));
      readers.put(type, reader);
    }
    return reader;
  }

  /** Opens a payload that has to be a JSON array. */
  PayloadReader read(Payload payload) {
    int from = payload.offset();
    int end = from + payload.length();
    if (payload.attachments().isEmpty() && from < end && payload.bytes()[from] == '[') {
      return new PayloadReader(
          this,
          payload,
          new PlainElements(payload.bytes(), from + 1, end, maxPlainText, maxPlainNumber));
    }
    return parse(payload);
  }

  /** Returns a parser at the opening bracket of a payload without attachments. */
  JsonParser open(Payload payload) throws IOException {
    JsonParser parser =
        mapper.getFactory().createParser(payload.bytes(), payload.offset(), payload.length());
    parser.nextToken();
    return parser;
  }

  private PayloadReader parse(Payload payload) {
    try {
      JsonParser parser =
          mapper.getFactory().createParser(payload.bytes(), payload.offset(), payload.length());
      boolean tokens = !payload.attachments().isEmpty();
      if (tokens) {
        TokenBuffer buffer = new TokenBuffer(parser);
        parser.nextToken();
        copyAttached(parser, buffer, payload.attachments());
        requireEnd(parser);
        parser.close();
        parser = buffer.asParser(mapper);
      }
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw new PacketException("payload is no array");
      }
      return new PayloadReader(this, payload, parser, tokens);
    } catch (IOException invalid) {
      throw new PacketException("payload is no valid JSON, or goes past a bound");
    }
  }

  private static void requireEnd(JsonParser parser) throws IOException {
    if (parser.nextToken() != null) {
      throw new PacketException("payload goes on after its end");
    }
  }

  /**
   * Copies the value at the parser's token, with placeholders replaced by the bytes that they stand
   * for.
   */
  private static void copyAttached(JsonParser from, TokenBuffer to, List<byte[]> attachments)
      throws IOException {
    JsonToken token = from.currentToken();
    if (token == JsonToken.START_OBJECT) {
      copyObject(from, to, attachments);
    } else if (token == JsonToken.START_ARRAY) {
      to.writeStartArray();
      while (from.nextToken() != JsonToken.END_ARRAY) {
        copyAttached(from, to, attachments);
      }
      to.writeEndArray();
    } else if (token == null) {
      throw new PacketException("payload ends too early");
    } else {
      to.copyCurrentEvent(from);
    }
  }

  private static void copyObject(JsonParser from, TokenBuffer to, List<byte[]> attachments)
      throws IOException {
    String name = from.nextFieldName();
    JsonToken value = name == null ? null : from.nextToken();
    int number = -1;
    TokenBuffer heldBack = null;
    // Not every language keeps the order of members: "num" may come first.
    if ("num".equals(name) && value != null && value.isScalarValue()) {
      number = number(from);
      heldBack = new TokenBuffer(from);
      heldBack.copyCurrentEvent(from);
      name = from.nextFieldName();
      value = name == null ? null : from.nextToken();
    }
    if ("_placeholder".equals(name) && value == JsonToken.VALUE_TRUE) {
      to.writeEmbeddedObject(placeholder(from, number, attachments));
      return;
    }
    to.writeStartObject();
    if (heldBack != null) {
      to.writeFieldName("num");
      heldBack.serialize(to);
    }
    while (name != null) {
      to.writeFieldName(name);
      copyAttached(from, to, attachments);
      name = from.nextFieldName();
      if (name != null) {
        from.nextToken();
      }
    }
    to.writeEndObject();
  }

  /**
   * Reads the rest of {@code {"_placeholder":true,"num":n}} in any order.
   *
   * @param number what {@code num} said before, or -1
   */
  private static byte[] placeholder(JsonParser from, int number, List<byte[]> attachments)
      throws IOException {
    int last = number;
    String name;
    while ((name = from.nextFieldName()) != null) {
      from.nextToken();
      if (name.equals("num")) {
        last = number(from);
      }
      from.skipChildren();
    }
    if (last < 0 || last >= attachments.size()) {
      throw new PacketException("illegal attachments");
    }
    return attachments.get(last);
  }

  /** Returns the parser's value if it is an integer, otherwise -1. */
  private static int number(JsonParser from) throws IOException {
    return from.currentToken() == JsonToken.VALUE_NUMBER_INT
            && from.getNumberType() == JsonParser.NumberType.INT
        ? from.getIntValue()
        : -1;
  }

  /**
   * Writes values as members of a JSON array into a buffer, brackets included.
   *
   * @param name the event's name, or null for an ack
   * @throws IllegalArgumentException if a value cannot be written as JSON
   */
  void write(PacketBuffer buffer, @Nullable String name, @Nullable Object[] values) {
    int start = buffer.length();
    if (plainWrites && writePlain(buffer, name, values)) {
      return;
    }
    buffer.truncate(start);
    try (JsonGenerator generator = generator(buffer)) {
      generator.writeStartArray();
      if (name != null) {
        generator.writeString(name);
      }
      for (Object value : values) {
        if (value == null) {
          generator.writeNull();
        } else if (value instanceof String text) {
          generator.writeString(text);
        } else {
          mapper.writeValue(generator, value);
        }
      }
      generator.writeEndArray();
    } catch (IOException unwritable) {
      throw unwritable(unwritable);
    }
  }

  private JsonGenerator generator(PacketBuffer buffer) throws IOException {
    return new JavaScriptNumbers(mapper.getFactory().createGenerator(buffer));
  }

  private static IllegalArgumentException unwritable(IOException why) {
    return new IllegalArgumentException("cannot be written as JSON: " + why.getMessage(), why);
  }

  /** Writes values as an array of its own, for what goes to other servers. */
  Answer writeAnswer(@Nullable String name, @Nullable Object[] values) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      write(buffer, name, values);
      byte[] bytes = new byte[buffer.length()];
      buffer.copyTo(bytes, 0);
      return new Answer(bytes, 0, bytes.length, List.copyOf(buffer.attachments()));
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes texts and nulls without a generator; false if anything needs one. */
  private static boolean writePlain(
      PacketBuffer buffer, @Nullable String name, @Nullable Object[] values) {
    buffer.write('[');
    if (name != null && !buffer.quotePlain(name)) {
      return false;
    }
    for (int i = 0; i < values.length; i++) {
      if (i > 0 || name != null) {
        buffer.write(',');
      }
      Object value = values[i];
      if (value == null) {
        buffer.ascii("null");
      } else if (!(value instanceof String text) || !buffer.quotePlain(text)) {
        return false;
      }
    }
    buffer.write(']');
    return true;
  }

  /** Writes one value. */
  void writeValue(PacketBuffer buffer, Object value) {
    try (JsonGenerator generator = generator(buffer)) {
      mapper.writeValue(generator, value);
    } catch (IOException unwritable) {
      throw unwritable(unwritable);
    }
  }

  /**
   * Reads a whole payload as one value of a type.
   *
   * @throws PacketException if it is no valid JSON, or does not fit the type
   */
  <T> T readValue(Payload payload, Class<T> type) {
    try (JsonParser parser =
        mapper.getFactory().createParser(payload.bytes(), payload.offset(), payload.length())) {
      if (!payload.attachments().isEmpty()) {
        TokenBuffer buffer = new TokenBuffer(parser);
        parser.nextToken();
        copyAttached(parser, buffer, payload.attachments());
        requireEnd(parser);
        return reader(type).readValue(buffer.asParser(mapper));
      }
      T value = reader(type).readValue(parser);
      requireEnd(parser);
      return value;
    } catch (IOException invalid) {
      throw new PacketException("payload is no valid JSON, or goes past a bound");
    }
  }

  ObjectMapper mapper() {
    return mapper;
  }

  private static void writeBinary(JsonGenerator generator, byte[] bytes) throws IOException {
    if (generator.getOutputTarget() instanceof PacketBuffer packet) {
      int number = packet.attach(bytes);
      generator.writeStartObject();
      generator.writeBooleanField("_placeholder", true);
      generator.writeNumberField("num", number);
      generator.writeEndObject();
    } else {
      generator.writeBinary(bytes);
    }
  }

  private static final class BytesSerializer extends JsonSerializer<byte[]> {
    @Override
    public void serialize(byte[] value, JsonGenerator generator, SerializerProvider provider)
        throws IOException {
      writeBinary(generator, value);
    }

    @Override
    public void serializeWithType(
        byte[] value, JsonGenerator generator, SerializerProvider provider, TypeSerializer type)
        throws IOException {
      writeBinary(generator, value);
    }
  }

  private static final class BufferSerializer extends JsonSerializer<ByteBuffer> {
    @Override
    public void serialize(ByteBuffer value, JsonGenerator generator, SerializerProvider provider)
        throws IOException {
      byte[] bytes = new byte[value.remaining()];
      value.duplicate().get(bytes);
      writeBinary(generator, bytes);
    }
  }
}
