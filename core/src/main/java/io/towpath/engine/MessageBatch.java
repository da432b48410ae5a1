package io.towpath.engine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One logical message, encoded once: a text packet and its binary attachments, or a single text or
 * binary message. It is queued, sent, dropped or kept as a whole, so that nothing comes between its
 * parts, and may be shared by any number of sessions. Immutable; any thread.
 */
public final class MessageBatch implements Outgoing {
  private static final byte[] NO_BYTES = {};

  /**
   * The Engine.IO text packet, type digit first, as UTF-8; empty if this is a lone binary message.
   */
  private final byte[] textPacket;

  private final List<byte[]> binaries;
  private final int size;
  private final boolean compressible;

  /** What it may be replaced by: null for nothing, empty if it may only be dropped. */
  private final @Nullable String key;

  /**
   * The polling form of a batch with attachments; computed by whoever first needs it (a benign
   * race).
   */
  private volatile byte @Nullable [] pollingForm;

  /** The packets one by one; computed by whoever first needs them (a benign race). */
  private volatile @Nullable List<MessageBatch> parts;

  private MessageBatch(
      byte[] textPacket, List<byte[]> binaries, @Nullable String key, boolean compressible) {
    this.textPacket = textPacket;
    this.binaries = binaries;
    this.key = key;
    this.compressible = compressible;
    int bytes = textPacket.length;
    for (byte[] binary : binaries) {
      bytes = Math.addExact(bytes, binary.length);
    }
    this.size = bytes;
  }

  /** Creates a text message without attachments. */
  public static MessageBatch text(String message) {
    return encoded(("4" + message).getBytes(StandardCharsets.UTF_8), List.of());
  }

  /** Creates a lone binary message; the array is handed over. */
  public static MessageBatch binary(byte[] message) {
    return new MessageBatch(NO_BYTES, List.of(message), null, true);
  }

  /**
   * Creates a batch from a finished text packet and its attachments; the arrays are handed over.
   *
   * @param textPacket the UTF-8 form of an Engine.IO text message, starting with {@code 4}
   * @param attachments binary messages that follow it directly
   * @throws IllegalArgumentException if the text packet does not start with {@code 4}
   */
  public static MessageBatch encoded(byte[] textPacket, List<byte[]> attachments) {
    requireMessage(textPacket);
    return new MessageBatch(textPacket, List.copyOf(attachments), null, true);
  }

  private static void requireMessage(byte[] textPacket) {
    if (textPacket.length == 0 || textPacket[0] != '4') {
      throw new IllegalArgumentException("not a text message packet");
    }
  }

  /**
   * Creates a batch, as {@link #encoded} does, that a slow peer may have to do without; see {@link
   * SlowConsumer#DROP_OLDEST}.
   */
  public static MessageBatch droppable(byte[] textPacket, List<byte[]> attachments) {
    requireMessage(textPacket);
    return new MessageBatch(textPacket, List.copyOf(attachments), "", true);
  }

  /**
   * Returns the same message as one that a slow peer may have to do without; see {@link
   * SlowConsumer#DROP_OLDEST}. It shares the bytes.
   */
  public MessageBatch asDroppable() {
    return key != null ? this : new MessageBatch(textPacket, binaries, "", compressible);
  }

  /**
   * Returns the same message as one that a newer one with the same key may replace; see {@link
   * SlowConsumer#CONFLATE}. It shares the bytes.
   *
   * @throws IllegalArgumentException if the key is empty
   */
  public MessageBatch conflated(String newKey) {
    if (newKey.isEmpty()) {
      throw new IllegalArgumentException("an empty key for conflation");
    }
    return new MessageBatch(textPacket, binaries, newKey, compressible);
  }

  /** Returns whether a slow peer may have to do without this message. */
  public boolean isDroppable() {
    return key != null;
  }

  /** Returns the key under which a newer message may replace this one, or null. */
  public @Nullable String key() {
    return key == null || key.isEmpty() ? null : key;
  }

  /**
   * Returns the same message with a word on whether transports may compress it, as they would by
   * themselves: no by an application that knows better, for example because it is compressed
   * already, or because it mixes a secret with what others may choose.
   */
  public MessageBatch compressible(boolean may) {
    return may == compressible ? this : new MessageBatch(textPacket, binaries, key, may);
  }

  /** Returns whether transports may compress this message; they need not. */
  public boolean isCompressible() {
    return compressible;
  }

  /** Returns whether this batch starts with a text packet. */
  public boolean hasText() {
    return textPacket.length > 0;
  }

  /** Returns the text packet as UTF-8, {@code 4} first; empty without text. Not to be changed. */
  public byte[] textPacket() {
    return textPacket;
  }

  /** Returns the binary messages that follow the text. Not to be changed. */
  public List<byte[]> binaries() {
    return binaries;
  }

  /**
   * Returns the packets of this batch as batches of one packet each, in order; itself if it is one.
   * Sessions that share this batch share them, and so their polling forms.
   */
  List<MessageBatch> parts() {
    List<MessageBatch> split = parts;
    if (split == null) {
      split = new ArrayList<>(binaries.size() + 1);
      if (hasText()) {
        split.add(new MessageBatch(textPacket, List.of(), null, compressible));
      }
      for (byte[] binary : binaries) {
        split.add(new MessageBatch(NO_BYTES, List.of(binary), null, compressible));
      }
      parts = split;
    }
    return split;
  }

  /** Returns how many packets this batch is. */
  int packets() {
    return binaries.size() + (hasText() ? 1 : 0);
  }

  /** Returns the bytes of all parts, before framing or base64. */
  public int size() {
    return size;
  }

  /**
   * Returns the piece of a polling payload that carries this batch: its packets separated by
   * U+001E.
   */
  public byte[] pollingForm() {
    if (binaries.isEmpty()) {
      return textPacket;
    }
    byte[] form = pollingForm;
    if (form == null) {
      form = joinForPolling();
      pollingForm = form;
    }
    return form;
  }

  private byte[] joinForPolling() {
    byte[][] parts = new byte[binaries.size()][];
    int length = textPacket.length;
    for (int i = 0; i < parts.length; i++) {
      parts[i] = EnginePacketCodec.base64(binaries.get(i));
      length = Math.addExact(length, parts[i].length + 1);
    }
    byte[] form = new byte[hasText() ? length : length - 1];
    System.arraycopy(textPacket, 0, form, 0, textPacket.length);
    int at = textPacket.length;
    for (byte[] part : parts) {
      if (at > 0) {
        form[at++] = 0x1e;
      }
      System.arraycopy(part, 0, form, at, part.length);
      at += part.length;
    }
    return form;
  }
}
