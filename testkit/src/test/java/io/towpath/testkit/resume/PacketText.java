package io.towpath.testkit.resume;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Packets in the bodies of HTTP: separated, and binary ones in base64. */
final class PacketText {
  /** Stands between two packets, and behind each of a stream. */
  static final String SEPARATOR = "\u001e";

  private PacketText() {}

  /** Returns the packets of a body. */
  static List<String> split(String body) {
    List<String> packets = new ArrayList<>();
    if (!body.isEmpty()) {
      for (String part : body.split(SEPARATOR, -1)) {
        packets.add(decoded(part));
      }
    }
    return packets;
  }

  /** Returns a packet as it is on WebSocket. */
  static String decoded(String packet) {
    if (!packet.startsWith("b")) {
      return packet;
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(packet.substring(1));
      return "b" + new String(bytes, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException torn) {
      return "b torn";
    }
  }

  /** Returns a packet as it is in a body. */
  static String encoded(String packet) {
    return packet.startsWith("b")
        ? "b" + Base64.getEncoder().encodeToString(App.bytes(packet.substring(1)))
        : packet;
  }

  /** Returns a body of packets. */
  static String join(List<String> packets) {
    return String.join(SEPARATOR, packets.stream().map(PacketText::encoded).toList());
  }
}
