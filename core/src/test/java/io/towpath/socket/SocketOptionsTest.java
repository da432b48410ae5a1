package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SocketOptionsTest {
  @Test
  void theDefaultsAreThoseOfTheReferenceWhereItHasThem() {
    SocketOptions options = SocketOptions.defaults();
    assertEquals(45_000, options.connectTimeout());
    assertEquals(10, options.maxAttachments());
  }

  @Test
  void ourOwnBoundsHaveDefaults() {
    SocketOptions options = SocketOptions.defaults();
    assertEquals(100, options.maxNamespaces());
    assertEquals(10_000_000, options.maxAttachmentBytes());
    assertEquals(30_000, options.attachmentTimeout());
    assertEquals(10_000, options.maxPendingAcks());
    assertEquals(1_000, options.maxInboxMessages());
    assertEquals(4_194_304, options.maxInboxBytes());
    assertEquals(100, options.maxJsonDepth());
    assertEquals(10_000_000, options.maxJsonStringLength());
    assertEquals(100, options.maxJsonNumberLength());
    assertNull(options.handlers());
    assertFalse(options.inline());
  }

  @Test
  void everyOptionCanBeSet() {
    SocketOptions options =
        SocketOptions.builder()
            .connectTimeout(Duration.ofMillis(1))
            .maxNamespaces(2)
            .maxAttachments(3)
            .maxAttachmentBytes(4)
            .attachmentTimeout(Duration.ofMillis(5))
            .maxPendingAcks(6)
            .maxInboxMessages(7)
            .maxInboxBytes(8)
            .maxJsonDepth(9)
            .maxJsonStringLength(10)
            .maxJsonNumberLength(11)
            .build();
    assertEquals(1, options.connectTimeout());
    assertEquals(2, options.maxNamespaces());
    assertEquals(3, options.maxAttachments());
    assertEquals(4, options.maxAttachmentBytes());
    assertEquals(5, options.attachmentTimeout());
    assertEquals(6, options.maxPendingAcks());
    assertEquals(7, options.maxInboxMessages());
    assertEquals(8, options.maxInboxBytes());
    assertEquals(9, options.maxJsonDepth());
    assertEquals(10, options.maxJsonStringLength());
    assertEquals(11, options.maxJsonNumberLength());
  }

  @Test
  void zeroIsRefusedForEveryBoundAndTime() {
    for (Consumer<SocketOptions.Builder> zero :
        Arrays.<Consumer<SocketOptions.Builder>>asList(
            options -> options.connectTimeout(Duration.ZERO),
            options -> options.maxNamespaces(0),
            options -> options.maxAttachments(0),
            options -> options.maxAttachmentBytes(0),
            options -> options.attachmentTimeout(Duration.ZERO),
            options -> options.maxPendingAcks(0),
            options -> options.maxInboxMessages(0),
            options -> options.maxInboxBytes(0),
            options -> options.maxJsonDepth(0),
            options -> options.maxJsonStringLength(0),
            options -> options.maxJsonNumberLength(0))) {
      assertThrows(IllegalArgumentException.class, () -> zero.accept(SocketOptions.builder()));
    }
  }

  @Test
  void theLastWordOnHandlersCounts() {
    Executor executor = Runnable::run;
    SocketOptions own = SocketOptions.builder().inlineHandlers().handlers(executor).build();
    assertSame(executor, own.handlers());
    assertFalse(own.inline());
    SocketOptions inline = SocketOptions.builder().handlers(executor).inlineHandlers().build();
    assertNull(inline.handlers());
    assertTrue(inline.inline());
  }

  record Person(String firstName) {}

  @Test
  void aMapperOfTheApplicationIsUsedAndNotChanged() {
    JsonMapper mapper =
        JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
    Json json = new Json(SocketOptions.builder().json(mapper).maxJsonDepth(2).build());
    Arguments arguments = ArgumentsTest.ack(json, "[{\"first_name\":\"Ada\"}]");
    assertEquals(new Person("Ada"), arguments.get(0, Person.class));
    assertEquals(1000, mapper.getFactory().streamReadConstraints().getMaxNestingDepth());
  }

  @Test
  void membersThatNobodyKnowsAreIgnoredByDefault() {
    Json json = new Json(SocketOptions.defaults());
    Arguments arguments = ArgumentsTest.ack(json, "[{\"firstName\":\"Ada\",\"x\":[1]}]");
    assertEquals(new Person("Ada"), arguments.get(0, Person.class));
  }

  @Test
  void everyReasonOfADisconnectHasTheWordsOfTheReference() {
    assertEquals(
        List.of(
            "server namespace disconnect",
            "client namespace disconnect",
            "server shutting down",
            "ping timeout",
            "transport close",
            "transport error",
            "parse error",
            "forced close"),
        Arrays.stream(DisconnectReason.values()).map(DisconnectReason::wording).toList());
  }

  @Test
  void aTypeRefNeedsAType() {
    assertEquals(
        "java.util.List<java.lang.String>", new TypeRef<List<String>>() {}.type().getTypeName());
  }
}
