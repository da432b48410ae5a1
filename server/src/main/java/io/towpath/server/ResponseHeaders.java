package io.towpath.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Headers that an application adds to an answer of the engine. Names are compared without regard to
 * case. Confined to one thread at a time.
 */
public final class ResponseHeaders {
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  private final Map<String, String> spelling = new LinkedHashMap<>();
  private final Map<String, List<String>> values = new LinkedHashMap<>();

  ResponseHeaders() {}

  /**
   * Sets a header to one value.
   *
   * @throws IllegalArgumentException if the name is no token, or the value has a line break in it
   */
  public ResponseHeaders set(String name, String value) {
    check(name, value);
    values.remove(name.toLowerCase(Locale.ROOT));
    return add(name, value);
  }

  /**
   * Adds a line to a header.
   *
   * @throws IllegalArgumentException if the name is no token, or the value has a line break in it
   */
  public ResponseHeaders add(String name, String value) {
    check(name, value);
    String lower = name.toLowerCase(Locale.ROOT);
    spelling.putIfAbsent(lower, name);
    values.computeIfAbsent(lower, unused -> new ArrayList<>()).add(value);
    return this;
  }

  /** Returns the lines by the names as they were first spelled. */
  Map<String, List<String>> lines() {
    Map<String, List<String>> lines = new LinkedHashMap<>();
    values.forEach((lower, all) -> lines.put(spelling.getOrDefault(lower, lower), all));
    return lines;
  }

  /** RFC 9110 sections 5.5 and 5.6.2; a line break would let a value forge what follows it. */
  private static void check(String name, String value) {
    boolean token =
        !name.isEmpty()
            && name.chars()
                .allMatch(
                    c ->
                        c >= 'a' && c <= 'z'
                            || c >= 'A' && c <= 'Z'
                            || c >= '0' && c <= '9'
                            || TOKEN_SIGNS.indexOf(c) >= 0);
    if (!token) {
      throw new IllegalArgumentException("not the name of a header");
    }
    if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
      throw new IllegalArgumentException("line break in header " + name);
    }
  }
}
