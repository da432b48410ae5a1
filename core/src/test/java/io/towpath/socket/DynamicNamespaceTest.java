package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Namespaces that clients bring into being. Reference: 4.3. */
class DynamicNamespaceTest {
  private static final String INVALID = ",{\"message\":\"Invalid namespace\"}";

  private final SocketFixture server = new SocketFixture();
  private final List<String> log = new ArrayList<>();

  @Test
  void aNameThatMatchesAPatternMayBeJoined() {
    server
        .io
        .of(Pattern.compile("^/room-\\d+$"))
        .onConnection(socket -> log.add("" + socket.namespace().name()));
    SocketFixture.Client client = server.client();
    client.join("/room-7");
    assertEquals(List.of("/room-7"), log);
    client.send("0/room-x,");
    assertEquals(List.of("4/room-x" + INVALID), client.received());
    assertTrue(client.isOpen());
  }

  @Test
  void aRuleSeesNameAndAuth() {
    server.io.of((name, auth) -> name.equals("/" + auth.path("user").asText()));
    SocketFixture.Client client = server.client();
    client.send("0/anna,{\"user\":\"bert\"}");
    assertEquals(List.of("4/anna" + INVALID), client.received());
    client.send("0/bert,{\"user\":\"bert\"}");
    assertTrue(client.received().get(0).startsWith("0/bert,{\"sid\":"));
  }

  @Test
  void aRuleMayAnswerLaterAndTheClientWaits() {
    CompletableFuture<Boolean> verdict = new CompletableFuture<>();
    server.io.ofAsync((name, auth) -> verdict);
    SocketFixture.Client client = server.client();
    client.send("0/late,");
    assertEquals(List.of(), client.received());
    verdict.complete(true);
    server.handlers.run();
    assertEquals(1, client.received().size());
    assertEquals(1, server.io.of("/late").sockets().size());
  }

  @Test
  void twoConnectsWhileARuleIsAskedCloseTheSession() {
    server.io.ofAsync((name, auth) -> new CompletableFuture<>());
    SocketFixture.Client client = server.client();
    client.send("0/late,");
    client.send("0/late,");
    assertFalse(client.isOpen());
  }

  @Test
  void anEventWhileARuleIsAskedClosesTheSession() {
    server.io.ofAsync((name, auth) -> new CompletableFuture<>());
    SocketFixture.Client client = server.client();
    client.send("0/late,", "2/late,[\"e\"]");
    assertFalse(client.isOpen());
  }

  @Test
  void aClientThatLeftWhileARuleWasAskedJoinsNothing() {
    CompletableFuture<Boolean> verdict = new CompletableFuture<>();
    server.io.ofAsync((name, auth) -> verdict).onConnection(socket -> log.add("joined"));
    SocketFixture.Client client = server.client();
    client.send("0/late,");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    verdict.complete(true);
    server.handlers.run();
    assertEquals(List.of(), log);
  }

  @Test
  void namesThatAreBeingAskedAboutCountAgainstTheBound() {
    SocketFixture small = new SocketFixture(SocketOptions.builder().maxNamespaces(2).build());
    small.io.ofAsync((name, auth) -> new CompletableFuture<>());
    SocketFixture.Client client = small.client();
    client.send("0/a,", "0/b,");
    assertEquals(List.of(), client.received());
    client.send("0/c,");
    assertEquals(List.of("4/c,{\"message\":\"Too many namespaces\"}"), client.received());
  }

  @Test
  void aRuleThatThrowsOrFailsSaysNo() {
    server.io.of(
        (name, auth) -> {
          throw new IllegalStateException("broken");
        });
    server.io.ofAsync(
        (name, auth) -> CompletableFuture.failedFuture(new IllegalStateException("broken")));
    SocketFixture.Client client = server.client();
    client.send("0/x,");
    assertEquals(List.of("4/x" + INVALID), client.received());
  }

