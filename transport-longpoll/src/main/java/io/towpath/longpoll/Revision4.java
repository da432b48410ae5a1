package io.towpath.longpoll;

import io.towpath.engine.Outgoing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Revision 4: text, binary in it as base64. Source: Engine.IO protocol v4. */
record Revision4() implements PollingDialect {
  @Override
  public PollResponse answer(List<? extends Outgoing> batch) {
    return PollResponse.payload(PayloadCodec.encode(batch));
  }

  @Override
  public boolean takes(@Nullable String contentType) {
    // Exactly this text, as in the reference: binary payloads are of revision 3.
    return !Revision3.BINARY.equals(contentType);
  }

  @Override
  public Packets read(byte[] body, @Nullable String contentType, int maxPackets) {
    return new PayloadCodec.Decoder(body, maxPackets);
  }
}
