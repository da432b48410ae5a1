package io.towpath.adapter;

import java.util.List;

/**
 * What one client, or one server, has answered: its arguments as they came, so that an adapter can
 * pass them on. Immutable; the arrays are shared and not to be changed.
 *
 * @param bytes the array that holds a JSON array as UTF-8
 * @param offset where it starts
 * @param length its length in bytes
 * @param attachments the binary values that its placeholders stand for
 */
public record Answer(byte[] bytes, int offset, int length, List<byte[]> attachments) {}
