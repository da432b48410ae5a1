package io.towpath.testkit.resume;

import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The GET that opens a session; its answer is not what the model test is about. */
final class UnheardExchange implements PollExchange {
  @Override
  public String method() {
    return "GET";
  }

  @Override
  public @Nullable String header(String name) {
    return null;
  }

  @Override
  public void receive(int limit, Body body) {
    body.complete(new byte[0]);
  }

  @Override
  public void respond(PollResponse response) {}

  @Override
  public Stream stream(Map<String, String> headers, StreamEvents events) {
    throw new AssertionError("an opening is not streamed");
  }

  @Override
  public void destroy() {}

  @Override
  public void onAbort(Runnable action) {}
}