  @Test
  void parentsAreAskedInTheOrderOfTheirRegistrationAndTheFirstYesWins() {
    server.io.of(
        (name, auth) -> {
          log.add("no");
          return false;
        });
    server.io.of(Pattern.compile("^/a$")).onConnection(socket -> log.add("second"));
    server.io.of(
        (name, auth) -> {
          log.add("never");
          return true;
        });
    server.client().join("/a");
    assertEquals(List.of("no", "second"), log);
  }

  @Test
  void aNamespaceOfTheApplicationComesBeforeEveryParent() {
    server.io.of("/a").onConnection(socket -> log.add("own"));
    server.io.of(Pattern.compile("/a")).onConnection(socket -> log.add("child"));
    server.client().join("/a");
    assertEquals(List.of("own"), log);
  }

  @Test
  void aChildHasTheMiddlewaresAndHandlersOfItsCreation() {
    ParentNamespace parent = server.io.of(Pattern.compile("^/[ab]$"));
    parent
        .use(
            (socket, next) -> {
              log.add("middleware");
              next.proceed();
            })
        .onConnection(socket -> log.add("connected"));
    server.client().join("/a");
    parent.onConnection(socket -> log.add("late"));
    server.client().join("/a");
    assertEquals(List.of("middleware", "connected", "middleware", "connected"), log);
    server.client().join("/b");
    assertEquals("late", log.get(6));
  }

  @Test
  void ofANameThatMatchesAPatternIsAChildToo() {
    ParentNamespace parent = server.io.of(Pattern.compile("^/a$"));
    Namespace child = server.io.of("a");
    assertSame(child, server.io.of("/a"));
    assertEquals(List.of(child), List.copyOf(parent.children()));
  }

  @Test
  void aParentEmitsToAllItsChildren() {
    ParentNamespace parent = server.io.of(Pattern.compile("^/[ab]$"));
    SocketFixture.Client client = server.client();
    client.join("/a");
    client.join("/b");
    client.join("/");
    parent.emit("e", 1);
    assertEquals(
        List.of("2/a,[\"e\",1]", "2/b,[\"e\",1]"), client.received().stream().sorted().toList());
  }

  @Test
  void everyNewNamespaceButTheRootIsAnnouncedOnce() {
    server.io.onNewNamespace(namespace -> log.add(namespace.name()));
    server.io.of(Pattern.compile("^/c"));
    server.io.of("/s");
    server.io.of("/s");
    server.io.of("/");
    server.client().join("/c1");
    server.client().join("/c1");
    assertEquals(List.of("/s", "/c1"), log);
  }

  @Test
  void asManyChildrenAsTheBoundMayBeCreated() {
    SocketFixture small = new SocketFixture(SocketOptions.builder().maxChildNamespaces(2).build());
    small.io.of(Pattern.compile("^/c"));
    SocketFixture.Client client = small.client();
    client.join("/c1");
    client.join("/c2");
    client.send("0/c3,");
    assertEquals(List.of("4/c3" + INVALID), client.received());
    small.client().join("/c1");
  }

  private SocketFixture cleaning() {
    return new SocketFixture(SocketOptions.builder().cleanupEmptyChildNamespaces(true).build());
  }

  @Test
  void withTheOptionAChildEndsWithItsLastSocket() {
    SocketFixture cleaning = cleaning();
    ParentNamespace parent = cleaning.io.of(Pattern.compile("^/c"));
    SocketFixture.Client first = cleaning.client();
    SocketFixture.Client second = cleaning.client();
    first.join("/c");
    second.join("/c");
    Namespace child = parent.children().iterator().next();
    first.send("1/c,");
    assertEquals(List.of(child), List.copyOf(parent.children()));
    second.transport.lose(CloseReason.TRANSPORT_CLOSE);
    cleaning.handlers.run();
    assertEquals(List.of(), List.copyOf(parent.children()));
    cleaning.client().join("/c");
    assertNotSame(child, parent.children().iterator().next());
  }

  @Test
  void withTheOptionAChildWhoseOnlyClientWasRefusedEndsToo() {
    SocketFixture cleaning = cleaning();
    ParentNamespace parent =
        cleaning.io.of(Pattern.compile("^/c")).use((socket, next) -> next.refuse("no"));
    SocketFixture.Client client = cleaning.client();
    client.send("0/c,");
    assertEquals(List.of("4/c,{\"message\":\"no\"}"), client.received());
    assertEquals(List.of(), List.copyOf(parent.children()));
  }

