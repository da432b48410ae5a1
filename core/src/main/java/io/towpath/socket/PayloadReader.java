package io.towpath.socket;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DatabindException;
import io.towpath.engine.PacketException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the elements of an event's or ack's array one by one, each straight into the type that is
 * asked for, and then makes sure that the rest is valid JSON too. Confined to one thread;
 * short-lived.
 */
final class PayloadReader {
  private final Json json;
  private final Payload payload;

  /** Reads what is plain; null from the first element on that is not. */
  private @Nullable PlainElements plain;

  /** Reads the rest; null before. */
  private @Nullable JsonParser parser;

  /** Whether the parser reads tokens, so that it knows no places in the text. */
  private final boolean tokens;

  /** The event's name, if a parser has read it; otherwise it stands in the payload. */
  private @Nullable String name;

  private int nameStart;
  private int nameLength;

  /**
   * A value that did not fit its type: the application's business, unless the JSON is broken as
   * well.
   */
  private @Nullable DatabindException misfit;

  private boolean ended;

  /** Reads an array with a parser that stands at its opening bracket. */
  PayloadReader(Json json, Payload payload, JsonParser parser, boolean tokens) {
    this.json = json;
    this.payload = payload;
    this.parser = parser;
    this.tokens = tokens;
  }

  /** Reads an array without a parser as far as it goes. */
  PayloadReader(Json json, Payload payload, PlainElements plain) {
    this.json = json;
    this.payload = payload;
    this.plain = plain;
    this.tokens = false;
  }

  /** Returns the parser, which starts over and passes what has been read if it is not there yet. */
  private JsonParser parser() throws IOException {
    JsonParser current = parser;
    if (current == null) {
      current = json.open(payload);
      parser = current;
      int passed = plain == null ? 0 : plain.taken();
      plain = null;
      for (int i = 0; i < passed; i++) {
        current.nextToken();
      }
    }
    return current;
  }

  /**
   * Takes the first element as the name of an event.
   *
   * @throws PacketException if it is neither a string nor a number
   */
  void takeName() {
    PlainElements front = plain;
    if (front != null && front.look() == PlainElements.Kind.TEXT) {
      nameStart = front.textStart();
      nameLength = front.textLength();
      front.take();
      return;
    }
    try {
      JsonParser from = parser();
      JsonToken token = from.nextToken();
      if (token == JsonToken.VALUE_STRING
          || token == JsonToken.VALUE_NUMBER_INT
          || token == JsonToken.VALUE_NUMBER_FLOAT) {
        name = from.getText();
        return;
      }
    } catch (IOException invalid) {
      throw broken();
    }
    throw new PacketException("event without a name");
  }

  /** Takes the name of an event and returns it; see {@link #takeName}. */
  String eventName() {
    takeName();
    return name != null
        ? name
        : new String(payload.bytes(), nameStart, nameLength, StandardCharsets.US_ASCII);
  }

  /** Returns whether the name that was taken is this one. */
  boolean isNamed(String event) {
    if (name != null) {
      return name.equals(event);
    }
    if (event.length() != nameLength) {
      return false;
    }
    byte[] bytes = payload.bytes();
    for (int i = 0; i < nameLength; i++) {
      if (bytes[nameStart + i] != event.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads the next element; null if there is none, or if it is JSON null, or if an earlier one did
   * not fit.
   */
  @Nullable Object next(Type type) {
    if (ended || misfit != null) {
      return null;
    }
    PlainElements front = plain;
    if (front != null) {
      PlainElements.Kind kind = front.look();
      if (kind == PlainElements.Kind.END) {
        ended = true;
        return null;
      }
      if (kind == PlainElements.Kind.NULL
          || kind == PlainElements.Kind.TEXT && type == String.class) {
        front.take();
        return kind == PlainElements.Kind.NULL ? null : front.text();
      }
    }
    try {
      JsonParser from = parser();
      JsonToken token = from.nextToken();
      if (token == JsonToken.END_ARRAY) {
        ended = true;
        return null;
      }
      if (token == JsonToken.VALUE_NULL) {
        return null;
      }
      if (type == String.class && token == JsonToken.VALUE_STRING) {
        return from.getText();
      }
      return json.reader(type).readValue(from);
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
      JsonParser from = parser;
      if (from == null) {
        // Plain to its end, with nothing after it.
        return;
      }
      if (!tokens && from.nextToken() != null) {
        throw new PacketException("payload goes on after its end");
      }
      from.close();
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
    int left = elements - skipPlain(elements);
    try {
      for (int i = 0; i < left; i++) {
        parser().nextToken();
        parser().skipChildren();
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
    int size = skipPlain(Integer.MAX_VALUE);
    if (ended) {
      return size;
    }
    JsonParser from = parser();
    JsonToken token;
    while ((token = from.nextToken()) != JsonToken.END_ARRAY) {
      if (token == null) {
        throw new PacketException("payload ends too early");
      }
      from.skipChildren();
      size++;
    }
    ended = true;
    return size;
  }

  /** Skips elements as long as they are plain; returns how many. */
  private int skipPlain(int most) {
    PlainElements front = plain;
    int size = 0;
    while (front != null && size < most) {
      PlainElements.Kind kind = front.look();
      if (kind == PlainElements.Kind.END || kind == PlainElements.Kind.NOT_PLAIN) {
        ended = kind == PlainElements.Kind.END;
        break;
      }
      front.take();
      size++;
    }
    return size;
  }

  private static PacketException broken() {
    return new PacketException("payload is no valid JSON, or goes past a bound");
  }
}
