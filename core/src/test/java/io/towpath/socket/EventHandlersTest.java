package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How handlers get what an event carries. Reference: 4.5. */
class EventHandlersTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.joined();
  private final Socket socket = server.socket("/");
  private final List<String> log = new ArrayList<>();

  record Point(int x, int y) {}

  // Events in.

  @Test
  void everyFormOfHandlerGetsWhatItAskedFor() {
    socket.on("e", (arguments, ack) -> log.add("any " + arguments + ack.isRequested()));
    socket.on("e", arguments -> log.add("plain " + arguments));
    socket.on("e", () -> log.add("none"));
    socket.on("e", Point.class, point -> log.add("one " + point));
    socket.on("e", new TypeRef<Map<String, Integer>>() {}, map -> log.add("ref " + map.get("y")));
    socket.on("e", Point.class, (point, ack) -> log.add("ack " + point + ack.isRequested()));
    socket.on(
        "e",
        new TypeRef<Map<String, Long>>() {},
        (map, ack) -> log.add("refack " + map.get("x") + ack.isRequested()));
    socket.on("e", Point.class, String.class, (point, text) -> log.add("two " + text));
    socket.on(
        "e",
        Point.class,
        String.class,
        (point, text, ack) -> log.add("twoack " + text + ack.isRequested()));
    client.send("27[\"e\",{\"x\":1,\"y\":2},\"t\"]");
    assertEquals(
        List.of(
            "any [{\"x\":1,\"y\":2},\"t\"]true",
            "plain [{\"x\":1,\"y\":2},\"t\"]",
            "none",
            "one Point[x=1, y=2]",
            "ref 2",
            "ack Point[x=1, y=2]true",
            "refack 1true",
            "two t",
            "twoack ttrue"),
        log);
  }

  @Test
  void argumentsThatAreMissingAreNullAndMoreAreIgnored() {
    socket.on("e", String.class, Point.class, (a, b) -> log.add(a + " " + b));
    client.send("2[\"e\"]", "2[\"e\",null]", "2[\"e\",\"a\",{\"x\":1,\"y\":2},3,[4]]");
    assertEquals(List.of("null null", "null null", "a Point[x=1, y=2]"), log);
    assertEquals(List.of(), server.errors);
  }

  @Test
  void anArgumentOfAnotherTypeIsReportedAndTheSessionLives() {
    socket.on("e", Point.class, point -> log.add("never"));
    client.send("2[\"e\",\"text\"]");
    assertEquals(List.of(), log);
    assertEquals(1, server.errors.size());
    assertTrue(client.isOpen());
  }

  @Test
  void anArgumentOfAnotherTypeInBrokenJsonClosesTheSession() {
    socket.on("e", Point.class, point -> log.add("never"));
    client.send("2[\"e\",\"text\",x]");
    assertEquals(List.of(), log);
    assertFalse(client.isOpen());
  }

  @Test
  void aHandlerIsNotCalledWithAnArgumentThatBrokenJsonFollows() {
    socket.on("e", String.class, text -> log.add("never"));
    client.send("2[\"e\",\"text\",");
    assertEquals(List.of(), log);
    assertFalse(client.isOpen());
  }

  @Test
  void attachmentsArriveInTheHandlersTypes() {
    socket.on("e", byte[].class, ByteBuffer.class, (a, b) -> log.add(a[0] + " " + b.get(0)));
    client.send(
        "52-[\"e\",{\"_placeholder\":true,\"num\":1},{\"num\":0,\"_placeholder\":true}]",
        "bAQ==",
        "bAg==");
    assertEquals(List.of("2 1"), log);
  }

  @Test
  void aNumberMayBeTheNameOfAnEvent() {
    socket.on("5", String.class, text -> log.add(text));
    client.send("2[5,\"x\"]");
    assertEquals(List.of("x"), log);
  }

  @Test
  void onceHandlesOneEvent() {
    socket.once("e", (arguments, ack) -> log.add("once " + arguments));
    client.send("2[\"e\",1]", "2[\"e\",2]");
    assertEquals(List.of("once [1]"), log);
  }

  @Test
  void offRemovesOneHandlerOrAll() {
    EventHandler.None first = () -> log.add("first");
    socket.on("e", first);
    socket.on("e", () -> log.add("second"));
    socket.on("f", () -> log.add("other"));
    socket.off("e", first);
    client.send("2[\"e\"]");
    socket.off("e");
    client.send("2[\"e\"]", "2[\"f\"]");
    assertEquals(List.of("second", "other"), log);
  }
}
