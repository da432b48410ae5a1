package io.towpath.engine;

/**
 * What a session may hand to its transport: a control packet, or a message with its attachments.
 */
public sealed interface Outgoing permits EnginePacket, MessageBatch {}
