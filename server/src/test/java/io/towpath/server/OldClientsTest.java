package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.websocket.Opcode;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Clients of revision 3, of Socket.IO 2, with JSONP, and without binary, over real connections. */
class OldClientsTest {
  private static final String POLLING = "/socket.io/?EIO=3&transport=polling";
  private static final String WEBSOCKET = "/socket.io/?EIO=3&transport=websocket";

  private static EchoServer echo() {
    return EchoServer.start(
        null,
        builder ->
            builder.towpath(
                towpath ->
                    towpath
                        .engine(engine -> engine.allowEio3(true))
                        .polling(polling -> polling.jsonp(true))));
  }

  private static String sid(String body) {
    Matcher sid = Pattern.compile("\"sid\\\\?\":\\\\?\"([^\"\\\\]+)").matcher(body);
    assertTrue(sid.find(), body);
    return "&sid=" + sid.group(1);
  }

  private static byte[] bytes(String body) {
    return body.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  @Test
  void aSessionOfRevision3PollsWithLengths() {
    try (EchoServer server = echo();
        RawConnection connection = server.connect()) {
      String opened = connection.get(POLLING).answer().body();
      String json = opened.substring(opened.indexOf(':') + 1);
      assertEquals(json.length() + ":0{", opened.substring(0, opened.indexOf('{') + 1));
      String session = POLLING + sid(opened);
      assertEquals("ok", connection.post(session, "6:4hello10:b4AQIDBA==").answer().body());
      RawConnection.Answer answer = connection.get(session).answer();
      assertEquals("application/octet-stream", answer.header("Content-Type"));
      assertArrayEquals(
          new byte[] {0, 6, -1, '4', 'h', 'e', 'l', 'l', 'o', 1, 5, -1, 4, 1, 2, 3, 4},
          bytes(answer.body()));
    }
  }

  @Test
  void withB64BinaryIsTextOnPolling() {
    try (EchoServer server = echo();
        RawConnection connection = server.connect()) {
      String session = POLLING + "&b64=1" + sid(connection.get(POLLING + "&b64=1").answer().body());
      connection.post(session, "10:b4AQIDBA==").answer();
      assertEquals("10:b4AQIDBA==", connection.get(session).answer().body());
    }
  }

  @Test
  void binaryHasItsTypeInFrontOnAWebSocketOfRevision3() {
    try (EchoServer server = echo();
        RawWebSocket socket = RawWebSocket.open(server.connect(), WEBSOCKET).begun()) {
      assertEquals("4x", socket.send("4x").receiveText());
      RawWebSocket.Frame echoed = socket.send(Opcode.BINARY, new byte[] {4, 1, 2}).receive();
      assertEquals(2, echoed.opcode());
      assertArrayEquals(new byte[] {4, 1, 2}, echoed.payload());
      assertEquals("3", socket.send("2").receiveText());
    }
  }

  @Test
  void anotherTypeThanAMessageInBinaryEndsTheSession() {
    try (EchoServer server = echo();
        RawWebSocket socket = RawWebSocket.open(server.connect(), WEBSOCKET).begun()) {
      assertEquals(8, socket.send(Opcode.BINARY, new byte[] {5, 1}).receive().opcode());
      assertEquals("parse error", server.ended());
    }
  }

  @Test
  void withB64BinaryIsTextOnAWebSocketOfEitherRevision() {
    try (EchoServer server = echo()) {
      for (String[] revision : new String[][] {{WEBSOCKET, "b4AQI="}, {EchoServer.WEBSOCKET, "bAQI="}}) {
        try (RawWebSocket socket =
            RawWebSocket.open(server.connect(), revision[0] + "&b64=1").begun()) {
          assertEquals(revision[1], socket.send(revision[1]).receiveText());
        }
      }
    }
  }

  @Test
  void aSessionOfRevision3IsNoOthers() {
    try (EchoServer server = echo();
        RawConnection connection = server.connect()) {
      String session = POLLING + sid(connection.get(POLLING).answer().body());
      assertEquals(400, connection.get(session.replace("EIO=3", "EIO=4")).answer().status());
      assertEquals("ok", connection.post(session, "2:4x").answer().body());
    }
  }

  @Test
  void jsonpIsAScriptAndAForm() {
    try (EchoServer server = echo();
        RawConnection connection = server.connect()) {
      RawConnection.Answer opened = connection.get(EchoServer.POLLING + "&j=3x").answer();
      assertEquals("text/javascript; charset=UTF-8", opened.header("Content-Type"));
      assertTrue(opened.body().startsWith("___eio[3](\"0{\\\"sid\\\":"), opened.body());
      String session = EchoServer.POLLING + "&j=3" + sid(opened.body());
      assertEquals("ok", connection.post(session, "d=4a%26b").answer().body());
      assertEquals("___eio[3](\"4a&b\");", connection.get(session).answer().body());
    }
  }

  @Test
  void withoutTheOptionsNeitherIsThere() {
    try (EchoServer server = EchoServer.start();
        RawConnection connection = server.connect()) {
      assertEquals(400, connection.get(POLLING).answer().status());
      assertTrue(connection.get(EchoServer.POLLING + "&j=3").answer().body().startsWith("0{"));
    }
  }

  // Socket.IO 2

  private static TowpathServer socketIo() {
    return TowpathServer.builder()
        .port(0)
        .towpath(towpath -> towpath.engine(engine -> engine.allowEio3(true)))
        .build();
  }

  private static RawWebSocket open(TowpathServer server) {
    return RawWebSocket.open(RawConnection.to(server.address(), null), WEBSOCKET);
  }

  @Test
  void aClientOfSocketIo2IsInTheRootNamespaceFromTheStartUnderTheIdOfItsSession() {
    BlockingQueue<String> ids = new LinkedBlockingQueue<>();
    try (TowpathServer server = socketIo()) {
      server.onConnection(
          socket -> {
            ids.add(socket.id());
            socket.on("echo", args -> socket.emit("back", args));
          });
      server.start();
      try (RawWebSocket socket = open(server)) {
        String sid = sid(socket.receiveText());
        assertEquals("40", socket.receiveText());
        assertEquals(sid, "&sid=" + EchoServer.next(ids));
        assertEquals("42[\"back\",1]", socket.send("42[\"echo\",1]").receiveText());
      }
    }
  }

  @Test
  void aNamespaceIsJoinedWithAQueryAndWithoutAnObject() {
    BlockingQueue<Map<String, String>> joined = new LinkedBlockingQueue<>();
    try (TowpathServer server = socketIo()) {
      server
          .of("/news")
          .onConnection(
              socket ->
                  joined.add(
                      Map.of(
                          "id", socket.id(),
                          "token", socket.handshake().auth().path("token").asText())));
      server.start();
      try (RawWebSocket socket = open(server)) {
        String sid = sid(socket.receiveText()).substring(5);
        assertEquals("40", socket.receiveText());
        assertEquals("40/news,", socket.send("40/news?token=x%20y,").receiveText());
        assertEquals(Map.of("id", "/news#" + sid, "token", "x y"), EchoServer.next(joined));
      }
    }
  }

  @Test
  void refusalsAreBareAndTheUnknownNamespaceIsAnObject() {
    try (TowpathServer server = socketIo()) {
      server.of("/closed").use((socket, next) -> next.refuse("not \"you\""));
      server.of("/data").use((socket, next) -> next.refuse("no", Map.of("code", 7)));
      server.start();
      try (RawWebSocket socket = open(server).begun()) {
        assertEquals("40", socket.receiveText());
        assertEquals("44/closed,\"not \\\"you\\\"\"", socket.send("40/closed").receiveText());
        assertEquals("44/data,{\"code\":7}", socket.send("40/data").receiveText());
        assertEquals(
            "44/nowhere,{\"message\":\"Invalid namespace\"}",
            socket.send("40/nowhere").receiveText());
      }
    }
  }

  @Test
  void joiningTheRootAgainClosesTheConnection() {
    try (TowpathServer server = socketIo()) {
      server.start();
      try (RawWebSocket socket = open(server).begun()) {
        assertEquals("40", socket.receiveText());
        assertEquals(8, socket.send("40").receive().opcode());
      }
    }
  }
}
