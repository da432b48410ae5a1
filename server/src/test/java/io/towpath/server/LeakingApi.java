package io.towpath.server;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import io.undertow.Undertow;
import java.util.List;
import org.xnio.XnioWorker;

/** What {@link PublicApiTest} is there to find. */
public class LeakingApi {
  /** A type argument. */
  protected final List<JsonParser> field = List.of();

  /** A parameter, a result and an exception. */
  public XnioWorker method(Undertow undertow) throws JsonParseException {
    throw new UnsupportedOperationException();
  }

  @SuppressWarnings("unused")
  private JsonParser hidden(JsonParser parser) {
    return parser;
  }
}
