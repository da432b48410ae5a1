package io.towpath.socket;

import java.util.List;

/**
 * JSON as it came off the wire, and the binary attachments that its placeholders stand for. Nothing
 * here has been parsed.
 *
 * @param bytes the array that holds the UTF-8 text
 * @param offset where the text starts
 * @param length its length in bytes; 0 means that there is no payload
 * @param attachments the attachments in order; empty for a packet without any
 */
public record Payload(byte[] bytes, int offset, int length, List<byte[]> attachments) {
  /** No payload. */
  public static final Payload NONE = new Payload(new byte[0], 0, 0, List.of());

  /** Returns whether there is no payload. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** Returns how much memory this holds, roughly, in bytes. */
  public int size() {
    int size = length;
    for (byte[] attachment : attachments) {
      size += attachment.length;
    }
    return size;
  }
}
