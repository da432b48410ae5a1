package io.towpath.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageBatchTest {
  private static String polled(MessageBatch batch) {
    return new String(batch.pollingForm(), UTF_8);
  }

  @Test
  void aTextMessageStartsWithItsType() {
    MessageBatch batch = MessageBatch.text("é");
    assertEquals("4é", new String(batch.textPacket(), UTF_8));
    assertTrue(batch.hasText());
    assertEquals(3, batch.size());
  }

  @Test
  void aTextMessageIsItsOwnPollingForm() {
    MessageBatch batch = MessageBatch.text("x");
    assertSame(batch.textPacket(), batch.pollingForm());
  }

  @Test
  void aBinaryMessageHasNoText() {
    MessageBatch batch = MessageBatch.binary(new byte[] {1, 2, 3});
    assertFalse(batch.hasText());
    assertEquals(0, batch.textPacket().length);
    assertEquals(3, batch.size());
    assertEquals("bAQID", polled(batch));
  }

  @Test
  void attachmentsFollowTheTextInThePollingForm() {
    MessageBatch batch =
        MessageBatch.encoded("452-[]".getBytes(UTF_8), List.of(new byte[] {1}, new byte[0]));
    assertEquals("452-[]\u001ebAQ==\u001eb", polled(batch));
    assertEquals(7, batch.size());
  }

  @Test
  void thePollingFormIsMadeOnce() {
    MessageBatch batch = MessageBatch.encoded("45".getBytes(UTF_8), List.of(new byte[] {1}));
    assertSame(batch.pollingForm(), batch.pollingForm());
  }

  @Test
  void theListOfAttachmentsIsCopied() {
    List<byte[]> attachments = new ArrayList<>(List.of(new byte[] {1}));
    MessageBatch batch = MessageBatch.encoded("45".getBytes(UTF_8), attachments);
    attachments.clear();
    assertEquals(1, batch.binaries().size());
  }

  @Test
  void aTextPacketOfAnotherTypeIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> MessageBatch.encoded("2".getBytes(UTF_8), List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> MessageBatch.encoded(new byte[0], List.of()));
  }
}
