package io.towpath.socket;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DatabindException;
import io.towpath.engine.PacketException;
import java.io.IOException;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Reads the elements of an event's or ack's array one by one, each straight into the type that is
 * asked for, and then makes sure that the rest is valid JSON too. Confined to one thread;
 * short-lived.
 */
final class PayloadReader {
  private final Json json;
  private final Payload payload;
  private final JsonParser parser;

  /** Whether the parser reads tokens, so that it knows no places in the text. */
  private final boolean tokens;

  /**
   * A value that did not fit its type: the application's business, unless the JSON is broken as
   * well.
   */
  private @Nullable DatabindException misfit;

  private boolean ended;

  PayloadReader(Json json, Payload payload, JsonParser parser, boolean tokens) {
    this.json = json;
    this.payload = payload;
    this.parser = parser;
    this.tokens = tokens;
  }

  /**
   * Reads the first element as the name of an event.
   *
   * @throws PacketException if it is neither a string nor a number
   */
  String eventName() {
    try {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.VALUE_STRING
          || token == JsonToken.VALUE_NUMBER_INT
          || token == JsonToken.VALUE_NUMBER_FLOAT) {
        return parser.getText();
      }
    } catch (IOException invalid) {
      throw broken();
    }
    throw new PacketException("event without a name");
  }

  /**
   * Reads the next element; null if there is none, or if it is JSON null, or if an earlier one did
   * not fit.
   */
  @Nullable Object next(Type type) {
    if (ended || misfit != null) {
      return null;
    }
    try {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.END_ARRAY) {
        ended = true;
        return null;
      }
      if (token == JsonToken.VALUE_NULL) {
        return null;
      }
      if (type == String.class && token == JsonToken.VALUE_STRING) {
        return parser.getText();
      }
      return json.reader(type).readValue(parser);
    } catch (DatabindException other) {
      misfit = other;
      return null;
    } catch (IOException invalid) {
      throw broken();
    }
  }

  /**
   * Checks everything that has not been read.
   *
   * @throws PacketException if the payload is no valid JSON
   * @throws IllegalArgumentException if it is, and a value did not fit the type that was asked for
   */
  void finish() {
    if (misfit != null) {
      // The parser stands somewhere inside the value: check the whole text anew.
      json.read(payload).finish();
      throw new IllegalArgumentException(misfit.getOriginalMessage(), misfit);
    }
    try {
      if (!ended) {
        skipElements();
      }
      if (!tokens && parser.nextToken() != null) {
        throw new PacketException("payload goes on after its end");
      }
      parser.close();
    } catch (IOException invalid) {
      throw broken();
    }
  }

  /** Takes the elements after the name as arguments that are parsed when they are asked for. */
  Arguments rest() {
    return new Arguments(json, payload, skipCounting(), true);
  }

  /** Takes all elements as arguments, for an ack. */
  Arguments all() {
    return new Arguments(json, payload, skipCounting(), false);
  }

  /** Skips elements that have been checked before. */
  void skip(int elements) {
    try {
      for (int i = 0; i < elements; i++) {
        parser.nextToken();
        parser.skipChildren();
      }
    } catch (IOException invalid) {
      throw broken();
    }
  }

  /** Returns why the last element did not fit its type, or null. */
  @Nullable DatabindException misfit() {
    return misfit;
  }

  private int skipCounting() {
    try {
      int size = skipElements();
      finish();
      return size;
    } catch (IOException invalid) {
      throw broken();
    }
  }

  private int skipElements() throws IOException {
    int size = 0;
    JsonToken token;
    while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
      if (token == null) {
        throw new PacketException("payload ends too early");
      }
      parser.skipChildren();
      size++;
    }
    ended = true;
    return size;
  }

  private static PacketException broken() {
    return new PacketException("payload is no valid JSON, or goes past a bound");
  }
}
