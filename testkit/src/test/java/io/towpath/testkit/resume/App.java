package io.towpath.testkit.resume;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The application at one end: makes numbered messages with attachments, and checks that those of
 * the other end come whole, once and in order. A message is {@code 4} or {@code b} and its text.
 */
final class App {
  private static final Pattern MESSAGE = Pattern.compile("([4b])(\\d+):(\\d+):(\\d+):([xy]*)");

  private final World world;
  private final String name;
  private int made;
  private int got;
  private int attachmentsDue;

  App(World world, String name) {
    this.world = world;
    this.name = name;
  }

  /** Makes a message and its attachments, which follow it directly. */
  List<String> make(int length, int attachments) {
    List<String> packets = new ArrayList<>();
    packets.add("4" + ++made + ":" + length + ":" + attachments + ":" + "x".repeat(length));
    for (int i = 0; i < attachments; i++) {
      packets.add("b" + ++made + ":" + length + ":" + i + ":" + "y".repeat(length));
    }
    return packets;
  }

  /** Takes back what was made and not accepted. */
  void unmake(int packets) {
    made -= packets;
  }

  int made() {
    return made;
  }

  int got() {
    return got;
  }

  void receive(String packet) {
    Matcher matcher = MESSAGE.matcher(packet);
    if (!matcher.matches() || matcher.group(5).length() != Integer.parseInt(matcher.group(3))) {
      world.violation(name + " got a torn message");
      return;
    }
    int number = Integer.parseInt(matcher.group(2));
    if (number != got + 1) {
      world.violation(
          name + (number <= got ? " got a duplicate " : " lost a message before ") + number);
    }
    got = number;
    if (matcher.group(1).equals("b")) {
      if (attachmentsDue <= 0) {
        world.violation(name + " got an attachment without its message");
      }
      attachmentsDue--;
    } else {
      if (attachmentsDue > 0) {
        world.violation(name + " got a message among attachments");
      }
      attachmentsDue = Integer.parseInt(matcher.group(4));
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
