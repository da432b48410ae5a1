package io.towpath.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a request in one string, because a session keeps them for as long as it lives and
 * hardly ever looks at them again: for each line the name, as one character if it is a usual one,
 * then the length of the value and the value. Stateless.
 */
final class HeaderBlock {
  /** Names that nearly every request has; they stand in a block as their places from 1. */
  private static final String[] USUAL = {
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Host",
    "Origin",
    "Pragma",
    "Referer",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
    "Upgrade",
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Proto"
  };

  /** The same in lower case. */
  private static final String[] NAMES = new String[USUAL.length];

  /** Places by name, as it is usually written and in lower case. */
  private static final Map<String, Integer> PLACES = new HashMap<>();

  static {
    for (int i = 0; i < USUAL.length; i++) {
      NAMES[i] = USUAL[i].toLowerCase(Locale.ROOT);
      PLACES.put(USUAL[i], i + 1);
      PLACES.put(NAMES[i], i + 1);
    }
  }

  private HeaderBlock() {}

  /** Adds a line to a block. */
  static void add(StringBuilder block, String name, String value) {
    Integer place = PLACES.get(name);
    String lower = place == null ? name.toLowerCase(Locale.ROOT) : name;
    place = place == null ? PLACES.get(lower) : place;
    if (place != null) {
      block.append((char) place.intValue());
    } else {
      block.append('\0');
      append(block, lower);
    }
    append(block, value);
  }

  /** Lengths take seven bits in each character, so that Latin text stays one byte a character. */
  private static void append(StringBuilder block, String text) {
    int length = text.length();
    while (length > 0x7f) {
      block.append((char) (0x80 | length & 0x7f));
      length >>>= 7;
    }
    block.append((char) length).append(text);
  }

  /**
   * Returns the first value of a header, or null.
   *
   * @param name in lower case
   */
  static @Nullable String first(String block, String name) {
    Cursor line = new Cursor(block);
    while (line.next()) {
      if (line.isNamed(name)) {
        return line.value();
      }
    }
    return null;
  }

  /**
   * Returns all values of a header.
   *
   * @param name in lower case
   */
  static List<String> all(String block, String name) {
    List<String> values = List.of();
    Cursor line = new Cursor(block);
    while (line.next()) {
      if (line.isNamed(name)) {
        if (values.isEmpty()) {
          values = List.of(line.value());
        } else {
          values = new ArrayList<>(values);
          values.add(line.value());
        }
      }
    }
    return Collections.unmodifiableList(values);
  }

  /** Returns all headers, in the order of the wire. */
  static Map<String, List<String>> map(String block) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    Cursor line = new Cursor(block);
    while (line.next()) {
      headers.computeIfAbsent(line.name(), name -> new ArrayList<>(1)).add(line.value());
    }
    headers.replaceAll((name, values) -> List.copyOf(values));
    return Collections.unmodifiableMap(headers);
  }

  /** Goes through the lines of a block. */
  private static final class Cursor {
    private final String block;
    private int at;
    private int place;
    private int nameStart;
    private int nameEnd;
    private int valueStart;
    private int valueEnd;

    Cursor(String block) {
      this.block = block;
    }

    boolean next() {
      if (at == block.length()) {
        return false;
      }
      place = block.charAt(at++);
      if (place == 0) {
        int length = length();
        nameStart = at;
        nameEnd = at + length;
        at = nameEnd;
      }
      int length = length();
      valueStart = at;
      valueEnd = at + length;
      at = valueEnd;
      return true;
    }

    private int length() {
      int length = 0;
      int shift = 0;
      int part;
      do {
        part = block.charAt(at++);
        length |= (part & 0x7f) << shift;
        shift += 7;
      } while (part > 0x7f);
      return length;
    }

    boolean isNamed(String name) {
      return place > 0
          ? NAMES[place - 1].equals(name)
          : nameEnd - nameStart == name.length()
              && block.regionMatches(nameStart, name, 0, name.length());
    }

    String name() {
      return place > 0 ? NAMES[place - 1] : block.substring(nameStart, nameEnd);
    }

    String value() {
      return block.substring(valueStart, valueEnd);
    }
  }
}