  @Test
  void withoutTheOptionAnEmptyChildStays() {
    ParentNamespace parent = server.io.of(Pattern.compile("^/c"));
    SocketFixture.Client client = server.client();
    client.join("/c");
    client.send("1/c,");
    assertEquals(1, parent.children().size());
  }

  @Test
  void closingTellsEverySocketInEveryNamespaceWithoutAPacket() {
    server.io.of(Pattern.compile("^/c"));
    server.io.onNewNamespace(
        namespace ->
            namespace.onConnection(
                socket -> socket.onDisconnect(reason -> log.add(namespace.name() + " " + reason))));
    server.io.of("/").onConnection(socket -> socket.onDisconnect(reason -> log.add("/ " + reason)));
    SocketFixture.Client client = server.client();
    client.join("/");
    client.join("/c");
    server.io.close();
    server.handlers.run();
    assertEquals(List.of("/ server shutting down", "/c server shutting down"), log);
    assertEquals(List.of(), client.received());
    assertFalse(client.isOpen());
  }

  @Test
  void theOperatorsOfAParentReachEveryChildAndNobodyElse() {
    ParentNamespace parent = server.io.of(Pattern.compile("^/r\\d$"));
    server.io.of("/other");
    SocketFixture.Client one = server.client();
    SocketFixture.Client two = server.client();
    String first = one.join("/r1");
    two.join("/r2");
    two.join("/other");
    parent.socketsJoin("red");
    server.io.of("/r2").socketsJoin("blue");
    parent.to("red").emit("a", 1);
    parent.in("red").except("blue").emit("b");
    parent.except(first).local().asVolatile().send("c");
    parent.asVolatile().emit("d");
    parent.local().emit("e");
    parent.send("f");
    assertEquals(
        List.of(
            "2/r1,[\"a\",1]",
            "2/r1,[\"b\"]",
            "2/r1,[\"d\"]",
            "2/r1,[\"e\"]",
            "2/r1,[\"message\",\"f\"]"),
        one.received());
    assertEquals(
        List.of(
            "2/r2,[\"a\",1]",
            "2/r2,[\"message\",\"c\"]",
            "2/r2,[\"d\"]",
            "2/r2,[\"e\"]",
            "2/r2,[\"message\",\"f\"]"),
        two.received());
    assertEquals(2, parent.in("red").sockets().size());
    parent.socketsLeave("red");
    assertEquals(0, parent.in("red").sockets().size());
    parent.disconnectSockets(false);
    assertEquals(List.of("1/r1,"), one.received());
    assertEquals(List.of("1/r2,"), two.received());
    assertEquals(1, server.io.of("/other").sockets().size());
  }

  @Test
  void whatARuleOrAListenerForNamespacesThrowsReachesTheOnePlaceForErrors() {
    List<Socket> sockets = new ArrayList<>();
    server.io.onError((socket, thrown) -> sockets.add(socket));
    server.io.onNewNamespace(
        namespace -> {
          throw new IllegalStateException("listener");
        });
    server.io.of(
        (name, auth) -> {
          throw new IllegalStateException("rule");
        });
    server.io.ofAsync(
        (name, auth) ->
            CompletableFuture.supplyAsync(
                () -> {
                  throw new IllegalStateException("late rule");
                },
                Runnable::run));
    server.io.of("/new");
    server.client().send("0/asked,");
    assertEquals(List.of("listener", "rule", "late rule"), server.errors);
    assertEquals(java.util.Arrays.asList(null, null, null), sockets);
  }

  @Test
  void aNameThatNoParserCouldWriteIsAskedOfNobody() {
    server.io.of(
        (name, auth) -> {
          log.add(name);
          return true;
        });
    SocketFixture.Client client = server.client();
    client.send("0/" + "x".repeat(255) + ",");
    assertEquals(List.of("/" + "x".repeat(255)), log);
    assertTrue(client.isOpen());
  }
}
