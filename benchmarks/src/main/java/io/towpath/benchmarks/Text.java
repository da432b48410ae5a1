package io.towpath.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An event with one text argument, and the check of what comes back. Each text holds its number, so
 * that an old or a foreign one is noticed. Confined to one thread.
 */
final class Text {
  private static final int DIGITS = 10;

  private final byte[] event;
  private final byte[] text;
  private final byte[] packet;

  /**
   * Prepares texts.
   *
   * @param event the event's name
   * @param size bytes of the text, at least 10
   */
  Text(String event, int size) {
    this.event = event.getBytes(StandardCharsets.US_ASCII);
    text = new byte[size];
    for (int i = 0; i < size; i++) {
      text[i] = (byte) ('a' + i * 7 % 26);
    }
    packet = new byte[size + 64 + this.event.length];
  }

  /** Sends the event. An id below 0 asks for no ack. */
  void send(Session session, long number, long id) {
    int at = 0;
    packet[at++] = '2';
    if (id >= 0) {
      at = number(packet, at, id);
    }
    packet[at++] = '[';
    at = quoted(event, at);
    packet[at++] = ',';
    number(text, number);
    at = quoted(text, at);
    packet[at++] = ']';
    session.send(packet, at);
  }

  private int quoted(byte[] content, int from) {
    packet[from] = '"';
    System.arraycopy(content, 0, packet, from + 1, content.length);
    packet[from + content.length + 1] = '"';
    return from + content.length + 2;
  }

  private static int number(byte[] to, int from, long number) {
    int end = from + 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      end++;
    }
    long rest = number;
    for (int at = end - 1; at >= from; at--) {
      to[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return end;
  }

  private static void number(byte[] text, long number) {
    long rest = number;
    for (int at = DIGITS - 1; at >= 0; at--) {
      text[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /** Returns the id of an ack, whose text must have the same number. */
  long ack(byte[] bytes, int start, int end) {
    if (bytes[start] != '3') {
      throw new LoadFailure("no ack but a packet of type " + (char) bytes[start]);
    }
    long id = 0;
    int at = start + 1;
    while (bytes[at] >= '0' && bytes[at] <= '9') {
      id = id * 10 + bytes[at++] - '0';
    }
    expect(at + 4 + text.length == end && bytes[at] == '[', bytes, start, end);
    expectText(bytes, at + 1, id, start, end);
    return id;
  }

  /** Returns the number that a broadcast claims to have. */
  long numberOf(byte[] bytes, int start) {
    int at = start + 2 + event.length + 4;
    return Long.parseLong(new String(bytes, at, DIGITS, StandardCharsets.US_ASCII));
  }

  /** Checks a broadcast that must have a number. */
  void broadcast(byte[] bytes, int start, int end, long number) {
    int text = start + 2 + event.length + 3;
    expect(
        text + this.text.length + 3 == end
            && bytes[start] == '2'
            && bytes[start + 1] == '['
            && Arrays.equals(bytes, start + 3, start + 3 + event.length, event, 0, event.length),
        bytes,
        start,
        end);
    expectText(bytes, text, number, start, end);
  }

  private void expectText(byte[] bytes, int at, long number, int start, int end) {
    number(text, number);
    int last = at + 1 + text.length;
    expect(
        bytes[at] == '"'
            && Arrays.equals(bytes, at + 1, last, text, 0, text.length)
            && bytes[last] == '"'
            && bytes[last + 1] == ']',
        bytes,
        start,
        end);
  }

  private static void expect(boolean right, byte[] bytes, int start, int end) {
    if (!right) {
      String got =
          new String(bytes, start, Math.min(end - start, 120), StandardCharsets.ISO_8859_1);
      throw new LoadFailure("wrong content: " + got);
    }
  }
}
